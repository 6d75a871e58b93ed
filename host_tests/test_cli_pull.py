"""`miniviz pull`: what the board kept comes here, its program and its secrets do not."""

import sys

import pytest
from command import miniviz
from miniviz_lab import micropython

if sys.platform == "win32":
    pytest.skip("the virtual board needs a pseudo-terminal", allow_module_level=True)

from miniviz_lab.virtual_board import VirtualBoard


def test_pull_then_pull_again(tmp_path):
    micropython.for_test()
    board = tmp_path / "board"
    kept = {
        "outbox/000001.seg": bytes(range(256)) * 9,
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
        done = miniviz("pull", out, "--port", virtual.port)
        assert done.returncode == 0, done.stderr
        found = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
        assert found == kept
        (board / "state.json").write_bytes(b'{"boots": 2}')
        again = miniviz("pull", out, "--port", virtual.port)
    assert again.stdout.count("was here already") == 3
    assert (out / "state.json").read_bytes() == b'{"boots": 2}'
    for name, data in program.items():
        assert (board / name).read_bytes() == data
