"""`miniviz configure`: by flags and by questions, on the virtual board and on a file."""

import json
import sys

import pytest
from command import MINIVIZ, miniviz, one_sentence
from miniviz_cli import boards, settings
from miniviz_cli.errors import UserError
from miniviz_lab import micropython
from miniviz_server import running

if sys.platform == "win32":
    pytest.skip("the virtual board needs a pseudo-terminal", allow_module_level=True)

from miniviz_lab.virtual_board import VirtualBoard
from terminal import Terminal

WORLD = {
    "port": "rp2",
    "networks": [
        {"ssid": "far away", "password": "x" * 8, "rssi": -88},
        {"ssid": "café ☕", "password": "correct horse", "rssi": -41},
        {"ssid": "open", "password": "", "rssi": -70},
    ],
}


@pytest.fixture
def board(tmp_path):
    micropython.for_test()
    folder = tmp_path / "board"
    folder.mkdir()
    # The board sees nothing but its own folder, which it calls /.
    (folder / "world.json").write_text(json.dumps(WORLD))
    with VirtualBoard(folder, env={"MINIVIZ_WORLD": "/world.json"}) as board:
        yield board


@pytest.fixture
def server(tmp_path):
    with running(database=tmp_path / "db.sqlite") as server:
        yield server


def configure(board, *flags, env=None):
    return miniviz("configure", "--port", board.port, "--no-ask", *flags, env=env)


def on_board(board):
    return json.loads((board.folder / "config.json").read_text(encoding="utf-8"))


def test_by_flags_then_show_then_set(board, server):
    project = server.projects[0]
    account = ("--url", server.url, "--project", project.id, "--token", project.token)
    wifi = ("--ssid", "café ☕", "--password", "correct horse", "--ssid", "open")
    sensors = ("--sensor", "dht22", "--sensor", "dht22,every=30", "--sensor", "adc", "--sensor", "system")
    done = configure(board, "--board", "pico_w", *account, *wifi, *sensors)
    assert done.returncode == 0, done.stderr
    assert "knows the project and takes the token" in done.stdout
    assert "next: miniviz deploy" in done.stdout
    assert on_board(board) == {
        "board": "pico_w",
        "miniviz": {"url": server.url, "project": project.id, "token": project.token, "label": "pico-w-0a2f"},
        "wifi": [{"ssid": "café ☕", "password": "correct horse"}, {"ssid": "open", "password": ""}],
        "sensors": [
            {"type": "dht22", "pin": 15},
            {"type": "dht22", "pin": 0, "every": 30},
            {"type": "adc", "pin": 26},
            {"type": "system"},
        ],
    }
    assert server.count(project.id) == 0  # the test of the token stored nothing
    shown = configure(board, "--show")
    assert json.loads(shown.stdout)["miniviz"]["token"] == "********"
    changed = configure(board, "--set", "miniviz.label=shed 2", "--set", "sensors[1].every=45")
    assert changed.returncode == 0, changed.stderr
    assert on_board(board)["miniviz"]["label"] == "shed 2"
    assert on_board(board)["sensors"][1]["every"] == 45
    for said in (done, shown, changed):
        assert project.token not in said.stdout + said.stderr
        assert "correct horse" not in said.stdout + said.stderr
    assert sorted(path.name for path in board.folder.iterdir()) == ["config.json", "world.json"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--token", "wrong"), "refuses the token (401)"),
        (("--project", "00000000-0000-0000-0000-000000000000"), "knows no project"),
        (("--url", "http://127.0.0.1:9"), "cannot reach http://127.0.0.1:9 from this computer"),
        (("--sensor", "dht22:23"), "sensors[0].pin is 23; allowed: a GPIO number"),
        (("--sensor", "dht22:15", "--sensor", "ds18b20:15"), "a pin that sensors[0] does not use"),
        (("--sensor", "dth22"), "did you mean 'dht22'?"),
        (("--sensor", "dht22:x"), "'x' is no GPIO number"),
        (("--set", "miniviz.lable=x"), "miniviz.lable is not a setting; did you mean 'label'?"),
        (("--set", "wifi[3].ssid=x"), "'3' is no place in this list"),
    ],
)
def test_nothing_is_written_unless_all_is_well(tmp_path, server, flags, words):
    project = server.projects[0]
    file = tmp_path / "config.json"
    known = {"url": server.url, "project": project.id, "token": project.token, "label": "a"}
    good = {"board": "pico_w", "wifi": [{"ssid": "home"}], "sensors": [{"type": "dht22", "pin": 15}]}
    text = json.dumps({**good, "miniviz": known})
    file.write_text(text)
    done = miniviz("configure", "--file", file, "--no-ask", *flags)
    assert done.returncode in (1, 2)
    assert words in one_sentence(done)
    assert file.read_text() == text
    assert list(tmp_path.glob("*.new")) == []


