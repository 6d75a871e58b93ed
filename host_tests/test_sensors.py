"""Every sensor reads the played hardware, keeps its datasheet and says what is wrong, on both runtimes."""

import os
import shutil
from pathlib import Path

import pytest
from miniviz.nearest import nearest
from miniviz_lab import scenario

SCENARIOS = Path(__file__).parent / "scenarios"
PULL_UP = "check power, wire and a 4.7-10 kOhm pull-up from data to 3.3 V"
WIRING = "check power, wire and a 4.7 kOhm pull-up from data to 3.3 V"
BUS = "ds18b20 on pin 4:"
NO_ANSWER = f"on pin 15 does not answer; {PULL_UP}"
GARBLED = "on pin 15 garbles its data (checksum error); shorten the wire, use a 4.7-10 kOhm pull-up"
RANGE = "is the type right and the wire good?"
NO_WIFI_PIN = "on an ESP32 use a pin of 32 to 39, WiFi has the others"
KNOWN = "known: adc, dht11, dht22, ds18b20, switch, system"


@pytest.fixture(scope="module", params=scenario.RUNTIMES)
def told(request, tmp_path_factory):
    """What the sensors read and said, by case; on MicroPython compiled, in what a Pico W has of memory."""
    small = {"heap": "190k", "compiled_in": tmp_path_factory.mktemp("mpy")}
    options = small if request.param == "micropython" else {}
    result = scenario.run(SCENARIOS / "sensors_read.py", request.param, **options)
    return {line["case"]: line for line in result.lines}


# (case, values or error, virtual ms it took)
DHT = [
    ("dht22 settles", {"temperature": 22.0, "humidity": 55.1}, 1270),
    ("dht22 is on for long", {"temperature": 22.0, "humidity": 55.1}, 270),
    ("dht22 keeps its spacing", {"temperature": 22.0, "humidity": 55.1}, 2000),
    ("dht22 absent", f"dht22 {NO_ANSWER}", 270 + 2 * 2000),
    ("dht22 answers at the third try", {"temperature": 22.0, "humidity": 55.1}, 270 + 2 * 2000),
    ("dht22 garbled once", {"temperature": 22.0, "humidity": 55.1}, 270 + 2000),
    ("dht22 garbled", f"dht22 {GARBLED}", 270 + 2 * 2000),
    ("dht11 settles", {"temperature": 22, "humidity": 55}, 1270),
    ("dht11 is on for long", {"temperature": 22, "humidity": 55}, 270),
    ("dht11 keeps its spacing", {"temperature": 22, "humidity": 55}, 2000),
    ("dht11 absent", f"dht11 {NO_ANSWER}", 270 + 2 * 2000),
    ("dht11 answers at the third try", {"temperature": 22, "humidity": 55}, 270 + 2 * 2000),
    ("dht11 garbled once", {"temperature": 22, "humidity": 55}, 270 + 2000),
    ("dht11 garbled", f"dht11 {GARBLED}", 270 + 2 * 2000),
    ("dht22 below zero", {"temperature": -7.4, "humidity": 55.1}, None),
    ("dht22 just below zero", {"temperature": 0.0, "humidity": 55.1}, None),
    ("dht22 minus nothing", {"temperature": 0.0, "humidity": 55.0}, 1730),
    ("dht22 at its limit", {"temperature": 80.0, "humidity": 100.0}, None),
    ("dht22 on esp32", {"temperature": 22.0, "humidity": 55.1}, None),
    ("dht22 too hot", f"dht22 on pin 15 says temperature 80.1, outside -40 to 80; {RANGE}", None),
    ("dht22 too cold", f"dht22 on pin 15 says temperature -40.1, outside -40 to 80; {RANGE}", None),
    ("dht11 too hot", f"dht11 on pin 15 says temperature 61.0, outside 0 to 60; {RANGE}", None),
    ("dht11 too dry", f"dht11 on pin 15 says humidity 4.0, outside 5 to 95; {RANGE}", None),
    ("dht22 after a long pause", {"temperature": 22.0, "humidity": 55.1}, 2270),
    ("dht22 without such a pin", "dht22 cannot use pin 99 (invalid pin); choose another one", None),
]

