"""The fake WLAN plays each port's own status codes, refusals and habits."""

from pathlib import Path
from typing import Any

import pytest
from miniviz_lab import scenario
from miniviz_lab.scenario import RUNTIMES, Runtime

both = pytest.mark.parametrize("runtime", RUNTIMES)

START = """
import json, network, world

def say(value):
    print(json.dumps([value]))

def attempt(call, *args, **named):
    try:
        value = call(*args, **named)
    except Exception as error:
        value = [type(error).__name__, str(error), getattr(error, "errno", None)]
    say(value)

wlan = network.WLAN(network.STA_IF)

def join(ssid="home", key="correct horse", wait=1300):
    wlan.connect(ssid, key)
    during = wlan.status()
    world.sleep_ms(wait)
    return [during, wlan.status(), wlan.isconnected()]
"""


def play(code: str, runtime: Runtime, folder: Path, **world: Any) -> list[Any]:
    """What each say() and attempt() in the code gave."""
    return [
        line[0] for line in scenario.run_text(START + code, runtime, folder, world={"virtual": {}, **world})
    ]


@both
def test_pico_w_joins_reports_and_does_not_rejoin_by_itself(runtime: Runtime, tmp_path: Path) -> None:
    code = """
attempt(wlan.connect, "home", "x")
attempt(wlan.scan)
wlan.active(True)
attempt(wlan.ifconfig)
attempt(join)
attempt(wlan.status, "rssi")
attempt(lambda: wlan.ifconfig()[0])
attempt(join, "home", "wrong")
attempt(join, "nowhere")
world.fault("join_fails", count=1)
attempt(join)
attempt(join)
world.fault("wifi_gone", start=0, end=world.elapsed_ms() / 1000 + 10)
attempt(wlan.status)
world.sleep_ms(20000)
attempt(wlan.status)
attempt(join)
"""
    answers = play(code, runtime, tmp_path)
    assert [one[0] for one in answers[:2]] == ["PermissionError" if runtime == "cpython" else "OSError"] * 2
    assert [one[2] for one in answers[:2]] == [1, 1]
    assert answers[2][0] == "0.0.0.0"
    assert answers[3] == [1, 3, True]
    assert answers[4:6] == [-52, "192.168.4.20"]
    assert answers[6:10] == [[1, -3, False], [1, -2, False], [1, -1, False], [1, 3, True]]
    assert answers[10:12] == [0, 0]
    assert answers[12] == [1, 3, True]


@both
def test_pico_w_refuses_what_its_driver_refuses(runtime: Runtime, tmp_path: Path) -> None:
    code = """
wlan.active(1)
attempt(wlan.connect, 5)
attempt(wlan.connect)
attempt(wlan.connect, "home", "x", bssid=b"123")
attempt(wlan.config, "pm", pm=3)
attempt(wlan.config, "colour")
attempt(wlan.config, reconnects=0)
attempt(wlan.config, pm=0xA11140)
attempt(wlan.config, "pm")
attempt(wlan.status, "colour")
attempt(network.hostname, "x" * 33)
attempt(network.hostname)
attempt(lambda: wlan.rejoin())
attempt(lambda: network.STAT_ASSOC_FAIL)
"""
    answers = play(code, runtime, tmp_path)
    assert [one[0] for one in answers[:6]] == [
        *("TypeError", "TypeError", "ValueError", "TypeError", "ValueError", "ValueError")
    ]
    assert answers[5][1] == "unknown config param"
    assert answers[6:8] == [None, 0xA11140]
    assert [one[0] for one in answers[8:10]] == ["ValueError", "ValueError"]
    assert answers[10] == "PicoW"
    assert [one[0] for one in answers[11:]] == ["AttributeError", "AttributeError"]


@both
def test_esp32_refuses_a_second_connect_and_keeps_the_last_failure(runtime: Runtime, tmp_path: Path) -> None:
    code = """
attempt(wlan.connect, "home", "x")
say(wlan.active(True))
attempt(join, "nowhere")
attempt(wlan.connect, "home", "correct horse")
attempt(wlan.scan)
wlan.disconnect()
attempt(wlan.status)
attempt(join, "home", "wrong")
wlan.disconnect()
attempt(join)
attempt(wlan.status, "rssi")
wlan.disconnect()
attempt(wlan.status)
attempt(wlan.status, "rssi")
attempt(wlan.config, pm=0xA11140)
"""
    answers = play(code, runtime, tmp_path, port="esp32")
    assert answers[0][:2] == ["OSError", "Wifi Not Started"]
    assert answers[1] is True
    assert answers[2] == [1001, 201, False]
    assert answers[3][:2] == ["OSError", "Wifi Internal Error"]
    assert answers[4] == []
    assert answers[5] == 1000
    assert answers[6] == [1000, 202, False]
    assert answers[7] == [1000, 1010, True]
    assert answers[8:10] == [-52, 1000]
    assert answers[10][:2] == ["OSError", "Wifi Not Connected"]
    assert answers[11][0] == "RuntimeError"


