"""`miniviz deploy` and `monitor` against the virtual board, through the real mpremote."""

import json
import os
import sys

import pytest
from command import miniviz, one_sentence
from miniviz_cli import mpremote
from miniviz_cli.errors import UserError
from miniviz_lab import micropython
from miniviz_lab.ntp import NtpServer
from miniviz_server import running

if sys.platform == "win32":
    pytest.skip("the virtual board needs a pseudo-terminal", allow_module_level=True)

from miniviz_lab.virtual_board import VirtualBoard

SETTINGS = {
    "board": "pico_w",
    "wifi": [{"ssid": "home", "password": "correct horse"}],
    "miniviz": {"url": "http://127.0.0.1:9", "project": "p", "token": "secret-token", "label": "shed"},
    "ntp": ["127.0.0.1:9"],
    "sensors": [{"type": "dht22", "pin": 15, "every": 2}],
    "send_every": 1,
}


@pytest.fixture
def board(tmp_path):
    micropython.for_test()
    folder = tmp_path / "board"
    folder.mkdir()
    with VirtualBoard(folder) as board:
        yield board


def write(folder, **changes):
    file = folder / "mine.json"
    file.write_text(json.dumps({**SETTINGS, **changes}))
    return file


def files(board):
    return {path.relative_to(board.folder).as_posix() for path in board.folder.rglob("*") if path.is_file()}


def test_deploy_then_the_board_delivers(tmp_path, board):
    with running(database=tmp_path / "db.sqlite") as server, NtpServer() as ntp:
        project = server.projects[0]
        there = {"url": server.url, "project": project.id, "token": project.token, "label": "shed"}
        config = write(tmp_path, miniviz=there, ntp=[ntp.host])
        done = miniviz("deploy", "--port", board.port, "--config", config)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.strip().endswith("files are in place and verified, it starts")
        assert (board.folder / "config.json").read_bytes() == config.read_bytes()
        assert {"main.py", "board.json", "miniviz/app.mpy", "miniviz/sensors/dht22.mpy"} <= files(board)
        shown = miniviz("monitor", "--port", board.port, "--for", 7)
        assert shown.returncode == 0, shown.stderr
        assert " I send: delivered" in shown.stdout
        assert server.count(project.id)
    assert "secret" not in done.stdout + done.stderr


def test_a_second_deploy_keeps_what_it_did_not_bring(tmp_path, board):
    (board.folder / "main.py").write_text("print('my own program')\n")
    (board.folder / "outbox").mkdir()
    (board.folder / "outbox" / "0001").write_text("readings")
    (board.folder / "state.json").write_text("{}")
    config = write(tmp_path)
    first = miniviz("deploy", "--port", board.port, "--config", config, "--source", "--no-start")
    assert first.returncode == 0, first.stderr
    assert "the main.py that was on the board is now main_before_miniviz.py" in first.stdout
    assert "my own program" in (board.folder / "main_before_miniviz.py").read_text()
    assert "miniviz/app.py" in files(board)

    record = board.folder / "deployed.json"
    (board.folder / "miniviz" / "gone.py").write_text("# of an older version")
    (board.folder / "miniviz" / "mine.py").write_text("# a stranger's")
    known = json.loads(record.read_text())["files"]
    record.write_text(json.dumps({"files": [*known, "miniviz/gone.py", "state.json"]}))
    second = miniviz("deploy", "--port", board.port, "--config", config, "--no-start")
    assert second.returncode == 0, second.stderr
    kept = {"outbox/0001", "state.json", "miniviz/mine.py", "main_before_miniviz.py"}
    assert kept <= files(board)
    assert "miniviz/app.mpy" in files(board)
    assert not {"miniviz/app.py", "miniviz/gone.py"} & files(board)
    assert "is now" not in second.stdout


def test_deploy_checks_the_config_before_it_touches_the_board(tmp_path, board):
    config = write(tmp_path, sensors=[{"type": "dht22", "pin": 23}])
    done = miniviz("deploy", "--port", board.port, "--config", config)
    assert done.returncode == 1
    assert one_sentence(done).startswith("config.json: sensors[0].pin is 23; allowed: a GPIO number")
    assert files(board) == set()


@pytest.mark.parametrize(
    ("changes", "flags", "words"),
    [
        ({"board": "pico_v"}, (), "there is no board 'pico_v'; did you mean pico_w?"),
        ({"board": 7}, (), "names no board"),
        ({}, ("--board", "nano"), "there is no board 'nano'; known boards: esp32_cam, esp32_devkit"),
        ({}, ("--board", "esp32_devkit"), "config.json: board is"),
        ({}, ("--port", "/dev/none"), "/dev/none"),
    ],
)
def test_deploy_says_what_is_wrong(tmp_path, changes, flags, words):
    done = miniviz("deploy", "--config", write(tmp_path, **changes), "--port", "/dev/none", *flags)
    assert done.returncode in (1, 2)
    assert words in one_sentence(done)


def test_invalid_json_and_no_file(tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"board": "pico_w",}')
    done = miniviz("deploy", "--config", broken, "--board", "pico_w")
    assert "is not valid JSON" in one_sentence(done)
    done = miniviz("deploy", "--config", tmp_path / "none.json")
    assert "there is no file" in one_sentence(done)


def test_a_silent_port_is_given_up(monkeypatch):
    monkeypatch.setattr(mpremote, "SILENCE_SECONDS", 2.0)
    outer, inner = os.openpty()
    try:
        with pytest.raises(UserError, match="does not answer; press its reset button"):
            mpremote.run(os.ttyname(inner), [["exec", "1"]])
    finally:
        os.close(outer)
        os.close(inner)


def test_a_copy_that_was_too_slow_is_made_again_and_the_rest_follows(tmp_path, board, monkeypatch):
    # A pipe opened for writing keeps the board waiting until somebody reads: mpremote gives up after 10 s.
    # Before the next one begins, the board comes back.
    slow = board.folder / "slow.txt"
    os.mkfifo(slow)
    # Under its own name mpremote knows a pseudo-terminal, and waits on it without end.
    port = tmp_path / "port"
    port.symlink_to(board.port)
    readers = []

    def mend():
        readers.append(os.open(slow, os.O_RDONLY | os.O_NONBLOCK))
        slow.unlink()

    commands = []
    for name in ("before.txt", "slow.txt", "after.txt"):
        (tmp_path / name).write_text(name)
        commands.append(["fs", "cp", "-f", str(tmp_path / name), f":{name}"])
    said = []

    def watch(line):
        said.append(line.rpartition(":")[2])

    run = mpremote.run

    def run_after_mending(*call):
        if "slow.txt" in said and not readers:
            mend()
        return run(*call)

    monkeypatch.setattr(mpremote, "run", run_after_mending)
    mpremote.run_steadily(str(port), commands, watch)
    os.close(readers[0])
    copies = [name for name in said if name in ("before.txt", "slow.txt", "after.txt")]
    assert copies == ["before.txt", "slow.txt", "slow.txt", "after.txt"]
    assert slow.read_text() == "slow.txt"
    assert (board.folder / "after.txt").read_text() == "after.txt"


def test_monitor_without_a_port():
    done = miniviz("monitor", "--port", "/dev/none", "--for", 1)
    assert done.returncode == 1
    assert one_sentence(done).startswith("there is no port /dev/none")
