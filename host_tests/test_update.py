"""The board's side of an update on both runtimes: what it takes, what it refuses, and how a trial ends."""

import functools
import http.server
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import archive_file
import pytest
from miniviz_cli import release
from miniviz_lab import scenario
from miniviz_lab.certificates import Authority

FETCH = Path(__file__).parent / "scenarios" / "update_fetch.py"
TRIAL = Path(__file__).parent / "scenarios" / "update_trial.py"
RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)
FILES = {
    "app.py": b"app = 2\n" * 700,
    "clock.py": b"clock = 1\n",
    "empty.py": b"",
    "sensors/__init__.py": b"TYPES = ()\n",
}
UNSIGNED = "the manifest is not signed with this project's token (or update.key)"
OLDER = "the manifest is older than what runs; to go back, deploy over the cable"
NEW = release.Release("any", "2.0", 20, 0, FILES)


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass


class Web:
    """Python's own web server with a published version."""

    def __init__(self, folder: Path, url: str, asked: list[str]) -> None:
        self.folder, self.url, self.asked = folder, url, asked


@contextmanager
def web(folder: Path, tls: Any = None) -> Iterator[Web]:
    asked: list[str] = []
    handler = type("One", (Handler,), {"asked": asked})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
    ) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        scheme = "https://localhost" if tls else "http://127.0.0.1"
        yield Web(folder, f"{scheme}:{server.server_address[1]}", asked)
        server.shutdown()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Web]:
    """A server with version 2.0, beside a board that runs another one."""
    running = tmp_path / "running"
    (running / "sensors").mkdir(parents=True)
    (running / "app.py").write_bytes(b"app = 1\n")
    (running / "clock.py").write_bytes(FILES["clock.py"])
    (running / "sensors" / "mine.py").write_bytes(b"# my own\n")
    root = tmp_path / "www"
    release.publish(NEW, "the-token", root / "firmware")
    with web(root) as found:
        yield found


def look(runtime: scenario.Runtime, folder: Path, url: str, **script: Any) -> dict[str, Any]:
    env = {"URL": url, "SCENARIO": json.dumps(script)}
    done = scenario.run(FETCH, runtime, folder=folder, env=env)
    told = done.lines[-1]
    assert told["sockets"] == 0
    assert "the-token" not in done.stdout
    return told


@RUNTIMES
def test_only_what_differs_is_fetched_and_the_rest_copied(
    runtime: scenario.Runtime, tmp_path: Path, place: Web
) -> None:
    told = look(runtime, tmp_path, place.url)
    assert told["version"] == "2.0"
    assert told["fetched"] == ["manifest of 2.0", "app.py", "empty.py", "sensors/__init__.py"]
    assert [path.split("?")[0] for path in place.asked] == [
        f"/firmware/any/{name}" for name in ("manifest.json", "app.py", "empty.py", "sensors/__init__.py")
    ]
    assert place.asked[0].endswith("?project=a%20project")
    made = archive_file.files(tmp_path / "versions" / "a.bin")
    assert made == {**FILES, "sensors/mine.py": b"# my own\n"}
    assert told["pointer"] == {
        "use": "a",
        "before": {},
        "version": "2.0",
        "id": told["pointer"]["id"],
        "serial": 20,
        "left": 2,
        "minutes": 15,
    }
    # While it is on trial nothing else is begun; once it stays, it is what the server has.
    again = look(runtime, tmp_path, place.url)
    assert again["error"] == "2.0 is on trial still; let it deliver first"
    kept = {k: told["pointer"][k] for k in ("use", "version", "id", "serial")}
    same = look(runtime, tmp_path, place.url, pointer=kept, running="versions/a.bin")
    assert same["version"] is None and same["fetched"] == ["manifest of 2.0"]


