"""The world: its clock, its weather and its faults, the same on both runtimes."""

from pathlib import Path
from typing import Any

import pytest
from miniviz_lab import scenario
from miniviz_lab.scenario import RUNTIMES, Runtime
from miniviz_lab.world_file import world_for

both = pytest.mark.parametrize("runtime", RUNTIMES)


@both
def test_virtual_ticks_wrap_as_on_a_board(runtime: Runtime, tmp_path: Path) -> None:
    code = """
import json, world
world.virtual(ticks=(1 << 30) - 500)
before = world.ticks_ms()
world.sleep_ms(1000)
after = world.ticks_ms()
passed = world.ticks_diff(after, before)
print(json.dumps([before, after, passed, world.ticks_add(before, 1000), world.elapsed_ms()]))
for delta in (1 << 29, -(1 << 29)):
    try:
        world.ticks_add(0, delta)
    except OverflowError:
        print("[true]")
"""
    numbers, *refused = scenario.run_text(code, runtime, tmp_path)
    assert numbers == [(1 << 30) - 500, 500, 1000, 500, 1000]
    assert refused == [[True], [True]]


@both
def test_a_fast_crystal_counts_more_than_the_true_time(runtime: Runtime, tmp_path: Path) -> None:
    code = """
import json, world
world.virtual(start_unix_ms=1800000000000, drift_ppm=50)
start = world.ticks_ms()
for _ in range(1000):
    world.sleep_ms(100000)
print(json.dumps([world.ticks_diff(world.ticks_ms(), start), world.unix_ms() - 1800000000000]))
"""
    ((ticks, true),) = scenario.run_text(code, runtime, tmp_path)
    assert ticks == 100_000_000
    assert true == pytest.approx(100_000_000 - 5_000, abs=2)


@both
def test_real_time_passes_and_virtual_time_does_not_take_any(runtime: Runtime, tmp_path: Path) -> None:
    code = """
import json, time, world
begin = time.time_ns()
world.sleep_ms(50)
real = (time.time_ns() - begin) // 1000000
world.virtual()
begin = time.time_ns()
world.sleep_ms(86400000)
print(json.dumps([real, (time.time_ns() - begin) // 1000000, world.elapsed_ms()]))
"""
    ((real, virtual, day),) = scenario.run_text(code, runtime, tmp_path)
    assert 50 <= real < 2000
    assert virtual < 2000
    assert day == 86_400_000


def test_the_weather_is_the_same_on_both_runtimes_and_has_a_day(tmp_path: Path) -> None:
    code = """
import json, world
world.virtual(start_unix_ms=1800000000000)
for hour in range(24):
    print(json.dumps([round(world.temperature(), 6), round(world.humidity(), 6)]))
    world.sleep_ms(3600000)
"""
    here, there = (scenario.run_text(code, runtime, tmp_path) for runtime in RUNTIMES)
    assert here == there
    temperatures = [one[0] for one in here]
    assert 7 < max(temperatures) - min(temperatures) < 9
    assert len(set(temperatures)) == 24


@both
def test_faults_have_a_window_or_a_count(runtime: Runtime, tmp_path: Path) -> None:
    code = """
import json, world
seen = []
for second in range(4):
    absent = [world.strikes("dht_absent", pin) for pin in (15, 16)]
    seen.append(absent + [world.strikes("join_fails", "home")])
    world.sleep_ms(1000)
print(json.dumps(seen))
"""
    world: dict[str, Any] = {
        "virtual": {},
        "faults": [
            {"fault": "dht_absent", "pin": 15, "start": 1, "end": 3},
            {"fault": "join_fails", "ssid": "home", "count": 2},
        ],
    }
    (seen,) = scenario.run_text(code, runtime, tmp_path, world=world)
    assert seen == [[False, False, True], [True, False, True], [True, False, False], [False, False, False]]


@both
@pytest.mark.parametrize(
    ("world", "sentence"),
    [
        ({"wether": {}}, "the world has no 'wether'; it has port, "),
        (
            {"weather": {"wind": 3}},
            "the weather has no 'wind'; it has humidity, noise, seed, swing, temperature",
        ),
        ({"faults": [{"fault": "flood"}]}, "no fault is called 'flood'; there are dht_absent, "),
        ({"port": "stm32"}, "port is 'stm32'; the world plays rp2 or esp32"),
        ({"virtual": {"speed": 2}}, "world.json: "),
    ],
)
def test_a_wrong_world_is_named(
    runtime: Runtime, world: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    file = tmp_path / "few_lines.py"
    file.write_text("import world\n", encoding="utf-8")
    result = scenario.run(file, runtime, folder=tmp_path, world=world, check=False)
    assert result.returncode == 1
    assert sentence in result.stdout + result.stderr


def test_a_world_for_a_config_has_its_networks_and_sensors() -> None:
    config: dict[str, Any] = {
        "board": "esp32_devkit",
        "wifi": [{"ssid": "a", "password": "b"}, {"ssid": "c"}],
        "sensors": [{"type": "dht22", "pin": 4}, {"type": "ds18b20", "pin": 5}, {"type": "adc"}, 3],
    }
    assert world_for(config) == {
        "port": "esp32",
        "networks": [
            {"ssid": "a", "password": "b", "rssi": -48},
            {"ssid": "c", "password": "", "rssi": -54},
        ],
        "dht": {"4": "dht22"},
        "ds18b20": {"5": {"28ff641f33170001": None}},
    }
    assert world_for({"sensors": None, "wifi": "x"})["networks"] == []
