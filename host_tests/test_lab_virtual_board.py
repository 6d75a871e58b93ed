"""The real mpremote drives the virtual board as it would a board on USB."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from miniviz_lab import micropython
from miniviz_lab.virtual_board import VirtualBoard


@pytest.fixture
def board(tmp_path: Path) -> Iterator[VirtualBoard]:
    micropython.for_test()
    folder = tmp_path / "flash"
    folder.mkdir()
    (folder / "main.py").write_text("count = 1\nprint('main has run')\n", encoding="utf-8")
    with VirtualBoard(folder) as board:
        board.wait_for("main has run")
        yield board


def mpremote(board: VirtualBoard, *args: str | Path) -> str:
    command = [sys.executable, "-m", "mpremote", "connect", board.port, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def runs(board: VirtualBoard) -> int:
    return bytes(board.console).count(b"main has run")


def test_exec_and_run(board: VirtualBoard, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import machine, os\nprint(machine.Pin(15), os.getcwd())\n", encoding="utf-8")
    assert mpremote(board, "exec", "print(6 * 7)").strip() == "42"
    assert mpremote(board, "run", script).strip().endswith(" /")
    assert mpremote(board, "resume", "exec", "x = 5", "exec", "print(x)").strip() == "5"


def test_an_exception_on_the_board_fails_the_command(board: VirtualBoard) -> None:
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        mpremote(board, "exec", "1/0")


def test_files_go_to_the_boards_folder_and_nowhere_else(board: VirtualBoard, tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("value = 7\n", encoding="utf-8")
    (package / "inner" / "data.bin").write_bytes(bytes(range(256)) * 80)
    mpremote(board, "fs", "cp", "-r", package, ":")
    assert (board.folder / "package/inner/data.bin").read_bytes() == bytes(range(256)) * 80
    mpremote(board, "fs", "mkdir", ":/lib")
    mpremote(board, "fs", "cp", package / "__init__.py", ":/lib/absolute.py")
    assert (board.folder / "lib/absolute.py").exists()
    assert mpremote(board, "exec", "import package, absolute; print(package.value)").strip() == "7"
    assert "data.bin" in mpremote(board, "fs", "ls", ":package/inner")
    mpremote(board, "fs", "rm", "-r", ":package")
    assert not (board.folder / "package").exists()


def test_a_folder_can_be_mounted(board: VirtualBoard, tmp_path: Path) -> None:
    (tmp_path / "mounted.py").write_text("value = 'from afar'\n", encoding="utf-8")
    assert "from afar" in mpremote(board, "mount", tmp_path, "exec", "import mounted; print(mounted.value)")


def test_soft_reset_forgets_and_does_not_run_main(board: VirtualBoard) -> None:
    mpremote(board, "exec", "kept = 1")
    boots = board.boots
    mpremote(board, "soft-reset")
    assert board.boots > boots
    assert runs(board) == 1
    assert mpremote(board, "resume", "exec", "print('kept' in globals())").strip() == "False"


def test_ctrl_d_in_the_friendly_repl_runs_main_again(board: VirtualBoard) -> None:
    board.type("print(count + 1000)\r")
    board.wait_for("1001")  # main.py's names are the REPL's
    board.type("\x04")
    board.wait_for("MPY: soft reboot")
    board.wait_for_count("main has run", 2)
    assert board.reset_reason == "soft"


def test_machine_reset_runs_main_and_is_the_reset_cause(board: VirtualBoard) -> None:
    assert mpremote(board, "exec", "import machine; print(machine.reset_cause())").strip() == "1"
    mpremote(board, "reset")
    board.wait_for_count("main has run", 2)
    assert board.reset_reason == "hard"
    assert mpremote(board, "exec", "import machine; print(machine.reset_cause())").strip() == "3"


def test_main_that_resets_the_board_runs_again_and_ctrl_c_stops_it(board: VirtualBoard) -> None:
    main = "import machine, time\nprint('cause', machine.reset_cause())\n"
    main += "if machine.reset_cause() == 1: machine.reset()\nprint('waiting')\nwhile True: time.sleep(0.05)\n"
    (board.folder / "main.py").write_text(main, encoding="utf-8")
    board.type("\x04")
    board.wait_for("waiting")
    assert bytes(board.console).count(b"cause 1") == 1
    board.type("\x03")
    board.wait_for("KeyboardInterrupt")
    assert mpremote(board, "exec", "print('alive')").strip() == "alive"


def test_the_heap_is_capped(tmp_path: Path) -> None:
    micropython.for_test()
    with VirtualBoard(tmp_path, heap="192k") as board:
        free = int(mpremote(board, "exec", "import gc; print(gc.mem_free() + gc.mem_alloc())"))
    assert 185_000 < free < 196_608


def test_waiting_in_vain_shows_the_console(board: VirtualBoard) -> None:
    with pytest.raises(TimeoutError, match=r"(?s)did not say 'nothing' in 0.05 s.*main has run"):
        board.wait_for("nothing", timeout=0.05)
