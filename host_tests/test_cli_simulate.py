"""`miniviz simulate`: any config.json, judged by the firmware itself, against a real server."""

import json
import sys

import pytest
from command import miniviz, one_sentence
from miniviz_cli import paths, simulator
from miniviz_cli.errors import UserError
from miniviz_lab import micropython
from miniviz_lab.ntp import NtpServer
from miniviz_server import running

RUNTIMES = ["micropython", "cpython"]


@pytest.fixture(params=RUNTIMES)
def runtime(request):
    if request.param == "micropython":
        micropython.for_test()
    return request.param


def write(folder, **changes):
    settings = {
        "board": "esp32_devkit",
        "wifi": [{"ssid": "attic", "password": "very secret word"}],
        "miniviz": {"url": "http://127.0.0.1:9", "project": "p", "token": "secret-token", "label": "shed"},
        "ntp": ["127.0.0.1:9"],
        "sensors": [{"type": "dht22", "pin": 4, "every": 2}],
        "send_every": 1,
        **changes,
    }
    file = folder / "config.json"
    file.write_text(json.dumps({k: v for k, v in settings.items() if v is not None}))
    return file


def test_readings_reach_a_server(tmp_path, runtime):
    with running(database=tmp_path / "db.sqlite") as server, NtpServer() as ntp:
        project = server.projects[1]
        there = {"url": server.url, "project": project.id, "token": project.token, "label": "shed"}
        config = write(tmp_path, miniviz=there, ntp=[ntp.host])
        done = miniviz("simulate", "--config", config, "--for", 8, "--runtime", runtime)
        stored = server.events(project.id)
    assert done.returncode == 0, done.stdout
    assert stored
    assert set(stored[0].payload) == {"temperature", "humidity"}
    assert f"delivered {len(stored)}, " in done.stdout.splitlines()[-1]


def test_the_example_must_be_filled_in(tmp_path):
    example = paths.firmware() / "config.example.json"
    said = one_sentence(miniviz("simulate", "--config", example))
    assert said == (
        f"{example} still has the example's words: wifi[0].ssid is YOUR-NETWORK, wifi[0].password is "
        "ITS-PASSWORD, miniviz.project is YOUR-PROJECT-ID, miniviz.token is YOUR-TOKEN; put your own there, "
        "or let `miniviz configure` ask for them"
    )
    assert one_sentence(miniviz("deploy", "--config", example, "--port", "none")) == said


def test_the_firmware_speaks_about_a_bad_config(tmp_path, runtime):
    config = write(tmp_path, sensors=[{"type": "dht22", "pin": 34, "evry": 2}])
    done = miniviz("simulate", "--config", config, "--runtime", runtime, "--for", 5)
    assert "config.json: sensors[0].evry is not a setting; did you mean 'every'?" in done.stdout
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    config.write_text("{")
    assert "is not valid JSON" in miniviz("simulate", "--config", config, "--runtime", runtime).stdout


def test_a_world_of_its_own_and_a_kept_folder(tmp_path, runtime):
    world = tmp_path / "world.json"
    networks = [{"ssid": "attic", "password": "changed"}]
    world.write_text(json.dumps({"port": "esp32", "networks": networks, "dht": {"4": "dht22"}}))
    keep = tmp_path / "board"
    flags = ("--world", world, "--folder", keep, "--runtime", runtime, "--for", 8)
    done = miniviz("simulate", "--config", write(tmp_path), *flags)
    assert "W wifi: attic: wrong password" in done.stdout
    assert "very secret word" not in done.stdout
    assert (keep / "config.json").exists()
    assert json.loads((keep / "board.json").read_text())["board"] == "esp32_devkit"


def test_a_small_heap_is_the_boards_own(tmp_path):
    micropython.for_test()
    done = miniviz("simulate", "--config", write(tmp_path), "--heap", "16k", "--for", 5)
    assert done.returncode != 0
    assert "memory" in done.stdout.lower()


def test_a_missing_file_and_a_strange_runtime_are_one_sentence(tmp_path):
    done = miniviz("simulate", "--config", tmp_path / "none.json")
    assert done.returncode == 2
    assert "config.example.json" in one_sentence(done)
    done = miniviz("simulate", "--config", write(tmp_path), "--runtime", "lua")
    assert done.returncode == 2
    assert one_sentence(done) == "there is no runtime 'lua'; choose auto, micropython or cpython"


def test_without_a_binary_cpython_takes_over_and_says_why(monkeypatch):
    monkeypatch.setattr(simulator.micropython, "find", lambda: None)
    runs = simulator.runtime("auto", "192k")
    assert runs.command == (sys.executable,)
    assert runs.title.startswith("CPython (no MicroPython runs here")
    with pytest.raises(UserError, match="no MicroPython runs here"):
        simulator.runtime("micropython", "192k")
