"""Settings without a cable: what the portal keeps, what it refuses, and that it outlives its clients."""

import json
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from miniviz_lab import scenario
from miniviz_server.runner import Running, running
from portal_bench import BOARD, HOME, NETWORKS, Portal, error, free_port, opened, shown

RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)


# Of a 64-bit heap; 202k is the least. On the official Pico W image, whose words are half as long, all that
# the portal loads takes 79 KB of 201, and 122 KB stay free for TLS: host_tests/pico_w/test_pico_seldom.py.
HEAP = "224k"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(database=tmp_path / "db.sqlite") as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "board"
    place.mkdir()
    return place


def filled(server: Running, **changes: str) -> dict[str, str]:
    project = server.projects[0]
    known = {"pick": "home", "ssid": "", "password": HOME["password"], "label": "shed", "url": server.url}
    return {**known, "project": project.id, "token": project.token, **changes}


def old_config(server: Running) -> str:
    """In a form of its own, so that a rewritten file would not be the same bytes."""
    project = server.projects[0]
    there = {"project": project.id, "token": project.token, "label": "old one", "url": server.url}
    wifi = [{"ssid": "home", "password": "correct horse"}, {"ssid": "second", "password": "its secret"}]
    sensors = [{"type": "dht22", "pin": 3, "every": 30}]
    return json.dumps({"sensors": sensors, "wifi": wifi, "miniviz": there, "board": "pico_w"}, indent=3)


@RUNTIMES
def test_right_settings_are_tested_kept_and_told(
    runtime: scenario.Runtime, server: Running, folder: Path
) -> None:
    with opened(folder, runtime) as portal:
        first = portal.page()
        assert '<option value="home">home</option>' in first
        assert shown(first)["label"] == "pico-w-0a2f"
        told = portal.submit(**filled(server))
        assert "Joined home; token and project accepted." in told and error(told) == ""
        project = server.projects[0]
        assert portal.config() == {
            "board": "pico_w",
            "wifi": [{"ssid": "home", "password": "correct horse"}],
            "miniviz": {"url": server.url, "project": project.id, "token": project.token, "label": "shed"},
            "sensors": BOARD["sensors"],
        }
        assert portal.submit(**filled(server, label="again")) == told  # it is over
        assert portal.config()["miniviz"]["label"] == "shed"
    result = portal.end()
    begin, end = result.lines
    assert begin["point"]["ssid"] == "miniviz-0a2f" and len(begin["point"]["key"]) == 12
    assert begin["point"]["key"] in result.stdout.splitlines()[0]  # the console is where it is told
    assert end["point"] is None and end["files"] == 0 and end["feeds"] > 50
    assert server.count(project.id) == 0
    for secret in (project.token, "correct horse"):
        assert secret not in result.stdout + result.stderr + told + first
    assert not (folder / "config.json.new").exists()


@pytest.mark.parametrize("port", ["rp2", "esp32"])
@RUNTIMES
def test_every_character_survives(
    runtime: scenario.Runtime, port: str, server: Running, folder: Path
) -> None:
    odd = NETWORKS[1]
    label = "Ω <b>\"'&amp; +%41 😀 ü"
    with opened(folder, runtime, world={"port": port}) as portal:
        fields = filled(server, pick=odd["ssid"], password="wrong one", label=label)
        refused = portal.submit(**fields)
        assert "wrong password" in error(refused)
        assert shown(refused)["label"] == label and "<b>" not in refused
        told = portal.submit(**filled(server, pick=odd["ssid"], password=odd["password"], label=label))
        assert error(told) == "" and "Joined" in told
        assert portal.config()["wifi"] == [{"ssid": odd["ssid"], "password": odd["password"]}]
        assert portal.config()["miniviz"]["label"] == label


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "no horse"}, "WiFi home: wrong password"),
        ({"pick": "", "ssid": "away"}, "WiFi away: not in reach"),
        ({"token": "not-the-right-one"}, "HTTP 401, the token is not accepted"),
        ({"project": "00000000-0000-0000-0000-000000000000"}, "there is no such project"),
        ({"url": "http://127.0.0.1:9"}, "no answer: "),
        ({"url": "ftp://x"}, "miniviz.url is"),
        ({"token": "two words"}, "miniviz.token is"),
        ({"label": ""}, "the label is missing"),
        ({"pick": "", "ssid": "é" * 20}, "longer than 32 bytes"),
        ({"pick": "", "ssid": ""}, "the WiFi network is missing"),
        ({"label": "x" * 391}, "a text of 1 to 390 characters"),
    ],
)
@RUNTIMES
def test_a_failure_is_told_and_keeps_the_old_config(
    runtime: scenario.Runtime, server: Running, folder: Path, changes: dict[str, str], words: str
) -> None:
    old = old_config(server)
    with opened(folder, runtime, old) as portal:
        told = portal.submit(**filled(server, **changes))
        assert words in error(told) and "Nothing was changed." in error(told)
        assert (folder / "config.json").read_text(encoding="utf-8") == old
        assert sorted(path.name for path in folder.iterdir() if path.suffix != ".py") == [
            "board.json",
            "config.json",
            "state.json",
            "world.json",
        ]


