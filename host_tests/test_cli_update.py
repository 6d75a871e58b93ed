"""`miniviz update`: a real server or folder, the real mpremote, a virtual board that tries and keeps."""

import functools
import http.server
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import archive_file
import pytest
import requests
from command import miniviz, one_sentence
from miniviz_cli import boards, local_server, paths, release
from miniviz_lab import micropython
from miniviz_lab.ntp import NtpServer

if sys.platform == "win32":
    pytest.skip("the virtual board needs a pseudo-terminal", allow_module_level=True)

from miniviz_lab.virtual_board import VirtualBoard


@contextmanager
def web(folder: Path) -> Iterator[str]:
    """Any web server: Python's own."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):  # noqa: A002 - the library's name
        pass


@pytest.fixture
def rig(tmp_path):
    """A board with the firmware, its server, and the config that names it."""
    micropython.for_test()
    folder = tmp_path / "board"
    folder.mkdir()
    with (
        local_server.running(tmp_path / "db.sqlite", 0) as server,
        NtpServer() as ntp,
        VirtualBoard(folder) as board,
    ):
        yield Rig(tmp_path, server, ntp, board)


class Rig:
    def __init__(self, folder, server, ntp, board):
        self.folder, self.server, self.ntp, self.board = folder, server, ntp, board

    def config(self, **changes):
        project = self.server.projects[0]
        there = {"url": self.server.url, "project": project.id, "token": project.token, "label": "shed"}
        settings = {
            "board": "pico_w",
            "wifi": [{"ssid": "home", "password": "correct horse"}],
            "miniviz": there,
            "ntp": [self.ntp.host],
            "sensors": [{"type": "dht22", "pin": 15, "every": 2}],
            "send_every": 1,
            **changes,
        }
        file = self.folder / "mine.json"
        file.write_text(json.dumps(settings))
        return file

    def deploy(self, *flags, **changes):
        done = miniviz("deploy", "--port", self.board.port, "--config", self.config(**changes), *flags)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def update(self, *flags, timeout=180):
        return miniviz("update", "--port", self.board.port, *flags, timeout=timeout)

    def publish(self, monkeypatch, edit):
        """Another version than the one on the board, in a folder."""
        newer = self.folder / "newer"
        shutil.copytree(paths.firmware(), newer, ignore=shutil.ignore_patterns("__pycache__"))
        edit(newer / "miniviz")
        monkeypatch.setattr(paths, "firmware", lambda: newer)
        made = release.build(boards.load("pico_w"))
        monkeypatch.undo()
        target = self.folder / "web"
        release.publish(made, self.server.projects[0].token, target)
        return made, target

    @property
    def pointer(self):
        file = self.board.folder / "version.json"
        return json.loads(file.read_text()) if file.exists() else None


def say_more(package: Path) -> None:
    start = package / "start.py"
    old, new = '"%d sensor%s on', '"a newer one: %d sensor%s on'
    text = start.read_text()
    assert old in text
    start.write_text(text.replace(old, new))


def test_a_board_on_the_cable_fetches_tries_keeps_and_gives_way_to_deploy(rig, monkeypatch):
    rig.deploy("--no-start")
    # What it runs is what its own server offers: nothing to do, and nothing is left behind.
    same = rig.update()
    assert same.returncode == 0, same.stdout + same.stderr
    assert "the board runs the server's version already" in same.stdout
    assert "update None" not in same.stdout
    assert rig.pointer is None

    (rig.board.folder / "miniviz" / "sensors" / "mine.py").write_text("FIELDS = {}\n")
    made, folder = rig.publish(monkeypatch, say_more)
    kept = (rig.board.folder / "config.json").read_bytes()
    with web(folder) as url:
        done = rig.update("--url", url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{made.version} starts now, on trial" in done.stdout
    fetched = [line for line in done.stdout.splitlines() if line.endswith(".mpy")]
    assert fetched == ["start.mpy"], "the other files are on the board"

    rig.board.wait_for("a newer one: 1 sensor", 60)
    rig.board.wait_for(f"update: {made.version} delivers and stays", 60)
    assert rig.pointer.keys() == {"use", "version", "id", "serial"}
    assert "sensors/mine.py" in archive_file.files(rig.board.folder / "versions" / "a.bin")
    assert (rig.board.folder / "config.json").read_bytes() == kept

    # The doctor and the REPL see the version that runs.
    asked = miniviz("doctor", "--port", rig.board.port, timeout=120)
    assert "All is well." in asked.stdout, asked.stdout
    # It can be updated again: what its own server has is older than what runs now.
    assert "the manifest is older than what runs" in one_sentence(rig.update())
    assert f"{made.version}, which came over the air, gives way" in rig.deploy()
    assert rig.pointer is None and not (rig.board.folder / "versions").exists()
    rig.board.wait_for_count("app: 1 sensor on pico_w", 2, 60)


def test_a_version_that_cannot_start_is_gone_at_once(rig, monkeypatch):
    rig.deploy("--no-start")
    made, folder = rig.publish(monkeypatch, lambda package: (package / "wifi.py").write_text("1 / 0\n"))
    with web(folder) as url:
        done = rig.update("--url", url)
        assert "on trial" in done.stdout, done.stdout + done.stderr
        rig.board.wait_for("goes back to the version before: it cannot start (ZeroDivisionError)", 60)
        rig.board.wait_for("app: 1 sensor on pico_w", 60)
        assert rig.pointer == {
            "failed": {
                "id": rig.pointer["failed"]["id"],
                "version": made.version,
                "why": rig.pointer["failed"]["why"],
            }
        }


def test_a_version_that_runs_but_never_delivers_goes_back_by_itself(rig, monkeypatch):
    """Two starts, each ended by the guard; the third is the version before."""
    rig.deploy("--no-start")

    def crash(package: Path) -> None:
        file = package / "sender.py"
        file.write_text(
            file.read_text().replace("def ready(self):", "def ready(self):\n        return 1 / 0")
        )

    _, folder = rig.publish(monkeypatch, crash)
    with web(folder) as url:
        assert rig.update("--url", url).returncode == 0
        rig.board.wait_for("it was started several times and delivered nothing", 90)
        rig.board.wait_for("send: delivered", 90)
    assert "safe mode" not in rig.board.console.decode(errors="replace")
    assert rig.server.count(rig.server.projects[0].id)


def test_a_board_in_the_air_looks_by_itself_and_needs_a_right_signature(rig, monkeypatch):
    made, folder = rig.publish(monkeypatch, say_more)
    with web(folder) as url:
        rig.deploy("--no-start", update={"url": url, "key": "another key than the token"})
        rig.board.type("\x04")
        rig.board.wait_for("update: the manifest is not signed with this project's token", 60)
        assert rig.pointer is None
        rig.deploy("--no-start", update={"url": url})
        (rig.board.folder / "state.json").write_text("{}")  # or the next look is a day away
        rig.board.type("\x04")
        rig.board.wait_for("is in place and runs after the restart, on trial", 90)
        rig.board.wait_for(f"update: {made.version} delivers and stays", 90)
    assert rig.pointer["version"] == made.version


def test_to_publishes_for_any_web_server(tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"board": "esp32_devkit", "miniviz": {"project": "p", "token": "t" * 20}}))
    done = miniviz("update", "--to", tmp_path / "web", "--config", config)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "web" / "esp32_devkit" / "manifest.json").read_bytes()
    manifest = json.loads(text)
    assert manifest["native"] == 10 and manifest["version"] in done.stdout
    for name, size, _ in manifest["files"]:
        assert (tmp_path / "web" / "esp32_devkit" / name).stat().st_size == size
    assert "__init__.mpy" not in {name for name, _, _ in manifest["files"]}
    assert "t" * 20 not in done.stdout + text.decode()


def test_what_is_missing_is_said(tmp_path):
    assert "--to also needs --config" in one_sentence(miniviz("update", "--to", tmp_path))
    config = tmp_path / "config.json"
    config.write_text('{"board": "pico_w", "miniviz": {"token": "YOUR-TOKEN"}}')
    said = one_sentence(miniviz("update", "--to", tmp_path, "--config", config))
    assert "miniviz.token is YOUR-TOKEN" in said
    config.write_text('{"board": "pico_w"}')
    said = one_sentence(miniviz("update", "--to", tmp_path, "--config", config))
    assert said.endswith("has neither update.key nor miniviz.token to sign the manifest with")


def test_a_board_without_firmware_is_sent_to_deploy(tmp_path):
    micropython.for_test()
    folder = tmp_path / "board"
    folder.mkdir()
    with VirtualBoard(folder) as board:
        done = miniviz("update", "--port", board.port)
    assert done.returncode == 1 and not done.stdout
    assert one_sentence(done) == (
        "there is no firmware on the board to be updated; put it there with `miniviz deploy`"
    )


def test_the_server_offers_what_it_was_installed_with():
    with local_server.running(None, 0) as server:
        project = server.projects[0]
        address = f"{server.url}/firmware/pico_w/"
        found = requests.get(f"{address}manifest.json?project={project.id}", timeout=60)
        assert found.status_code == 200 and project.token not in found.text
        name, size, _ = found.json()["files"][0]
        assert len(requests.get(address + name, timeout=60).content) == size
        for wrong in ("manifest.json?project=none", "../pico_w.mpy", "none.mpy", "manifest.json"):
            assert requests.get(address + wrong, timeout=60).status_code in (404, 422)
        assert requests.get(f"{server.url}/firmware/nano/app.mpy", timeout=60).status_code == 404
