"""Types and style: the tools strictly, the firmware against the modules each board really has."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from miniviz_cli import boards
from miniviz_lab.stubs import stubs_for

ROOT = Path(__file__).resolve().parent.parent


def check(*args):
    command = [sys.executable, "-m", *map(str, args)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_ruff_finds_nothing():
    check("ruff", "check", "--no-cache", ".")


def test_tools_and_tests_are_formatted():
    check("ruff", "format", "--no-cache", "--check", "tools", "host_tests")


def test_tools_are_strictly_typed():
    assert "0 errors, 0 warnings" in check("basedpyright")


# What the firmware uses behind a branch, and the one board that has it; None: none of these boards.
ELSEWHERE = {
    ("port.py", "monotonic_ns"): None,  # CPython
    ("port_seldom.py", "getvalue"): None,  # a gap in the stubs: every port's StringIO has it
    ("system.py", "mcu_temperature"): None,  # ESP32-S3 and its like
    ("system.py", "esp32"): "esp32_devkit",
    ("adc.py", "read_uv"): "esp32_devkit",
    ("button.py", "rp2"): "pico_w",
    ("port_seldom.py", "rp2"): "pico_w",
    ("port_seldom.py", "Flash"): "pico_w",
    ("esp32.py", "camera"): None,  # images of micropython-camera-API
    ("esp32.py", "esp32"): "esp32_devkit",
}
# The firmware has no annotations, so what is concluded from a None, a mixed table or a base class says
# nothing about the board: only names that a board's modules lack, and calls they do not take, count here.
INFERRED = (
    "reportArgumentType",
    "reportAssignmentType",
    "reportGeneralTypeIssues",
    "reportIndexIssue",
    "reportOperatorIssue",
    "reportOptionalIterable",
    "reportOptionalMemberAccess",
    "reportOptionalOperand",
    "reportOptionalSubscript",
)
OWN = re.compile(
    r'Cannot assign to attribute|for class "(None|bool|int|float|str|dict\[.*\]|list\[.*\]|\w+\*)"'
)


def settings_for(name, source):
    # typeshedPath too, because MicroPython's own time, json and socket differ from CPython's.
    stubs = str(stubs_for(boards.load(name).port))
    return {
        "include": [str(source)],
        "exclude": [str(source / "manifest.py")],
        "extraPaths": [str(source)],
        "stubPath": stubs,
        "typeshedPath": stubs,
        "pythonVersion": "3.11",
        "pythonPlatform": "All",
        "typeCheckingMode": "basic",
        **dict.fromkeys(INFERRED, "none"),
    }


def missing_on(name, source, folder):
    """The firmware's names and calls that this board's modules do not have."""
    config = folder / "pyrightconfig.json"
    config.write_text(json.dumps(settings_for(name, source)))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "-p", str(config)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] > 0
    return [
        f"{Path(one['file']).name}:{one['range']['start']['line'] + 1}: {one['message']}"
        for one in report["generalDiagnostics"]
        if one["severity"] == "error" and not OWN.search(one["message"]) and not elsewhere(name, one)
    ]


def elsewhere(name, one):
    return any(board != name for (file, word), board in ELSEWHERE.items() if says(one, file, word))


def says(one, file, word):
    return Path(one["file"]).name == file and f'"{word}"' in one["message"]


@pytest.mark.parametrize("name", boards.names())
def test_firmware_fits_the_boards_modules(name, tmp_path):
    assert missing_on(name, ROOT / "firmware", tmp_path) == []


@pytest.mark.parametrize("name", boards.names())
def test_the_check_sees_what_a_board_lacks(name, tmp_path):
    source = tmp_path / "firmware"
    source.mkdir()
    wrong = ["import machine, network, time, camera", "time.sleep_ms(1)", "machine.Pin(1).valve()"]
    wrong += ["network.WLAM(0)", "machine.WDT(timeout=1).feed(3)"]
    (source / "wrong.py").write_text("\n".join(wrong))
    found = missing_on(name, source, tmp_path)
    assert [line.split(":")[1] for line in found] == ["1", "3", "4", "5"], found
