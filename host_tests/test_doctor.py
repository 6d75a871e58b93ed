"""`miniviz doctor` against the virtual board: every line, and the one sentence with the fix."""

import json
import os
import re
import sys

import pytest
from command import miniviz
from miniviz_lab import micropython
from miniviz_lab.certificates import Authority
from miniviz_lab.fault_proxy import FaultProxy
from miniviz_lab.micropython import FAKES
from miniviz_lab.ntp import NtpServer
from miniviz_lab.scenario import FIRMWARE
from miniviz_server import running

if sys.platform == "win32":
    pytest.skip("the virtual board needs a pseudo-terminal", allow_module_level=True)

from miniviz_cli import staging
from miniviz_lab.virtual_board import VirtualBoard

NAMES = [
    "python",
    "port",
    "network",
    "platform",
    "config",
    "heap",
    "flash",
    "sensors",
    "wifi",
    "dns",
    "clock",
    "tls",
    "server",
    "limits",
]


def examine(tmp_path, server, ntp, token=None, url=None, insecure=False, world=None, files=None, **changes):
    micropython.for_test()
    folder = tmp_path / "board"
    staging.stage_code(folder)
    (folder / "main.py").unlink()
    project = server.projects[0]
    there = {
        "url": url or server.url,
        "project": project.id,
        "token": token or project.token,
        "label": "shed",
        "insecure": insecure,
    }
    settings = {
        "board": "pico_w",
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": there,
        "ntp": [ntp],
        "sensors": [{"type": "dht22", "pin": 15}],
        **changes,
    }
    (folder / "config.json").write_text(json.dumps(settings))
    for name, text in (files or {}).items():
        (folder / name).write_text(text)
    if world:
        (folder / "world.json").write_text(json.dumps(world))
    with VirtualBoard(folder, env={"MINIVIZ_WORLD": "/world.json"} if world else None) as board:
        done = miniviz("doctor", "--port", board.port, "--no-restart")
    assert there["token"] not in done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return done.returncode, {line.split()[0]: line for line in lines}, lines[-1], server.events(project.id)


def test_a_healthy_board_is_well_and_nothing_is_stored(tmp_path):
    with running(database=tmp_path / "db.sqlite") as server, NtpServer() as ntp:
        code, lines, last, stored = examine(tmp_path, server, ntp.host)
    assert last == "All is well." and code == 0
    assert all(lines[name].split()[1] == "ok" for name in NAMES)
    assert stored == []


def test_a_wrong_token_is_named_with_its_fix(tmp_path):
    with running(database=tmp_path / "db.sqlite") as server, NtpServer() as ntp:
        code, lines, last, _ = examine(tmp_path, server, ntp.host, token="not-the-right-one")
    assert code == 1 and "FAULT HTTP 401" in lines["server"]
    assert last == "What to do: copy project id and token from Miniviz into config.json again"


CAMERAS = {
    "arducam_mini": ("rp2", {"cs": 17}, {"sensor": "ov2640", "spi": 0, "cs": 17, "i2c": 0}),
    "arducam_mega": ("rp2", {"cs": 17}, {"spi": 0, "cs": 17}),
    "esp32": ("esp32", {}, {}),
}


@pytest.mark.parametrize("kind", CAMERAS)
def test_a_camera_takes_a_picture_or_is_named_with_its_fix(kind, tmp_path):
    port, entry, played = CAMERAS[kind]
    world = {"port": port, "camera": {"type": kind, **played}}
    camera = {"type": kind, **entry}
    with running(database=tmp_path / "db.sqlite") as server, NtpServer() as ntp:
        (tmp_path / "well").mkdir()
        _, lines, last, _ = examine(tmp_path / "well", server, ntp.host, world=world, camera=camera)
        assert re.fullmatch(rf"camera   ok    {kind}, a picture of \d{{4,}} bytes", lines["camera"])
        assert last == "All is well."
        (tmp_path / "ill").mkdir()
        world["faults"] = [{"fault": "camera_absent"}]
        code, lines, last, _ = examine(tmp_path / "ill", server, ntp.host, world=world, camera=camera)
    assert code == 1 and lines["camera"].startswith(f"camera   FAULT {kind}: ")
    assert last == "What to do: check the camera's wiring and its type in config.json"


