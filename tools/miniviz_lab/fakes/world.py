"""The scripted world around a board that does not exist. Runs on MicroPython and on CPython.

Set it up in code (`world.reset(port="esp32", dht={4: "dht22"})`) or in a JSON file named by MINIVIZ_WORLD:

{"port": "rp2",                            rp2 or esp32: whose modules, names and error texts are played
 "chip": "esp32",                          esp32 or a newer one (decides raw_temperature or mcu_temperature)
 "weather": {"temperature": 22, "swing": 4, "humidity": 55, "noise": 0.2, "seed": 1},
 "networks": [{"ssid": "home", "password": "correct horse", "rssi": -52, "channel": 6}],
 "dht": {"15": "dht22"},                   which sensor hangs on which pin (dht11 or dht22)
 "ds18b20": {"4": {"28ff641f33170422": 21.5}},   pin -> ROM (16 hex digits) -> degrees, null for the weather's
 "adc": {"26": 30000},                     what ADC(pin).read_u16() sees
 "pins": {"14": 1},                        the level somebody puts on an input
 "camera": {"type": "arducam_mini", "sensor": "ov2640", "spi": 0, "cs": 17, "i2c": 0},   see world_camera
 "chip_temperature": 31.0, "own_memory": 90000, "join_ms": 1200, "reset_cause": 1,
 "virtual": {"start_unix_ms": 1790000000000, "ticks": 1073741000, "drift_ppm": 20},
 "faults": [{"fault": "dht_absent", "pin": 15, "start": 10, "end": 20}, {"fault": "join_fails", "count": 1}]}

Every key may be left out. A fault acts from `start` to `end` (seconds since the world began), or on its next
`count` occasions; `pin` and `ssid` narrow it to one sensor or network. `weather` may name only what changes.
"""

import json
import os
import sys

import world_bus
import world_faults
import world_time
import world_weather

FIELDS = (
    "port",
    "chip",
    "networks",
    "dht",
    "ds18b20",
    "adc",
    "pins",
    "camera",
    "chip_temperature",
    "own_memory",
    "join_ms",
    "reset_cause",
    "wrong_password_reason",
)
_BY_PIN = ("dht", "ds18b20", "adc", "pins")
_PLAYED = ("machine", "rp2", "network", "dht", "onewire", "ds18x20", "esp32", "camera") + (
    "_machine_rp2",
    "_machine_esp32",
    "_wlan_rp2",
    "_wlan_esp32",
    "_wlan_common",
    "_access_point",
    "_radio",
)

# What the exit code of the program tells the virtual board about the reset that ended it.
EXIT_CODES = {"soft": 70, "hard": 71, "watchdog": 72, "deepsleep": 73}

_imported = False  # until then a fake may be halfway through importing us
on_reboot = None  # called with "soft", "hard", "watchdog" or "deepsleep" instead of leaving the program


def reset(**settings):
    """Forget everything and begin a new world; settings are the JSON file's keys."""
    global port, chip, networks, dht, ds18b20, adc, pins, chip_temperature, join_ms, reset_cause
    global wrong_password_reason, outputs, state, on_reboot, camera, own_memory
    port, chip, join_ms, reset_cause, chip_temperature = "rp2", "esp32", 1200, 1, 31.0
    networks = [{"ssid": "home", "password": "correct horse", "rssi": -52, "channel": 6}]
    dht, ds18b20, adc, pins = {15: "dht22"}, {}, {}, {}
    wrong_password_reason = 202  # what an ESP32 says depends on the access point: 202, 15 or 204
    camera = None
    own_memory = 90000  # bytes in one piece of an ESP32's memory on the chip
    outputs = {}  # what the firmware put on its pins: {15: 1, "LED": 0}
    state = {}  # what the played chips remember between two calls
    on_reboot = None
    world_faults.reset()
    world_time.reset()
    world_weather.reset()
    world_bus.reset()
    for name in _PLAYED if _imported else ():
        if name in sys.modules:  # they hold one port's names: import them afresh
            del sys.modules[name]
    configure(settings)


def configure(settings):
    """Apply the JSON file's keys to the world as it is."""
    for key in settings:
        value = settings[key]
        if key == "virtual":
            virtual(**value)
        elif key == "weather":
            weather(**value)
        elif key == "faults":
            for one in value:
                fault(**one)
        elif key in FIELDS:
            globals()[key] = {int(pin): value[pin] for pin in value} if key in _BY_PIN else value
        else:
            known = ", ".join(FIELDS + ("virtual", "weather", "faults"))
            raise ValueError("the world has no '%s'; it has %s" % (key, known))
    if port not in ("rp2", "esp32"):
        raise ValueError("port is '%s'; the world plays rp2 or esp32" % port)
    if settings.get("camera"):
        import world_camera  # most worlds have none

        world_camera.connect(camera)


def load(path):
    """Begin the world that a JSON file describes."""
    with open(path) as file:
        try:
            reset(**json.load(file))
        except TypeError as error:
            raise ValueError("%s: %s" % (path, error)) from None


def reboot(kind):
    """The board restarts: leave the program, so that whoever started it starts it again."""
    if on_reboot:
        on_reboot(kind)
    raise SystemExit(EXIT_CODES[kind])


# One import brings the whole world: time, weather and faults live in files of their own.
virtual = world_time.virtual
install = world_time.install
ticks_ms = world_time.ticks_ms
ticks_add = world_time.ticks_add
ticks_diff = world_time.ticks_diff
sleep_ms = world_time.sleep_ms
unix_ms = world_time.unix_ms
elapsed_ms = world_time.elapsed_ms
powered_ms = world_time.powered_ms
fault = world_faults.add
strikes = world_faults.strikes
weather = world_weather.configure
temperature = world_weather.temperature
humidity = world_weather.humidity

reset()


def _woken():
    # A virtual board says which resets led here: "hard", or "hard soft" where a soft one followed.
    # rp2 calls every reset but power-on the watchdog's, and a soft reset changes nothing there.
    global reset_cause
    for kind in (os.getenv("MINIVIZ_RESET") or "").split():
        if port == "esp32":
            reset_cause = {"hard": 2, "watchdog": 3, "deepsleep": 4, "soft": 5}[kind]
        elif kind != "soft":
            reset_cause = 3


_file = os.getenv("MINIVIZ_WORLD")
if _file:
    load(_file)
_woken()
_imported = True
