"""`miniviz deploy` copies what changed and no more, keeps the board's own config, and watches."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from command import MINIVIZ, environment, miniviz, one_sentence
from miniviz_cli import watch
from miniviz_lab import micropython

if sys.platform == "win32":
    pytest.skip("the virtual board needs a pseudo-terminal", allow_module_level=True)

from miniviz_lab.certificates import Authority
from miniviz_lab.virtual_board import VirtualBoard
from test_cli_deploy import files, write


@pytest.fixture
def board(tmp_path):
    micropython.for_test()
    folder = tmp_path / "board"
    folder.mkdir()
    with VirtualBoard(folder) as board:
        yield board


def stamps(board):
    return {name: (board.folder / name).stat().st_mtime_ns for name in files(board)}


def deploy(board, *flags):
    done = miniviz("deploy", "--port", board.port, "--no-start", *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_only_what_changed_is_copied(tmp_path, board):
    config = write(tmp_path)
    assert "new" not in deploy(board, "--config", config)
    before = stamps(board)
    assert "(none of them new)" in deploy(board, "--config", config)
    assert stamps(board) == before
    # A file that the flash lost or spoiled differs by its hash, whatever the record says.
    (board.folder / "miniviz" / "led.mpy").write_bytes(b"spoiled")
    (board.folder / "miniviz" / "log.mpy").unlink()
    assert "(2 of them new)" in deploy(board, "--config", config)
    after = stamps(board)
    again = {name for name in before if after[name] != before[name]} - {"deployed.json"}
    assert again == {"miniviz/led.mpy", "miniviz/log.mpy"}


def test_without_config_the_board_keeps_its_own(tmp_path, board):
    done = miniviz("deploy", "--port", board.port)
    assert "there is no config.json on the board; run `miniviz configure`" in one_sentence(done)
    (board.folder / "config.json").write_bytes(write(tmp_path).read_bytes())
    before = (board.folder / "config.json").stat()
    deploy(board)
    after = (board.folder / "config.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "miniviz/app.mpy" in files(board)
    assert "config.json.new" not in files(board)


def test_a_board_for_setup_by_phone_gets_no_config(tmp_path, board):
    root = tmp_path / "root.der"
    root.write_bytes(Authority("p256", host="api.miniviz.test").der)
    done = miniviz("deploy", "--port", board.port, "--board", "pico_w", "--ca", root, "--no-start")
    assert done.returncode == 0, done.stderr
    assert "It has no config.json: it opens the WiFi miniviz-XXXX, where a phone sets it up." in done.stdout
    assert {"board.json", "ca.der", "miniviz/portal.mpy"} <= set(files(board))
    assert "config.json" not in files(board)


def test_an_emoji_reaches_the_board_as_one_character(tmp_path, board):
    """MicroPython's json makes two halves of the escaped pair that Python's json.dumps writes."""
    config = write(tmp_path)
    content = json.loads(config.read_text())
    content["wifi"][0]["ssid"] = "home \U0001f3e0"
    config.write_text(json.dumps(content), encoding="ascii")
    deploy(board, "--config", config)
    assert json.loads((board.folder / "config.json").read_bytes()) == content
    said = micropython.run(
        ["-c", "import json; print(json.load(open('config.json'))['wifi'][0]['ssid'])"],
        cwd=board.folder,
        timeout=30,
    )
    assert said.stdout.strip() == "home \U0001f3e0"


def test_watch_deploys_on_save_and_survives_a_mistake(tmp_path, board):
    config = write(tmp_path)
    command = [*MINIVIZ, "deploy", "--port", board.port, "--config", config, "--no-start", "--watch"]
    process = subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**environment(), "PYTHONUNBUFFERED": "1"},
    )
    giving_up = threading.Timer(120, process.kill)
    giving_up.start()

    def until_watching():
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("watching"):
                return "".join(said)
        raise AssertionError("".join(said))

    try:
        assert "in place and verified" in until_watching()
        config.write_text("{")
        assert "names no board" in until_watching()
        write(tmp_path, send_every=7)
        assert "(1 of them new)" in until_watching()
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        giving_up.cancel()
        process.kill()
        process.wait()
    assert json.loads((board.folder / "config.json").read_text())["send_every"] == 7


def test_a_change_is_whole_before_it_counts(tmp_path):
    first = tmp_path / "a.py"
    first.write_text("1")
    before = watch.state([tmp_path])

    def save():
        first.write_text("22")
        (tmp_path / "b.py").write_text("3")

    timer = threading.Timer(0.2, save)
    timer.start()
    now = watch.change([tmp_path], before)
    assert {path.name for path in now} == {"a.py", "b.py"}
    timer.join()