THREE = {"temperature_1": 21.5625, "temperature_2": -7.0, "temperature_3": 23.5}
DS18B20 = [
    ("ds18b20 alone", {"temperature": 21.5625}, 750),
    ("ds18b20 three by rom", THREE, 750),
    ("ds18b20 named", {"temperature_1": 21.5625, "freezer": -7.0, "temperature_3": 23.5}, 750),
    ("ds18b20 none", f"{BUS} no probe answers; {WIRING}", 0),
    (
        "ds18b20 at the power-on value",
        f"{BUS} temperature says 85.0, its value before a conversion; give it 3.3 V on its own wire",
        2250,
    ),
    ("ds18b20 crc", f"{BUS} temperature is not readable (CRC error); {WIRING}", 2250),
    ("ds18b20 crc twice", {"temperature": 20.0}, 2250),
    ("ds18b20 too hot", f"{BUS} temperature says 126.0, it can measure -55 to 125; {WIRING}", 2250),
    (
        "ds18b20 shorted",
        f"{BUS} temperature sends nothing but zeros; the data wire is shorted to ground",
        2250,
    ),
    ("ds18b20 all gone", f"{BUS} temperature_1, temperature_2, temperature_3 does not answer; {WIRING}", 0),
    ("ds18b20 plugged in later", {"temperature": 20.0}, 750),
    ("ds18b20 bad rom", BUS + ' in "names" a ROM has 16 hex digits', None),
]

OTHERS = [
    ("adc half", {"voltage": 1.65}, 16),
    ("adc full ratio", {"moisture": 0}, 16),
    ("adc scaled", {"battery": 2.3}, 16),
    ("adc esp32 11db", {"voltage": 3.1}, 16),
    ("adc esp32 0db", {"voltage": 0.95}, 0),
    ("adc median of 4", {"voltage": 0.15}, 6),
    ("adc median of 5", {"voltage": 0.1}, 8),
    ("adc mean of 4", {"voltage": 0.325}, 6),
    ("adc mean of 5", {"voltage": 0.28}, 8),
    ("adc busy", f"adc on pin 34 cannot be read; {NO_WIFI_PIN}", None),
    (
        "adc on a pin without",
        "adc cannot use pin 15 (Pin doesn't have ADC capabilities); choose another one",
        None,
    ),
    ("switch high", {"switch": "true"}, 20),
    ("switch low", {"switch": "false"}, 20),
    ("switch number", {"switch": 1}, 20),
    ("switch inverted", {"switch": 0}, 20),
    ("switch open pulls up", {"door": "true"}, 20),
    ("switch open pulls down", {"switch": "false"}, 20),
    ("switch open without pull", {"switch": "false"}, 20),
    ("switch at once", {"switch": "true"}, 0),
    ("switch bounces", {"switch": "true"}, 40),
    (
        "switch never holds",
        "switch on pin 14 does not hold a level for 20 ms; check the wire or raise debounce_ms",
        205,
    ),
    ("switch without such a pin", "switch cannot use pin 99 (invalid pin); choose another one", None),
    ("system of one", {"uptime": 0}, 0),
    (
        "system of nothing",
        "system: this board can tell nothing of what is asked for; switch another field on",
        0,
    ),
]


@pytest.mark.parametrize(("case", "outcome", "ms"), DHT + DS18B20 + OTHERS)
def test_a_sensor_reads_or_says_what_is_wrong_in_its_time(told, case, outcome, ms):
    line = told[case]
    assert (line["error"] or line["values"]) == outcome
    if isinstance(outcome, dict):
        # As text: 22 is not 22.0 there, nor 0.0 the same as -0.0.
        assert sorted(map(str, line["values"].items())) == sorted(map(str, outcome.items()))
        assert line["problem"] is None
    if ms is not None:
        assert line["ms"] == ms


@pytest.mark.parametrize(
    ("case", "values", "ailing"),
    [
        ("ds18b20 one at the power-on value", {"temperature_2": 20.0}, "temperature_1 says 85.0"),
        ("ds18b20 named but absent", {"temperature_1": 20.0}, "freezer is not readable"),
        (
            "ds18b20 one gone keeps the others' keys",
            {"temperature_2": -7.0, "temperature_3": 23.5},
            "temperature_1 is",
        ),
    ],
)
def test_an_ailing_probe_costs_the_others_nothing_and_is_named(told, case, values, ailing):
    assert told[case]["values"] == values
    assert ailing in told[case]["problem"]


