"""The `miniviz` verbs against an emulated ESP32, through the real mpremote."""

import json
import re

import rig
from command import miniviz
from miniviz_lab.esp32 import found
from miniviz_lab.esp32.lab import Lab
from miniviz_lab.esp32.serial_port import SerialPort


def test_deploy_puts_the_firmware_onto_a_board_which_then_delivers() -> None:
    with Lab(found.find(), {}) as lab, rig.server(lab), SerialPort(lab.board) as serial:
        console = lab.board.power_on()
        console.wait_for(">>>", rig.PATIENCE)
        config = lab.folder / "mine.json"
        config.write_text(json.dumps(rig.settings()), encoding="utf-8")
        done = miniviz("deploy", "--config", config, "--port", serial.url, timeout=600)
        assert done.returncode == 0, done.stderr
        assert "files are in place and verified, it starts" in done.stdout
        console.wait_for("delivered, id 2", rig.PATIENCE)
        assert rig.counts(lab)["delivered"] >= 2


def test_doctor_tests_the_board_line_by_line() -> None:
    with rig.lab(rig.settings()) as lab, rig.server(lab), SerialPort(lab.board) as serial:
        lab.board.power_on().wait_for("delivered, id 1", rig.PATIENCE)
        done = miniviz("doctor", "--port", serial.url, timeout=600)
        # This computer is not on the board's network, and doctor says so; what the board looks at is well.
        assert done.returncode == 1, done.stdout + done.stderr
        assert re.findall(r"(?m)^(\w+) +FAULT ", done.stdout) == ["network"], done.stdout
        for line in ("wifi", "dns", "clock", "server", "heap", "flash"):
            assert re.search(rf"(?m)^{line} +ok ", done.stdout), (line, done.stdout)
        assert rig.PROJECT.token not in done.stdout + done.stderr


def test_emulate_runs_the_firmware_and_stops_it_in_good_order() -> None:
    done = miniviz("emulate", "--board", "esp32_devkit", "--for", 60, "--port", 0, timeout=300)
    assert done.returncode == 0, done.stderr
    counts = re.search(r"stopped: taken (\d+), delivered (\d+)", done.stdout)
    assert counts and int(counts[2]) > 0, done.stdout
