"""Every sensor against the played hardware in virtual time; prints what it read or said, a line each."""

import json

import world
import world_time
from miniviz import port, sensors

ROMS = ("28ff641f33170001", "28ff641f33170002", "28ff641f33170003")
POWER_ON = 85.0
P = 1 << 30


def begin(kind="rp2", **settings):
    """A new world, whose tick counter wraps a second after power-on, with the firmware on its clock."""
    ticks = settings.pop("ticks", P - 1500)
    world.reset(port=kind, **settings)
    world.virtual(ticks=ticks)
    world.install(port)


def entry(kind, **given):
    """A config entry with its defaults filled in, as config.check() leaves it."""
    fields = sensors.fields(kind)
    filled = {name: fields[name][1] for name in fields}
    filled.update(given, type=kind)
    return filled


def show(case, sensor, times=1):
    """Read so often and print the last outcome and how long that took."""
    for _ in range(times):
        began = world.elapsed_ms()
        out = {"case": case, "values": None, "error": None}
        try:
            out["values"] = sensor.read()
        except sensors.SensorError as error:
            out["error"] = str(error)
        out["ms"] = world.elapsed_ms() - began
    out["problem"] = getattr(sensor, "problem", None)
    print(json.dumps(out))


def refused(case, make):
    try:
        make()
        print(json.dumps({"case": case, "error": None}))
    except sensors.SensorError as error:
        print(json.dumps({"case": case, "error": str(error)}))


STILL = {"swing": 0, "noise": 0}


def dht(case, kind="dht22", times=1, temperature=22.04, humidity=55.06, faults=(), pin=15, **settings):
    weather = dict(STILL, temperature=temperature, humidity=humidity)
    begin(dht={str(pin): kind}, weather=weather, faults=list(faults), **settings)
    sensor = sensors.create(entry(kind, pin=pin))
    show(case, sensor, times)
    return sensor


class Frost:
    """A DHT22 whose frame has the sign bit and no tenth: the real driver makes -0.0 of it."""

    def measure(self):
        pass

    def temperature(self):
        return -0.0

    def humidity(self):
        return 55.0


