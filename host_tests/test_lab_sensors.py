"""The fakes of dht, onewire, ds18x20, machine and esp32 refuse what the real modules refuse."""

from pathlib import Path
from typing import Any

import pytest
from miniviz_lab import scenario
from miniviz_lab.scenario import RUNTIMES, Runtime

both = pytest.mark.parametrize("runtime", RUNTIMES)
STILL: dict[str, Any] = {"temperature": 23.4, "swing": 0, "noise": 0, "humidity": 56.7}

# Prints what a call gives, or the name of the exception and its text.
TRY = """
import json, world

def attempt(call, *args, **named):
    try:
        value = call(*args, **named)
    except Exception as error:
        value = [type(error).__name__, str(error), getattr(error, "errno", None)]
    print(json.dumps([value]))
"""


def ask(code: str, runtime: Runtime, folder: Path, **world: Any) -> list[Any]:
    """What each attempt() in the code gave."""
    settings = {"virtual": {}, "weather": STILL, **world}
    return [line[0] for line in scenario.run_text(TRY + code, runtime, folder, world=settings)]


@both
def test_dht22_settles_answers_and_repeats_itself_when_asked_too_soon(
    runtime: Runtime, tmp_path: Path
) -> None:
    code = """
import dht, errno, machine
sensor = dht.DHT22(machine.Pin(15))
def read():
    sensor.measure()
    return [round(sensor.temperature(), 1), round(sensor.humidity(), 1)]
try:
    sensor.measure()
except OSError as error:
    attempt(lambda: error.errno == errno.ETIMEDOUT)
world.sleep_ms(1000)
attempt(read)
world.weather(temperature=-5.5)
attempt(read)
world.sleep_ms(2000)
start = world.elapsed_ms()
attempt(read)
attempt(lambda: world.elapsed_ms() - start)
"""
    assert ask(code, runtime, tmp_path) == [True, [23.4, 56.7], [23.4, 56.7], [-5.5, 56.7], 270]


@both
def test_dht_faults(runtime: Runtime, tmp_path: Path) -> None:
    code = """
import dht, errno, machine
world.sleep_ms(5000)
def fail(sensor):
    try:
        sensor.measure()
    except OSError as error:
        return error.errno == errno.ETIMEDOUT
    except Exception as error:
        return [type(error).__name__, str(error)]
sensor = dht.DHT11(machine.Pin(16))
attempt(fail, dht.DHT22(machine.Pin(2)))
attempt(fail, sensor)
attempt(fail, sensor)
attempt(fail, sensor)
attempt(lambda: [sensor.temperature(), sensor.humidity()])
attempt(dht.DHT22("nowhere").measure)
"""
    faults = [
        {"fault": "dht_absent", "pin": 16, "count": 1},
        {"fault": "dht_checksum", "pin": 16, "count": 1},
    ]
    gone, absent, broken, fine, values, nowhere = ask(
        code, runtime, tmp_path, dht={"16": "dht11"}, faults=faults
    )
    assert (gone, absent, broken, fine) == (True, True, ["Exception", "checksum error"], None)
    assert values == [23, 56]
    assert nowhere[:2] == ["ValueError", 'unknown named pin "nowhere"']


@both
def test_ds18b20_needs_its_conversion_time(runtime: Runtime, tmp_path: Path) -> None:
    code = """
import ds18x20, machine, onewire
bus = ds18x20.DS18X20(onewire.OneWire(machine.Pin(4)))
(rom,) = bus.scan()
attempt(lambda: [len(rom), bus.ow.crc8(b"\\x02\\x1c\\xb8\\x01\\x00\\x00\\x00\\xa2")])
attempt(bus.read_temp, rom)
bus.convert_temp()
world.sleep_ms(700)
attempt(bus.read_temp, rom)
world.sleep_ms(50)
attempt(bus.read_temp, rom)
attempt(bus.read_temp, bytearray(8))
empty = ds18x20.DS18X20(onewire.OneWire(machine.Pin(5)))
attempt(empty.scan)
attempt(empty.convert_temp)
world.fault("ds18b20_crc", pin=4, count=1)
attempt(bus.read_temp, rom)
"""
    answers = ask(code, runtime, tmp_path, ds18b20={"4": {"28ff641f33170422": 21.53}})
    assert answers[0] == [8, 0]
    assert answers[1:4] == [85.0, 85.0, 21.5]
    assert answers[4][:2] == ["Exception", "CRC error"]
    assert answers[5] == []
    assert answers[6][0] == "OneWireError"
    assert answers[7][:2] == ["Exception", "CRC error"]


