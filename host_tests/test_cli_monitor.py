"""`miniviz monitor`: typing to the board, keeping what it says, and waiting for a port that went away."""

import os
import re
import sys
import time

import pytest
from command import MINIVIZ, miniviz, one_sentence
from miniviz_lab import micropython

if sys.platform == "win32":
    pytest.skip("the virtual board needs a pseudo-terminal", allow_module_level=True)

from miniviz_lab.virtual_board import VirtualBoard
from terminal import Terminal


@pytest.fixture
def board(tmp_path):
    micropython.for_test()
    folder = tmp_path / "board"
    folder.mkdir()
    with VirtualBoard(folder) as board:
        yield board


def test_repl_types_to_the_board_and_keeps_what_was_said(board, tmp_path):
    kept = tmp_path / "kept.txt"
    command = [*MINIVIZ, "monitor", "--port", board.port, "--repl", "--save", kept]
    with Terminal(command) as it:
        it.expect("Ctrl-] ends")
        it.type("\r")
        it.expect(">>> ")
        it.type("print(6 * 7)\r")
        it.expect("\n42")
        it.type("while True: pass\r\r")
        time.sleep(0.5)
        it.type("\x03")  # Ctrl-C is the board's
        it.expect("KeyboardInterrupt")
        it.type("\x1d")
        assert it.end() == 0, it.said
    assert "42\n" in kept.read_text()


def test_another_program_that_wants_the_port_is_told_that_it_is_taken(board):
    with Terminal([*MINIVIZ, "monitor", "--port", board.port]) as it:
        it.expect("listening on")
        other = miniviz("doctor", "--port", board.port, "--no-restart")
        assert other.returncode == 1
        assert f"the port {board.port} is taken or not allowed; close other serial programs" in other.stdout
        second = miniviz("monitor", "--port", board.port, "--for", 1)
        assert "is another program using it?" in one_sentence(second)


def test_host_time_and_save(board, tmp_path):
    kept = tmp_path / "kept.txt"
    (board.folder / "main.py").write_text(
        "import time\nwhile True:\n    print('tick')\n    time.sleep(0.2)\n"
    )
    board.type("\x04")
    board.wait_for("tick")
    shown = miniviz("monitor", "--port", board.port, "--for", 3, "--save", kept)
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"^\d\d:\d\d:\d\d\.\d{3} tick$", shown.stdout, re.MULTILINE)
    assert re.search(r"^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}\+00:00 tick$", kept.read_text(), re.MULTILINE)
    bare = miniviz("monitor", "--port", board.port, "--for", 2, "--no-host-time")
    assert "tick" in bare.stdout.splitlines()


def test_a_port_that_goes_away_is_waited_for(tmp_path):
    """A link plays the port's name: its pseudo-terminal is closed and another one takes the name."""
    name = tmp_path / "ttyACM0"
    first = os.openpty()
    name.symlink_to(os.ttyname(first[1]))
    with Terminal([*MINIVIZ, "monitor", "--port", name]) as it:
        it.expect("listening on")
        os.write(first[0], b"before\n")
        it.expect("before")
        name.unlink()
        for descriptor in first:
            os.close(descriptor)
        it.expect("is gone; waiting for it")
        second = os.openpty()
        name.symlink_to(os.ttyname(second[1]))
        it.expect("is back")
        os.write(second[0], b"after\n")
        it.expect("after")
        it.type("\x03")
        assert it.end() == 0
        for descriptor in second:
            os.close(descriptor)


def test_repl_without_a_terminal_and_an_unwritable_file(board, tmp_path):
    done = miniviz("monitor", "--port", board.port, "--repl", "--for", 1)
    assert "--repl needs a terminal" in one_sentence(done)
    done = miniviz("monitor", "--port", board.port, "--save", tmp_path / "no" / "file")
    assert "cannot write" in one_sentence(done)