def test_a_port_that_is_not_there_is_named(tmp_path):
    done = miniviz("doctor", "--port", tmp_path / "no port")
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and lines[0].startswith("python   ok")
    assert lines[1].startswith("port     FAULT there is no ") and lines[1].endswith("no port")
    assert lines[2].startswith("What to do: name one of these with --port: ") and len(lines) == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may open every port")
def test_a_port_without_rights_is_named(tmp_path):
    (tmp_path / "port").touch(mode=0)
    done = miniviz("doctor", "--port", tmp_path / "port")
    assert "What to do: join the group dialout" in done.stdout and done.returncode == 1


def test_a_platform_out_of_reach_is_told_by_both_sides(tmp_path):
    with running(database=tmp_path / "db.sqlite") as server, NtpServer() as ntp:
        project = server.projects[0]
        there = {"url": "http://127.0.0.1:9", "project": project.id, "token": project.token, "label": "x"}
        code, lines, last, _ = examine(tmp_path, server, ntp.host, miniviz=there)
    assert code == 1 and "FAULT http://127.0.0.1:9 does not answer this computer" in lines["platform"]
    assert "FAULT no answer" in lines["server"] and last.startswith("What to do: check miniviz.url (http")


def test_a_board_without_the_firmware_is_told(tmp_path):
    micropython.for_test()
    (tmp_path / "board").mkdir()
    with VirtualBoard(tmp_path / "board") as board:
        done = miniviz("doctor", "--port", board.port, "--no-restart")
    *_, line, last = done.stdout.splitlines()
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    assert line == "firmware FAULT cannot be loaded: no module named 'miniviz'"
    assert last == "What to do: put the firmware on the board with `miniviz deploy`"


def test_what_needs_something_broken_is_not_tested(tmp_path):
    with running(database=tmp_path / "db.sqlite") as server, NtpServer() as ntp:
        wifi = [{"ssid": "away", "password": "correct horse"}]
        sensors = [{"type": "dht22", "pin": 14}]
        code, lines, last, _ = examine(tmp_path, server, ntp.host, wifi=wifi, sensors=sensors)
    assert code == 1 and "FAULT" in lines["sensors"] and "FAULT away" in lines["wifi"]
    assert "not tested: needs wifi" in lines["dns"] and "not tested: needs clock" in lines["tls"]
    assert "not tested: needs tls" in lines["server"]
    assert last.startswith("What to do: dht22 on pin 14")


def test_a_server_that_nobody_vouches_for_is_named_and_gets_no_token(tmp_path):
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "ca.der").write_bytes(Authority().der)
    contexts = {"good": Authority().context("good", tmp_path)}
    with running(database=tmp_path / "db.sqlite") as server, NtpServer() as ntp:
        with FaultProxy(contexts=contexts) as proxy:
            code, lines, last, _ = examine(tmp_path, server, ntp.host, url=proxy.url)
        assert proxy.requests == []
    assert code == 1 and "FAULT nobody that ca.der knows vouches for" in lines["tls"]
    assert "not tested: needs tls" in lines["server"]
    assert last.startswith("What to do: ")


def test_the_chain_is_checked_by_a_handshake_before_the_token_leaves(tmp_path):
    authority = Authority()
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "ca.der").write_bytes(authority.der)
    contexts = {"good": authority.context("good", tmp_path)}
    with (
        running(database=tmp_path / "db.sqlite") as server,
        NtpServer() as ntp,
        FaultProxy(server.url, contexts=contexts) as proxy,
    ):
        _, lines, _, _ = examine(tmp_path, server, ntp.host, url=proxy.url)
        targets = [request.target for request in proxy.requests]
    assert "ok    the root in ca.der vouches for localhost" in lines["tls"]
    assert "token=" not in targets[0] and "token=" in targets[-1]
    assert "ok    certificate verified, token and project accepted" in lines["server"]