@RUNTIMES
def test_without_the_time_nothing_is_kept(runtime: scenario.Runtime, server: Running, folder: Path) -> None:
    with opened(folder, runtime, env={"NO_TIME": "1"}) as portal:
        assert "nobody tells the time" in error(portal.submit(**filled(server)))
        assert not (folder / "config.json").exists()


@RUNTIMES
def test_stored_secrets_are_used_but_never_shown(
    runtime: scenario.Runtime, server: Running, folder: Path
) -> None:
    project = server.projects[0]
    with opened(folder, runtime, old_config(server)) as portal:
        first = portal.page()
        assert shown(first) == {
            "ssid": "",
            "password": "",
            "project": project.id,
            "token": "",
            "label": "old one",
            "url": server.url,
        }
        assert first.count("keep the one that is known") == 2
        # Somebody who got in sends the board elsewhere: the stored token does not go along.
        told = portal.submit(**filled(server, token="", url="http://127.0.0.1:9"))
        assert "the token is missing" in error(told)
        # Another network does not get the stored password.
        told = portal.submit(**filled(server, token="", pick="open", password="", label="moved"))
        assert "Joined open" in told
        config = portal.config()
        assert config["miniviz"] == {
            "project": project.id,
            "token": project.token,
            "label": "moved",
            "url": server.url,
        }
        assert [one["ssid"] for one in config["wifi"]] == ["open", "home", "second"]
        assert [one["password"] for one in config["wifi"]] == ["", "correct horse", "its secret"]
        assert config["sensors"] == [{"type": "dht22", "pin": 3, "every": 30}]
    assert project.token not in first + told


@RUNTIMES
def test_what_was_typed_stays_until_it_is_right(
    runtime: scenario.Runtime, server: Running, folder: Path
) -> None:
    with opened(folder, runtime) as portal:
        told = portal.submit(**filled(server, password="no horse"))
        assert filled(server)["token"] not in told
        told = portal.submit(**filled(server, token=""))  # typed before
        assert "Joined home" in told


@RUNTIMES
def test_a_broken_config_is_replaced_but_only_by_a_good_one(
    runtime: scenario.Runtime, server: Running, folder: Path
) -> None:
    with opened(folder, runtime, '{"board": "pico_w", "sensors": [') as portal:
        assert (
            "not valid and will be replaced; a copy stays as config.json.old. config.json is not valid JSON"
            in portal.page()
        )
        portal.submit(**filled(server, password="no horse"))
        assert (folder / "config.json").read_text() == '{"board": "pico_w", "sensors": ['
        portal.submit(**filled(server))
        assert portal.config()["sensors"] == BOARD["sensors"]
    assert (folder / "config.json.old").read_text() == '{"board": "pico_w", "sensors": ['


@RUNTIMES
def test_a_config_with_a_bad_field_is_kept_as_a_copy(
    runtime: scenario.Runtime, server: Running, folder: Path
) -> None:
    bad = json.dumps(json.loads(old_config(server)) | {"send_every": "often", "note": "é" * 400})
    with opened(folder, runtime, bad) as portal:
        assert "a copy stays as config.json.old" in portal.page()
        assert not (folder / "config.json.old").exists()
        portal.submit(**filled(server))
    assert (folder / "config.json.old").read_text() == bad
    assert not (folder / "config.json.new").exists()


@RUNTIMES
def test_a_phone_is_led_to_the_page(runtime: scenario.Runtime, folder: Path) -> None:
    with opened(folder, runtime) as portal:
        for path, host in (
            ("/generate_204", "connectivitycheck.gstatic.com"),
            ("/hotspot-detect.html", "captive.apple.com"),
            ("/connecttest.txt", "www.msftconnecttest.com"),
            ("/", "detectportal.firefox.com"),
            ("/elsewhere?x=1", f"127.0.0.1:{portal.http}"),
        ):
            assert portal.ask("GET", path, Host=host)[:2] == (302, portal.url + "/")
        assert portal.ask("HEAD", "/")[::2] == (200, "")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(30)
            asker.connect(("127.0.0.1", portal.dns))
            for junk in (b"", b"\0" * 12, b"\1" * 600, query("x", 1)[:-1], query("a.b", 1, answer=True)):
                asker.send(junk)
            asker.send(query("some.host.example", 28))
            assert asker.recv(600) == b"\x12\x34\x85\0\0\1\0\0\0\0\0\0" + query("some.host.example", 28)[12:]
            asker.send(query("some.host.example", 1))
            head, rest = b"\x12\x34\x85\0\0\1\0\1\0\0\0\0", b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1"
            assert asker.recv(600) == head + query("some.host.example", 1)[12:] + rest