def test_the_wizard(board, server):
    project = server.projects[0]
    command = [*MINIVIZ, "configure", "--port", board.port, "--board", "pico_w", "--ask", "--url", server.url]
    with Terminal(command) as it:
        it.expect("-41 dBm  café ☕")
        it.expect("-70 dBm  open  open")
        it.expect("WiFi network (number or name) [1]: ")
        it.type("\r")
        it.expect("password of café ☕ (not shown): ")  # the space comes once nothing is echoed
        it.type("correct horse\r")
        it.expect("another network")
        it.type("\r")
        it.expect(f"address of Miniviz, or of a server of your own [{server.url}]: ")
        it.type("\r")
        it.expect("project id")
        it.type(project.id + "\r")
        it.expect("token (not shown): ")  # the space comes once nothing is echoed
        it.type("another-s\r")
        it.expect("[pico-w-0a2f]: ")
        it.type("x" * 500 + "\r")
        it.expect("a text of 1 to 390 characters")
        it.expect("label, the device's name on Miniviz")
        it.type("greenhouse\r")
        it.expect("dht22")
        it.expect("sensor [dht22]: ")
        it.type("dth\r")
        it.expect("is no known sensor")
        it.expect("sensor [dht22]: ")
        it.type("\r")
        it.expect("GPIO of the dht22 [15]: ")
        it.type("23\r")
        it.expect("allowed: a GPIO number of pico_w")
        it.expect("GPIO of the dht22 [15]: ")
        it.type("\r")
        it.expect("a reading every how many seconds [60]: ")
        it.type("1\r")
        it.expect("2 to 86400 s for a dht22")
        it.type("30\r")
        it.expect("another sensor?")
        it.type("n\r")
        it.expect("refuses the token (401)")
        it.expect("address of Miniviz")
        it.type("\r")
        it.expect(f"project id [{project.id}]: ")
        it.type("\r")
        it.expect("token (Enter keeps the old one): ")
        it.type(project.token + "\r")
        it.expect("[greenhouse]: ")
        it.type("\r")
        it.expect("knows the project and takes the token")
        it.expect("to a board 127.0.0.1 is the board itself")
        it.expect('"token": "********"')
        it.expect("write it to the board?")
        it.type("\r")
        it.expect("written to the board")
        assert it.end() == 0, it.said
        assert "correct horse" not in it.said
        assert project.token not in it.said
    config = on_board(board)
    assert config["wifi"] == [{"ssid": "café ☕", "password": "correct horse"}]
    assert config["sensors"] == [{"type": "dht22", "pin": 15, "every": 30}]
    assert config["miniviz"]["label"] == "greenhouse"


def test_which_board_is_it(tmp_path):
    done = miniviz("configure", "--file", tmp_path / "new.json", "--no-ask", "--ssid", "x")
    assert "which board is it? Say --board" in one_sentence(done)


def test_what_no_flag_gave_is_named_by_its_flag(tmp_path):
    file = tmp_path / "new.json"
    flags = ("--board", "pico_w", "--ssid", "x", "--project", "p")
    done = miniviz("configure", "--file", file, "--no-ask", *flags)
    assert one_sentence(done) == "still missing: --token, --sensor; give them, or --ask to be asked"
    assert not file.exists()


def test_where_no_config_is_none_is_shown(tmp_path):
    file = tmp_path / "new.json"
    said = one_sentence(miniviz("configure", "--file", file, "--show"))
    assert said == f"{file} is not there or empty; `miniviz configure --file` writes one"


def test_a_password_with_spaces_comes_whole_from_the_environment(tmp_path):
    flags = ("--board", "pico_w", "--ssid", "home", "--project", "p", "--token", "t", "--sensor", "system")
    file = tmp_path / "new.json"
    words = {"MINIVIZ_WIFI_PASSWORD": " correct horse  battery "}
    done = miniviz("configure", "--file", file, "--no-ask", "--no-test", *flags, env=words)
    assert done.returncode == 0, done.stderr
    assert json.loads(file.read_text())["wifi"] == [{"ssid": "home", "password": " correct horse  battery "}]


def test_a_strapping_pin_is_warned_of(tmp_path):
    flags = ("--board", "esp32_devkit", "--ssid", "x", "--project", "p", "--token", "t", "--no-test")
    file = tmp_path / "new.json"
    done = miniviz("configure", "--file", file, "--no-ask", *flags, "--sensor", "dht22:12")
    assert done.returncode == 0, done.stderr
    assert "mind: GPIO 12" in done.stderr
    assert "1.8 V flash" in done.stderr
    assert file.stat().st_mode & 0o077 == 0
    again = miniviz("configure", "--file", file, "--no-ask", "--no-test", "--sensor", "dht22:34")
    assert "sensors[0].pin is 34" in one_sentence(again)


@pytest.mark.parametrize("name", boards.names())
@pytest.mark.parametrize("kind", ["dht22", "ds18b20", "adc", "switch"])
def test_a_proposed_pin_is_taken_by_the_firmware(name, kind):
    board = boards.load(name)
    taken: set[int] = set()
    if kind == "adc" and not any(pin.adc for pin in board.pins):
        assert settings.free_pins(board, kind, taken) == []  # an ESP32-CAM's go to its camera
        return
    for _ in range(3):
        pin = settings.free_pins(board, kind, taken)[0]
        assert settings.warn(board, pin) is None
        settings.check(
            {
                "board": name,
                "wifi": [{"ssid": "x"}],
                "miniviz": {"project": "p", "token": "t", "label": "l"},
                "sensors": [{"type": kind, "pin": pin}],
            },
            board,
        )
        taken.add(pin)


def test_put():
    config = {"a": 1, "list": [{"x": 1}]}
    settings.put(config, "b.c", "text")
    settings.put(config, "list[0].x", "2")
    settings.put(config, "list.1", '{"x": 3}')
    settings.put(config, "miniviz.token", "123")
    assert config == {
        "a": 1,
        "list": [{"x": 2}, {"x": 3}],
        "b": {"c": "text"},
        "miniviz": {"token": "123"},
    }
    for path in ("a.b", "a.b.c", "", "list[9].x"):
        with pytest.raises(UserError):
            settings.put(config, path, "1")