def test_a_chain_that_is_not_checked_is_a_warning_with_its_fix(tmp_path, monkeypatch):
    authority = Authority()
    contexts = {"good": authority.context("good", tmp_path)}
    (tmp_path / "root.pem").write_bytes(authority.pem)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "root.pem"))  # this computer knows it
    with (
        running(database=tmp_path / "db.sqlite") as server,
        NtpServer() as ntp,
        FaultProxy(server.url, contexts=contexts) as proxy,
    ):
        code, lines, last, _ = examine(tmp_path, server, ntp.host, url=proxy.url, insecure=True)
    assert lines["tls"].split()[1] == "WARN" and code == 0
    assert 'with "insecure" in config.json neither certificate nor host name of localhost' in lines["tls"]
    assert last.startswith('All is well, with a warning: take "insecure" out of config.json')
    assert "ok    token and project accepted" in lines["server"]


TALKATIVE = """
FIELDS = {}


class Sensor:
    def __init__(self, entry):
        pass

    def read(self):
        return {"k%02d" % i: i for i in range(60)}
"""


def test_a_payload_that_the_platform_would_refuse_is_named_with_its_fix(tmp_path):
    with running(database=tmp_path / "db.sqlite") as server, NtpServer() as ntp:
        code, lines, last, stored = examine(
            tmp_path,
            server,
            ntp.host,
            files={"miniviz/sensors/talkative.py": TALKATIVE},
            sensors=[{"type": "talkative"}],
        )
    assert code == 1 and stored == []
    assert lines["limits"].startswith("limits   FAULT payload has 60 keys, the limit is ")
    assert last == "What to do: shorten or rename the keys, or give the sensor a label of its own"


LACKING = """
import gc
import os
import sys

import flash
import vfs
import world
from miniviz import doctor, port

world.reset()
world.virtual()
world.install(port)
if sys.argv[1] == "flash":  # of 64 KB
    chip = flash.Flash(16)
    vfs.VfsLfs2.mkfs(chip, progsize=256)
    vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/flash")
    os.chdir("/flash")
gc.collect()
taken = []
while sys.argv[1] == "heap" and gc.mem_free() > 32000:
    taken.append(bytearray(500))
one = doctor.Doctor()
for name, function in one.tests():
    if name == sys.argv[1]:
        one.test(name, function)
print(one.closing())
"""


@pytest.mark.parametrize(
    ("what", "found", "fix"),
    [
        (
            "heap",
            r"heap     FAULT [123]\d{4} bytes free",
            "free memory: fewer sensors, or the compiled firmware (.mpy)",
        ),
        (
            "flash",
            r"flash    FAULT 40960 bytes free, readings that wait: 0",
            "remove files from the board's flash",
        ),
    ],
)
def test_too_little_heap_or_flash_is_named_with_its_fix(tmp_path, what, found, fix):
    micropython.for_test()
    script = tmp_path / "lacking.py"
    script.write_text(LACKING)
    done = micropython.run([script, what], cwd=tmp_path, heap="1m", path=[FAKES, FIRMWARE], timeout=60)
    assert done.returncode == 0, done.stdout
    line, last = done.stdout.splitlines()
    assert re.fullmatch(found, line)
    assert last == "What to do: " + fix


def test_a_mistake_in_the_config_ends_the_rest(tmp_path):
    with running(database=tmp_path / "db.sqlite") as server, NtpServer() as ntp:
        code, lines, last, _ = examine(tmp_path, server, ntp.host, send_evry=3)
    assert code == 1 and "did you mean 'send_every'?" in lines["config"]
    assert last.startswith("What to do: correct config.json")