@both
def test_pins_and_adc_of_a_pico_w(runtime: Runtime, tmp_path: Path) -> None:
    code = """
from machine import ADC, Pin
led = Pin("LED", Pin.OUT)
led.on()
attempt(lambda: [led(), world.outputs["LED"]])
attempt(lambda: Pin(14, Pin.IN, Pin.PULL_UP).value())
attempt(lambda: Pin(13, Pin.IN, Pin.PULL_DOWN).value())
attempt(lambda: Pin("GP12", Pin.IN, Pin.PULL_UP).value())
attempt(lambda: ADC(26).read_u16())
attempt(lambda: round(27 - (ADC(ADC.CORE_TEMP).read_u16() * 3.3 / 65535 - 0.706) / 0.001721))
for wrong in (30, -1, 1.5, None, "GP99", "GP023"):
    attempt(Pin, wrong)
attempt(Pin, 2, 9)
attempt(ADC, 15)
attempt(lambda: Pin(1).mode())
attempt(Pin, 1, colour=3)
"""
    answers = ask(code, runtime, tmp_path, pins={"12": 0}, adc={"26": 30000}, chip_temperature=31)
    assert answers[:6] == [[1, 1], 1, 0, 0, 30007, 31]
    assert [one[1] for one in answers[6:12]] == ["invalid pin"] * 4 + [
        'unknown named pin "GP99"',
        'unknown named pin "GP023"',
    ]
    assert [one[0] for one in answers[6:]] == ["ValueError"] * 8 + ["AttributeError", "TypeError"]
    assert answers[13][1] == "Pin doesn't have ADC capabilities"


@both
def test_pins_and_adc_of_an_esp32(runtime: Runtime, tmp_path: Path) -> None:
    code = """
import esp32
from machine import ADC, Pin
attempt(Pin, 34, Pin.OUT)
attempt(Pin, 24)
attempt(Pin, "LED")
attempt(ADC, 5)
attempt(lambda: ADC(34, atten=ADC.ATTN_11DB).read())
attempt(ADC, 34, atten=7)
attempt(lambda: Pin(2).high())
attempt(esp32.raw_temperature)
attempt(lambda: esp32.mcu_temperature())
"""
    answers = ask(code, runtime, tmp_path, port="esp32", adc={"34": 65535}, chip_temperature=50)
    assert [one[1] for one in answers[:4]] == ["pin can only be input", *["invalid pin"] * 3]
    assert answers[4] == 4095
    assert answers[5][:2] == ["ValueError", "invalid attenuation"]
    assert answers[6][0] == "AttributeError"
    assert answers[7] == 122
    assert answers[8][0] == "AttributeError"


@both
def test_a_pico_w_has_no_esp32_module(runtime: Runtime, tmp_path: Path) -> None:
    code = "attempt(lambda: __import__('esp32'))"
    ((kind, text, _),) = ask(code, runtime, tmp_path)
    assert (kind, text) == ("ImportError", "no module named 'esp32'")


@both
@pytest.mark.parametrize(
    ("port", "longest", "refusal"), [("rp2", 8388, "timeout exceeds 8388"), ("esp32", 60000, None)]
)
def test_an_unfed_watchdog_bites_in_the_middle_of_a_sleep(
    runtime: Runtime, port: str, longest: int, refusal: str | None, tmp_path: Path
) -> None:
    code = (
        f"longest = {longest}"
        + """
from machine import WDT
class Bitten(Exception):
    pass
def bite(kind):
    raise Bitten(kind)
world.on_reboot = bite
attempt(lambda: WDT(timeout=longest + 1) and None)
dog = WDT(timeout=3000)
world.sleep_ms(2900)
dog.feed()
world.sleep_ms(2900)
attempt(world.sleep_ms, 5000)
attempt(world.elapsed_ms)
"""
    )
    refused, bitten, elapsed = ask(code, runtime, tmp_path, port=port)
    assert (refused[1] if refused else None) == refusal
    assert bitten[:2] == ["Bitten", "watchdog"]
    assert elapsed == 5900


@both
def test_a_reset_ends_the_program_with_its_code(runtime: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "few_lines.py"
    for call, code in (("reset()", 71), ("soft_reset()", 70), ("deepsleep(1)", 73)):
        file.write_text(f"import machine\nmachine.{call}\n", encoding="utf-8")
        assert scenario.run(file, runtime, folder=tmp_path, check=False).returncode == code


@both
def test_a_timer_rings_while_the_board_sleeps(runtime: Runtime, tmp_path: Path) -> None:
    code = """
from machine import Timer
rung = []
timer = Timer(-1, mode=Timer.PERIODIC, period=100, callback=lambda timer: rung.append(world.elapsed_ms()))
world.sleep_ms(350)
timer.deinit()
world.sleep_ms(350)
attempt(lambda: rung)
attempt(Timer, 0)
"""
    rung, refused = ask(code, runtime, tmp_path)
    assert rung == [100, 200, 300]
    assert refused[:2] == ["ValueError", "Timer doesn't exist"]


@both
def test_the_real_time_clock_counts_from_what_it_was_set_to(runtime: Runtime, tmp_path: Path) -> None:
    code = """
from machine import RTC
attempt(lambda: list(RTC().datetime()))
RTC().datetime((2028, 2, 29, 0, 23, 59, 59, 0))
world.sleep_ms(2000)
attempt(lambda: list(RTC().datetime()))
attempt(RTC().datetime, (2028, 2, 29))
attempt(lambda: RTC().memory())
"""
    first, later, refused, memory = ask(code, runtime, tmp_path)
    assert first == [2021, 1, 1, 4, 0, 0, 0, 0]
    assert later == [2028, 3, 1, 2, 0, 0, 1, 0]
    assert refused[0] == "ValueError"
    assert memory[0] == "AttributeError"
