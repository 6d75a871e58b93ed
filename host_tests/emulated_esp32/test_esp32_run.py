"""The firmware on the official ESP32 image: WiFi, time and delivery, and all of them failing for a while."""

from pathlib import Path

import pytest
import rig

# Typed on the console, this key takes the board's radio off the network as a lost access point does.
_WITH_KEY = b"""
import select, sys
from machine import Timer
from network import STA_IF, WLAN
keys = select.poll()
keys.register(sys.stdin, select.POLLIN)
def look(timer):
    if keys.poll(0) and sys.stdin.read(1) == "d":
        WLAN(STA_IF).disconnect()
Timer(3).init(mode=Timer.PERIODIC, period=200, callback=look)
import miniviz
miniviz.run()
"""


def test_from_power_on_to_readings_with_right_millisecond_timestamps() -> None:
    with rig.lab(rig.settings()) as lab, rig.server(lab) as server:
        start = rig.truth()
        console = lab.board.power_on()
        console.wait_for("delivered, id 3", rig.PATIENCE)
        count = rig.counts(lab)
        events = server.events(rig.PROJECT.id)
        stamps = rig.times(events)
        assert count["taken"] == count["delivered"] == len(stamps) >= 3, stamps
        assert all(start < stamp < rig.truth() for stamp in stamps)
        for event in events:
            assert event.payload["free_heap"] > 60_000  # MicroPython alone leaves 160 KB
            assert event.payload.get("rssi", -25) < 0
        assert console.run("import time; print(time.gmtime(0)[0])") == "2000\n"
        # What the board takes for now lies between the moments of question and answer.
        asked = rig.truth()
        told, error = map(
            int,
            console.run(
                "from miniviz import app\nc = app.current().clock\nprint(c.now_ms(), c.error_ms())"
            ).split(),
        )
        assert asked - error <= told <= rig.truth() + error
        assert error < 1000
        # Readings from before the first sync are on the same 2 s grid: they were stamped by their uptime.
        # A busy computer makes some late, which moves no later one: no period of the grid holds two.
        began = int(console.run("print(c.at(0))"))
        periods = [(stamp - began) // 2000 for stamp in stamps]
        assert periods[0] >= 0 and len(set(periods)) == len(periods), [stamp - began for stamp in stamps]


def test_a_server_that_is_down_costs_no_reading(tmp_path: Path) -> None:
    with rig.lab(rig.settings()) as lab:
        console = lab.board.power_on()
        console.wait_for("no answer", rig.PATIENCE)
        with rig.server(lab, tmp_path / "data.sqlite"):
            console.wait_for("delivered, id 2", rig.PATIENCE)
            here = rig.rest(lab)
        here = console.wait_for("no answer", rig.PATIENCE, here)
        with rig.server(lab, tmp_path / "data.sqlite") as server:
            console.wait_for("delivered, id", rig.PATIENCE, here)
            count = rig.counts(lab)
            _nothing_lost(count, rig.times(server.events(rig.PROJECT.id)))


@pytest.mark.parametrize("fault", ["nxdomain", "silent"])
def test_without_name_server_readings_wait_and_are_stamped_later(fault: str) -> None:
    with rig.lab(rig.settings()) as lab, rig.server(lab) as server:
        lab.dns.fault = fault
        start = rig.truth()
        console = lab.board.power_on()
        console.wait_for("no such host, or no DNS", rig.PATIENCE)
        lab.dns.fault = None
        console.wait_for("delivered, id 2", rig.PATIENCE)
        count = rig.counts(lab)
        stamps = rig.times(server.events(rig.PROJECT.id))
        _nothing_lost(count, stamps)
        assert start < stamps[0]


def test_without_time_server_readings_wait_and_are_stamped_later() -> None:
    with rig.lab(rig.settings()) as lab, rig.server(lab) as server:
        lab.ntp.fault = "silent"
        start = rig.truth()
        console = lab.board.power_on()
        console.wait_for("no answer within 1 s", rig.PATIENCE)
        assert server.count(rig.PROJECT.id) == 0
        lab.ntp.fault = None
        console.wait_for("delivered, id 2", rig.PATIENCE)
        count = rig.counts(lab)
        stamps = rig.times(server.events(rig.PROJECT.id))
        _nothing_lost(count, stamps)
        assert start < stamps[0]


def test_an_access_point_that_goes_and_comes_back_costs_no_reading() -> None:
    with rig.lab(rig.settings(), **{"main.py": _WITH_KEY}) as lab, rig.server(lab) as server:
        console = lab.board.power_on()
        console.wait_for("delivered, id 2", rig.PATIENCE)
        network = lab.board.access_point()
        rig.rest(lab)
        network.off()
        console.type("d")
        here = console.wait_for("the link to Espressif was lost", rig.PATIENCE)
        here = console.wait_for("Espressif: not in reach", rig.PATIENCE, here)
        network.on()
        here = console.wait_for("wifi: joined Espressif", rig.PATIENCE, here)
        console.wait_for("delivered, id", rig.PATIENCE, here)
        _nothing_lost(rig.counts(lab), rig.times(server.events(rig.PROJECT.id)))


def _nothing_lost(count: dict[str, int], stamps: list[int]) -> None:
    assert count["dropped"] == count["set aside"] == 0
    assert count["taken"] == count["delivered"] + count["waiting"]
    assert len(stamps) == len(set(stamps)) == count["delivered"] > 0, stamps