def query(name: str, kind: int, *, answer: bool = False) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    flags = 0x8100 if answer else 0x0100
    return struct.pack(">6H", 0x1234, flags, 1, 0, 0, 0) + labels + struct.pack(">B2H", 0, kind, 1)


def raw(portal: Portal, data: bytes) -> bytes:
    """What comes back for these bytes."""
    with socket.create_connection(("127.0.0.1", portal.http), 60) as call:
        call.sendall(data)
        found = b""
        while True:
            try:
                more = call.recv(65536)
            except ConnectionError:
                return found
            if not more:
                return found
            found += more


@RUNTIMES
def test_hostile_requests_are_refused_and_the_page_goes_on(runtime: scenario.Runtime, folder: Path) -> None:
    post = b"POST /save HTTP/1.1\r\nContent-Length: %s\r\n\r\n%s"
    with opened(folder, runtime) as portal:
        for sent, status in (
            (b"\x16\x03\x01\x02\0\1\0\r\n", b"400"),  # a TLS handshake
            (b"\r\n\r\n", b"400"),
            (b"BREW / HTTP/1.1\r\n\r\n", b"405"),
            (b"GET / HTTP/2\r\n\r\n", b"400"),
            (b"GET /" + b"a" * 6000, b"413"),
            (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 2000, b"413"),
            (b"GET / HTTP/1.1\r\n\xff\xfe: x\r\n\r\n", b"400"),
            (post % (b"6000", b"x"), b"413"),
            (post % (b"99999999999", b"x"), b"413"),
            (post % (b"-1", b"x"), b"400"),
            (b"POST /save HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
            (post % (b"8", b"label=%0"), b"303"),
            (post % (b"9", b"label=%ff"), b"303"),
            (post % (b"9", b"label=%00"), b"303"),
            (post % (b"20", b"only a beginning"), b"408"),
        ):
            assert raw(portal, sent).split()[1] == status, sent[:40]
        assert "cannot be read" in error(portal.page())


@RUNTIMES
def test_silent_and_dripping_clients_keep_nobody_out(runtime: scenario.Runtime, folder: Path) -> None:
    with opened(folder, runtime) as portal:
        calls = [socket.create_connection(("127.0.0.1", portal.http), 60) for _ in range(6)]
        assert "<form" in portal.page()
        dripper = socket.create_connection(("127.0.0.1", portal.http), 60)
        dripper.sendall(b"GET / HT")
        assert "<form" in portal.page()
        for call in (*calls, dripper):
            call.close()
        # Who does not read the answer is left behind.
        deaf = socket.create_connection(("127.0.0.1", portal.http), 60)
        deaf.sendall(b"GET / HTTP/1.1\r\n\r\n")
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        deaf.close()
        assert "<form" in portal.page()
    assert portal.end().lines[-1]["files"] == 0


@RUNTIMES
def test_a_phone_that_never_reads_is_let_go(runtime: scenario.Runtime, folder: Path) -> None:
    program = Path(__file__).parent / "scenarios" / "portal_silent_reader.py"
    (told,) = scenario.run(program, runtime, folder=folder, env={"HTTP": str(free_port())}).lines
    assert told["waited"] >= 4900  # it had its time to take the answer
    assert (told["cut"], told["next"], told["left"]) == (True, True, [])


def test_the_portal_fits_into_a_small_heap(server: Running, folder: Path, tmp_path: Path) -> None:
    mpy = tmp_path / "mpy"
    mpy.mkdir()
    with opened(folder, "micropython", old_config(server), heap=HEAP, compiled_in=mpy) as portal:
        assert "<form" in portal.page()
        assert "Joined home" in portal.submit(**filled(server))


@RUNTIMES
def test_the_whole_run_ends_in_a_restart(runtime: scenario.Runtime, server: Running, folder: Path) -> None:
    with opened(folder, runtime, env={"WHOLE": "1"}, check=False) as portal:
        assert "Joined home" in portal.submit(**filled(server))
        while portal.result is None:
            time.sleep(0.1)
    assert portal.end().returncode == 71  # a hard reset, see world.EXIT_CODES
    assert portal.end().lines[0] == {"asked": True}