@RUNTIMES
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ({"token": "another"}, UNSIGNED),
        ({"key": "a key that never travels"}, UNSIGNED),
        ({"pointer": {"serial": 21}}, OLDER),
        ({"free": 40000}, "39 KB of flash are free, 56 KB are needed beside the running version"),
    ],
)  # fmt: skip
def test_what_is_refused_is_a_sentence_and_costs_nothing(
    runtime: scenario.Runtime, tmp_path: Path, place: Web, script: dict[str, Any], sentence: str
) -> None:
    told = look(runtime, tmp_path, place.url, **script)
    assert told["error"] == sentence and told["kind"] == "UpgradeError"
    assert told["pointer"] == script.get("pointer", {})
    assert [path.split("?")[0] for path in place.asked] == ["/firmware/any/manifest.json"]


@RUNTIMES
def test_a_manifest_for_something_else(
    runtime: scenario.Runtime, tmp_path: Path, place: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_files(files: dict[str, bytes], board: str = "any") -> str:
        made = release.Release(board, "3.0", 30, 0, files)
        target = place.folder / "firmware" / "any" / "manifest.json"
        target.write_bytes(made.manifest("the-token"))
        return look(runtime, tmp_path, place.url)["error"]

    assert with_files(FILES, "pico_w") == "the manifest is for pico_w, this board is any"
    for name in ("../main.py", "/config.py", "sensors/../../a.py"):
        assert with_files({name: b""}) == "the manifest names a strange file: " + name
    monkeypatch.setattr(release, "_MPY_VERSION", 99)
    assert with_files({"app.mpy": b"M"}).startswith("the files are for another MicroPython")


@RUNTIMES
def test_a_file_that_arrives_spoilt_is_asked_for_again_and_nothing_else(
    runtime: scenario.Runtime, tmp_path: Path, place: Web
) -> None:
    good = place.folder / "firmware" / "any" / "empty.py"
    os.utime(good, (1, 1))
    good.write_bytes(b"spoilt")
    told = look(runtime, tmp_path, place.url)
    assert told["error"] == "/firmware/any/empty.py has no length, or is above 0 bytes"
    good.write_bytes(b"")
    app = place.folder / "firmware" / "any" / "sensors" / "__init__.py"
    whole = app.read_bytes()
    app.write_bytes(whole.replace(b"T", b"U"))
    told = look(runtime, tmp_path, place.url)
    assert told["error"].startswith("sensors/__init__.py did not arrive as the manifest says")
    assert told["pointer"] == {}
    assert "sensors/__init__.py" not in archive_file.files(tmp_path / "versions" / "a.bin")
    app.write_bytes(whole)
    del place.asked[:]
    told = look(runtime, tmp_path, place.url)
    assert told["version"] == "2.0" and told["fetched"] == ["manifest of 2.0", "sensors/__init__.py"]
    assert len(place.asked) == 2


@RUNTIMES
def test_a_version_that_failed_is_not_taken_again_by_itself(
    runtime: scenario.Runtime, tmp_path: Path, place: Web
) -> None:
    known = json.loads(NEW.manifest("x"))["id"]
    failed = {"failed": {"id": known, "version": "2.0", "why": "it cannot start (OSError)"}}
    told = look(runtime, tmp_path, place.url, pointer=failed)
    assert told["error"] == "2.0 was rolled back before: it cannot start (OSError)"
    told = look(runtime, tmp_path, place.url, pointer=failed, again=True)
    assert told["version"] == "2.0" and "failed" not in told["pointer"]


@RUNTIMES
def test_no_server_and_no_manifest(runtime: scenario.Runtime, tmp_path: Path, place: Web) -> None:
    told = look(runtime, tmp_path, "http://127.0.0.1:9")
    assert told["error"].startswith("cannot connect to 127.0.0.1")
    told = look(runtime, tmp_path, place.url + "/nothing")
    assert told["error"] == "the server answers 404 to /nothing/firmware/any/manifest.json"
    assert told["pointer"] == {}


@RUNTIMES
def test_the_server_of_a_https_url_is_checked(runtime: scenario.Runtime, tmp_path: Path, place: Web) -> None:
    authority = Authority()
    (tmp_path / "ca.der").write_bytes(authority.der)
    (tmp_path / "other.der").write_bytes(Authority().der)
    with web(place.folder, authority.context("good", tmp_path)) as secure:
        told = look(runtime, tmp_path, secure.url, ca="other.der")
        assert "vouches for the certificate of localhost" in told["error"]
        told = look(runtime, tmp_path, secure.url)
        assert told["version"] == "2.0"


POINTER = {
    "use": "b",
    "before": {"use": "a", "version": "1.0", "id": "one", "serial": 10},
    "version": "2.0",
    "id": "two",
    "serial": 20,
    "left": 2,
    "minutes": 15,
}


def run_trial(
    runtime: scenario.Runtime,
    folder: Path,
    ends: str,
    port: str = "rp2",
    torn: bytes | None = None,
    **changes: Any,
) -> list[dict[str, Any]]:
    for name in ("a", "b"):
        archive_file.write(folder / "versions" / f"{name}.bin", {"app.py": name.encode()})
    if torn is not None:
        (folder / "versions" / "c.bin").write_bytes(torn)
    script = {"ends": ends, "port": port, "pointer": {**POINTER, **changes}}
    done = scenario.run(TRIAL, runtime, folder=folder, env={"SCENARIO": json.dumps(script)})
    return done.lines


@RUNTIMES
@pytest.mark.parametrize(
    ("ends", "minutes", "why"),
    [
        ("idle", 15, "no reading was delivered within 15 minutes"),
        ("ctrl-c", 15, "no reading was delivered within 15 minutes"),
        ("config", 15, "no reading was delivered within 15 minutes"),
        ("import", 0, "it cannot start (ImportError)"),
    ],
)
@pytest.mark.parametrize("port", ["rp2", "esp32"])
def test_without_a_delivery_the_version_before_comes_back(
    runtime: scenario.Runtime, tmp_path: Path, port: str, ends: str, minutes: int, why: str
) -> None:
    told = run_trial(runtime, tmp_path, ends, port)[-1]
    assert (told["ended"], told["minutes"], told["runs"]) == ("hard", minutes, "b")
    before = POINTER["before"]
    assert isinstance(before, dict)
    assert told["pointer"] == {**before, "failed": {"id": "two", "version": "2.0", "why": why}}


@RUNTIMES
def test_a_delivery_ends_the_trial(runtime: scenario.Runtime, tmp_path: Path) -> None:
    kept, told = run_trial(runtime, tmp_path, "delivers")
    stays = {"use": "b", "version": "2.0", "id": "two", "serial": 20}
    assert kept["kept"] == told["pointer"] == stays
    assert told["ended"] == "here" and told["minutes"] >= 60


@RUNTIMES
def test_the_last_start_is_the_version_before(runtime: scenario.Runtime, tmp_path: Path) -> None:
    told = run_trial(runtime, tmp_path, "idle", left=0)[-1]
    assert told["runs"] == "a" and told["minutes"] == 0
    assert told["pointer"]["failed"]["why"] == "it was started several times and delivered nothing"


@RUNTIMES
@pytest.mark.parametrize("left", [b"app.py 9\nshort", b"\xff" * 999, b""])
def test_an_archive_that_is_torn_starts_what_was_installed(
    runtime: scenario.Runtime, tmp_path: Path, left: bytes
) -> None:
    told = run_trial(runtime, tmp_path, "idle", use="c", torn=left)[-1]
    assert told["runs"] == "installed"


@RUNTIMES
def test_a_pointer_to_nothing_starts_what_was_installed(runtime: scenario.Runtime, tmp_path: Path) -> None:
    told = run_trial(runtime, tmp_path, "idle", use="c")[-1]
    assert told["runs"] == "installed"