@both
def test_esp32_retries_by_itself_unless_told_not_to(runtime: Runtime, tmp_path: Path) -> None:
    code = """
wlan.active(True)
say(join())
world.fault("wifi_gone", start=0, end=world.elapsed_ms() / 1000 + 5)
attempt(wlan.status)
world.sleep_ms(2000)
attempt(wlan.status)
world.sleep_ms(6000)
wlan.isconnected()
world.sleep_ms(2000)
attempt(wlan.isconnected)
wlan.disconnect()
wlan.config(reconnects=0)
say(wlan.config("reconnects"))
say(join("nowhere"))
world.networks.append({"ssid": "nowhere", "password": "correct horse"})
world.sleep_ms(5000)
say([wlan.status(), wlan.isconnected()])
say(join("nowhere"))
"""
    answers = play(code, runtime, tmp_path, port="esp32")
    assert answers[0] == [1001, 1010, True]
    assert answers[1:4] == [1001, 201, True]
    assert answers[4] == 0
    assert answers[5:7] == [[1000, 201, False], [201, False]]
    assert answers[7] == [201, 1010, True]  # the old failure shows until the new link is up


@both
def test_a_wrong_password_may_hide_behind_another_reason_on_esp32(runtime: Runtime, tmp_path: Path) -> None:
    code = "wlan.active(True)\nsay(join('home', 'wrong'))"
    assert play(code, runtime, tmp_path, port="esp32", wrong_password_reason=15) == [[1001, 1001, False]]


@both
@pytest.mark.parametrize(("port", "secured", "tail"), [("rp2", 5, 1), ("esp32", 3, False)])
def test_a_scan_lists_what_is_on_the_air(
    runtime: Runtime, port: str, secured: int, tail: object, tmp_path: Path
) -> None:
    code = """
wlan.active(True)
say([[one[0].decode()] + list(one[2:]) for one in wlan.scan()])
world.fault("ap_missing", ssid="a")
say([one[0].decode() for one in wlan.scan()])
"""
    networks = [{"ssid": "a", "password": "12345678", "rssi": -40}, {"ssid": "b", "rssi": -70, "channel": 11}]
    all_, rest = play(code, runtime, tmp_path, port=port, networks=networks)
    assert all_ == [["a", 6, -40, secured, tail], ["b", 11, -70, 0, tail]]
    assert rest == ["b"]


POINT = """
def attempt(call, *args, **named):
    try:
        value = call(*args, **named)
    except Exception as error:
        value = [type(error).__name__, str(error)]
    say(value)

point = network.WLAN(network.AP_IF)
def seen():
    one = world.state.get("access_point")
    return one and [one["ssid"], one["key"], one["security"]]
"""


@both
def test_a_pico_w_takes_its_access_points_settings_before_it_starts(runtime: Runtime, tmp_path: Path) -> None:
    code = """
attempt(point.active)
point.config(ssid="shed", key="long enough", channel=6)
say(seen())
attempt(point.active, True)
say(seen())
point.config(essid="later")
say(seen()[0])
attempt(lambda: [point.active(), point.isconnected(), point.ifconfig()[0], point.config("ssid")])
attempt(point.config, authmode=3)
attempt(wlan.status, "stations")
world.state["ap_stations"] = [b"\\x02\\0\\0\\0\\0\\1"]
attempt(lambda: len(point.status("stations")))
point.active(False)
point.config(key="short")
point.active(True)
say(seen())
"""
    said = play(POINT + code, runtime, tmp_path)
    assert said == [
        False,
        None,
        None,
        ["shed", "long enough", 4194308],
        "shed",
        [True, True, "192.168.4.1", "later"],
        ["ValueError", "unknown config param"],
        ["ValueError", "AP required"],
        1,
        None,
    ]


@both
def test_an_esp32_takes_its_access_points_settings_once_it_is_on(runtime: Runtime, tmp_path: Path) -> None:
    code = """
attempt(point.config, ssid="shed")
attempt(point.active, True)
say(seen())
attempt(point.config, ssid="shed", key="short", security=3)
attempt(point.config, security=1)
attempt(point.config, ssid="shed", key="long enough", security=network.AUTH_WPA2_PSK, max_clients=2)
say(seen())
attempt(lambda: [point.status(), point.isconnected(), point.ifconfig()[0], point.config("authmode")])
attempt(point.config, reconnects=1)
attempt(wlan.config, ssid="x")
attempt(wlan.status, "stations")
attempt(point.status, "rssi")
attempt(point.active, False)
say(seen())
"""
    said = play(POINT + code, runtime, tmp_path, port="esp32")
    assert said == [
        ["OSError", "Wifi Invalid Mode"],
        True,
        ["shed", "", 0],
        ["OSError", "Wifi Invalid Password"],
        ["OSError", "Wifi Unknown Error 0x0102"],
        None,
        ["shed", "long enough", 3],
        [None, False, "192.168.4.1", 3],
        ["OSError", "STA required"],
        ["OSError", "AP required"],
        ["OSError", "AP required"],
        ["OSError", "STA required"],
        False,
        None,
    ]
