"""`miniviz pull`: what the board kept comes here, its program and its secrets do not."""

import json
import sys

import pytest
from command import miniviz
from miniviz_cli import firmware_code
from miniviz_lab import micropython

if sys.platform == "win32":
    pytest.skip("the virtual board needs a pseudo-terminal", allow_module_level=True)

from miniviz_lab.virtual_board import VirtualBoard


def test_waiting_readings_come_as_lines_and_the_setup_password_stays(tmp_path):
    micropython.for_test()
    board = tmp_path / "board"
    board.mkdir()
    (board / "state.json").write_text('{"boot": 3, "portal_password": "s3cretword"}')
    waits = firmware_code.store().Store(str(board / "outbox"))
    for i in range(300):  # several segments
        waits.append(2 if i == 4 else 0, 1000 + i, "sch\u00fcppen", {"temperature": 20.5 + i})
    waits.sync()
    for _ in range(3):
        waits.peek()
        waits.done()
    out = tmp_path / "out"
    with VirtualBoard(board) as virtual:
        done = miniviz("pull", out, "--port", virtual.port, timeout=300)
        before = {file.name: file.read_bytes() for file in (board / "outbox").iterdir()}
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (out / "readings.jsonl").read_text("utf-8").splitlines()]
    assert lines[0] == {"timestamp": 1003, "label": "sch\u00fcppen", "payload": {"temperature": 23.5}}
    assert lines[1] == {
        "boot": 2,
        "uptime_ms": 1004,
        "label": "sch\u00fcppen",
        "payload": {"temperature": 24.5},
    }
    assert [line["payload"]["temperature"] for line in lines] == [20.5 + i for i in range(3, 300)]
    assert done.stdout.endswith("readings.jsonl: 297\n")
    # Neither the board's files nor their copies are read up.
    assert before == {file.name: file.read_bytes() for file in (out / "outbox").iterdir()}
    assert json.loads((out / "state.json").read_text()) == {"boot": 3, "portal_password": "********"}


def test_pull_then_pull_again(tmp_path):
    micropython.for_test()
    board = tmp_path / "board"
    kept = {
        "outbox/00000001.seg": bytes(range(256)) * 9,
        "outbox/1.seg": b"",
        "aside/000001.jsonl": b'{"label": "caf\xc3\xa9"}\n',
        "state.json": b"{}",
        "crash.txt": b"",
    }
    program = {
        "miniviz/app.mpy": b"M",
        "board.json": b"{}",
        "main.py": b"",
        "config.json": b'{"token": "secret"}',
        "deployed.json": b'{"files": ["board.json", "main.py", "miniviz/app.mpy"]}',
    }
    for name, data in {**kept, **program}.items():
        (board / name).parent.mkdir(parents=True, exist_ok=True)
        (board / name).write_bytes(data)
    out = tmp_path / "out"
    with VirtualBoard(board) as virtual:
        done = miniviz("pull", out, "--port", virtual.port, timeout=300)
        assert done.returncode == 0, done.stderr
        found = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
        assert found == kept
        (board / "state.json").write_bytes(b'{"boots": 2}')
        again = miniviz("pull", out, "--port", virtual.port, timeout=300)
    assert again.stdout.count("was here already") == 4
    assert (out / "state.json").read_bytes() == b'{"boots": 2}'
    for name, data in program.items():
        assert (board / name).read_bytes() == data