@pytest.mark.parametrize(
    ("case", "celsius", "seconds", "rssi"),
    [
        ("system rp2", 31.0, 0, -52),
        ("system after 20 days", 31.0, 20 * 86400, -52),  # longer than the tick counter goes
        ("system esp32", 50.0, 0, -52),
        ("system esp32s3", 50.0, 0, -52),
        ("system offline", 31.0, 0, None),
    ],
)
def test_the_board_tells_about_itself(told, case, celsius, seconds, rssi):
    values = told[case]["values"]
    assert values["chip_temperature"] == pytest.approx(
        celsius, abs=0.5
    )  # a step of the rp2's ADC is 0.47 degrees
    assert values["uptime"] == seconds
    assert values.get("rssi") == rssi
    if "free_heap" in values:  # CPython cannot tell
        assert 10_000 < values["free_heap"] < 190 * 1024


@pytest.mark.parametrize(
    ("kind", "guess"),
    [("dth22", "dht22"), ("DHT22", "dht22"), ("dht22.x", "dht22"), ("bmp280", None), ("_dht", None)]
    + [(kind, None) for kind in ("", "5", "None", "../x", "x" * 9)],
)
def test_an_unknown_type_lists_the_known_ones_and_suggests_the_nearest(told, kind, guess):
    hint = f"did you mean '{guess}'? " if guess else ""
    shown = kind if kind != "x" * 9 else "x" * 40
    assert told[f"type {kind}"]["error"] == f"'{shown}' is no known sensor; {hint}{KNOWN}"


def test_every_type_tells_its_fields(told):
    for kind in ("adc", "dht11", "dht22", "ds18b20", "switch"):
        assert "pin" in told[f"fields of {kind}"]["names"]
    assert told["fields of dht22"]["every"] == told["fields of dht11"]["every"] == 2
    assert [told[f"fields of {kind}"]["pin"] for kind in ("dht22", "switch", "adc")] == ["io", "in", "adc"]
    assert told["fields of system"]["names"] == ["chip_temperature", "free_heap", "rssi", "uptime"]


RAIN = '''
"""A tipping-bucket rain gauge."""

from . import SensorError, open_pin

FIELDS = {"pin": ("pin", ...), "mm_per_tip": ("number", 0.2794, 0, 10)}
MIN_EVERY = 10


class Sensor:
    def __init__(self, entry):
        self.pin = open_pin(entry)
        self.mm = entry["mm_per_tip"]

    def read(self):
        if self.pin.value():
            raise SensorError("rain: the bucket is stuck")
        return {"rain_mm": 3 * self.mm}
'''


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_a_third_party_adds_one_file_and_one_config_entry(runtime, tmp_path):
    firmware = tmp_path / "firmware"
    shutil.copytree(scenario.FIRMWARE, firmware, ignore=shutil.ignore_patterns("__pycache__"))
    files = {"rain": RAIN, "broken": "def (:", "needy": "import bme280_driver", "empty": "FIELDS = {}"}
    for name, text in files.items():
        (firmware / "miniviz" / "sensors" / f"{name}.py").write_text(text)
    env = {
        "PYTHONPATH": os.pathsep.join([str(scenario.FAKES), str(firmware)]),
        "MICROPYPATH": f"{scenario.FAKES}:{firmware}:.frozen",
    }
    result = scenario.run(SCENARIOS / "sensors_third_party.py", runtime, env=env)
    taken, scaled, hasty, misspelt, broken, needy, empty = (line["outcome"] for line in result.lines)
    assert taken == {"rain_mm": pytest.approx(0.8382)}
    assert scaled == {"rain_mm": 1.5}
    assert "sensors[0].every is 5" in hasty
    assert "sensors[0].mm is not a setting" in misspelt and "mm_per_tip" in misspelt
    assert "sensors/broken.py is no valid Python" in broken
    assert "'needy' needs a module that is not installed" in needy
    assert "bme280_driver" in needy
    assert "'empty' is no known sensor" in empty


@pytest.mark.parametrize(
    ("word", "guess"),
    [
        ("tpye", "type"),
        ("wfi", "wifi"),
        ("temp", "temperature"),
        ("Sensors", "sensors"),
        ("pasword", "password"),
        ("sensor", "sensors"),
        ("x", None),
        ("", None),
        ("foo", None),
        ("zebra", None),
        ("s" * 10000, None),
    ],
)
def test_the_nearest_word_or_none(word, guess):
    assert nearest(word, ["type", "wifi", "temperature", "sensors", "password", "log", "led"]) == guess


def test_of_two_near_words_the_nearer_wins():
    assert nearest("dht12", ["dht22", "dht11", "dht1"]) == "dht22"
    assert nearest("dht1", ["dht22", "dht11"]) == "dht11"
    assert nearest("url", []) is None