def dhts():
    for kind in ("dht22", "dht11"):
        dht(kind + " settles", kind, ticks=0)
        dht(kind + " is on for long", kind)
        dht(kind + " keeps its spacing", kind, times=2)
        dht(kind + " absent", kind, faults=[{"fault": "dht_absent", "pin": 15}])
        dht(kind + " answers at the third try", kind, faults=[{"fault": "dht_absent", "count": 2}])
        dht(kind + " garbled once", kind, faults=[{"fault": "dht_checksum", "count": 1}])
        dht(kind + " garbled", kind, faults=[{"fault": "dht_checksum"}])
    dht("dht22 below zero", temperature=-7.36)
    dht("dht22 just below zero", temperature=-0.04)
    sensor = dht("dht22 before the last bit of frost")
    sensor.driver = Frost()
    show("dht22 minus nothing", sensor)
    dht("dht22 too hot", temperature=80.1)
    dht("dht22 at its limit", temperature=80.0, humidity=100)
    dht("dht22 too cold", temperature=-40.1)
    dht("dht11 too hot", "dht11", temperature=61)
    dht("dht11 too dry", "dht11", humidity=4)
    dht("dht22 on esp32", kind="dht22", pin=4)
    sensor = dht("dht22 before a pause", ticks=0)
    world_time.skip_ms(P * 3 // 4)  # 9 days: the tick difference has become negative
    show("dht22 after a long pause", sensor)
    refused("dht22 without such a pin", lambda: sensors.create(entry("dht22", pin=99)))


def ds18b20(case, probes, times=1, faults=(), kind="rp2", **given):
    begin(kind, ds18b20={"4": probes}, faults=list(faults))
    sensor = sensors.create(entry("ds18b20", pin=4, **given))
    show(case, sensor, times)
    return sensor


def thermometers():
    three = {ROMS[2]: 23.5, ROMS[0]: 21.5625, ROMS[1]: -7.0}
    ds18b20("ds18b20 alone", {ROMS[0]: 21.5625})
    ds18b20("ds18b20 three by rom", three, kind="esp32")
    ds18b20("ds18b20 named", three, names={ROMS[1].upper(): "freezer"})
    ds18b20("ds18b20 none", {})
    ds18b20("ds18b20 at the power-on value", {ROMS[0]: POWER_ON})
    ds18b20("ds18b20 one at the power-on value", {ROMS[0]: POWER_ON, ROMS[1]: 20.0})
    ds18b20("ds18b20 crc", {ROMS[0]: 20.0}, faults=[{"fault": "ds18b20_crc"}])
    ds18b20("ds18b20 crc twice", {ROMS[0]: 20.0}, faults=[{"fault": "ds18b20_crc", "count": 2}])
    ds18b20("ds18b20 too hot", {ROMS[0]: 126.0})
    ds18b20("ds18b20 shorted", {ROMS[0]: 0.0})
    ds18b20("ds18b20 named but absent", {ROMS[0]: 20.0}, names={ROMS[1]: "freezer"})
    sensor = ds18b20("ds18b20 before one goes", three)
    del world.ds18b20[4][ROMS[0]]
    show("ds18b20 one gone keeps the others' keys", sensor)
    world.ds18b20[4] = {}
    show("ds18b20 all gone", sensor)
    sensor = ds18b20("ds18b20 none yet", {})
    world.ds18b20[4] = {ROMS[0]: 20.0}
    show("ds18b20 plugged in later", sensor)
    refused("ds18b20 bad rom", lambda: sensors.create(entry("ds18b20", pin=4, names={"xyz": "a"})))


def adc(case, value, kind="rp2", pin=26, **given):
    begin(kind, adc={str(pin): value})
    sensor = sensors.create(entry("adc", pin=pin, **given))
    show(case, sensor)
    return sensor


class Scripted:
    """An input whose samples are scripted."""

    def __init__(self, samples):
        self.samples = list(samples)

    def read_u16(self):
        return self.samples.pop(0)

    def value(self):
        return self.samples.pop(0)


class Busy:
    """The ESP32's second ADC while WiFi runs."""

    def read_uv(self):
        raise OSError(258, "ESP_ERR_INVALID_ARG")


def voltages():
    adc("adc half", 32768)
    adc("adc full ratio", 65535, unit="ratio", name="moisture", scale=-100, offset=100, decimals=0)
    adc("adc scaled", 32768, scale=2, offset=-1, decimals=2, name="battery")
    adc("adc esp32 11db", 65535, "esp32", 34)
    adc("adc esp32 0db", 65535, "esp32", 34, atten="0db", samples=1)
    for average in ("median", "mean"):
        for count in (4, 5):
            begin()
            sensor = sensors.create(entry("adc", pin=26, unit="ratio", average=average, samples=count))
            sensor.adc = Scripted([6553.5, 65535, 13107, 0, 6553.5])
            show(f"adc {average} of {count}", sensor)
    begin("esp32")
    sensor = sensors.create(entry("adc", pin=34))
    sensor.adc = Busy()
    show("adc busy", sensor)
    begin()
    refused("adc on a pin without", lambda: sensors.create(entry("adc", pin=15)))


def switch(case, pins, **given):
    begin(pins=pins)
    show(case, sensors.create(entry("switch", pin=14, **given)))


def scripted(case, samples, **given):
    begin()
    sensor = sensors.create(entry("switch", pin=14, **given))
    sensor.pin = Scripted(samples)
    show(case, sensor)


def switches():
    given = {"as": "number"}
    switch("switch high", {"14": 1})
    switch("switch low", {"14": 0})
    switch("switch number", {"14": 1}, **given)
    switch("switch inverted", {"14": 1}, invert=True, **given)
    switch("switch open pulls up", {}, name="door")
    switch("switch open pulls down", {}, pull="down")
    switch("switch open without pull", {}, pull="none")
    switch("switch at once", {"14": 1}, debounce_ms=0)
    scripted("switch bounces", [0, 1, 0, 0, 1, 1, 1, 1, 1])
    scripted("switch never holds", [0, 1] * 60)
    refused("switch without such a pin", lambda: sensors.create(entry("switch", pin=99)))


def join():
    import network

    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    wlan.connect("home", "correct horse")
    for _ in range(100):
        world.sleep_ms(100)
        if wlan.isconnected():
            return


def system(case, kind="rp2", joined=True, **given):
    begin(kind, **given.pop("world", {}))
    if joined:
        join()
    sensor = sensors.create(entry("system", **given))
    show(case, sensor)
    return sensor


def systems():
    sensor = system("system rp2", chip_temperature=True, world={"chip_temperature": 31.0})
    for _ in range(20):
        world_time.skip_ms(86400000)  # a day
        sensor.read()
    show("system after 20 days", sensor)
    system("system esp32", "esp32", world={"chip_temperature": 50.0})
    system("system esp32s3", "esp32", world={"chip_temperature": 50.0, "chip": "esp32s3"})
    system("system offline", joined=False)
    system("system of one", rssi=False, free_heap=False, chip_temperature=False)
    system("system of nothing", joined=False, free_heap=False, chip_temperature=False, uptime=False)


def registry():
    for kind in ("dth22", "DHT22", "bmp280", "_dht", "", 5, None, "../x", "dht22.x", "x" * 5000):
        refused(f"type {str(kind)[:9]}", lambda kind=kind: sensors.fields(kind))
    for kind in sensors.TYPES:
        facts = {"case": "fields of " + kind, "names": sorted(sensors.fields(kind))}
        facts.update(every=sensors.min_every(kind), pin=sensors.pin_use(kind))
        print(json.dumps(facts))


dhts()
thermometers()
voltages()
switches()
systems()
registry()
