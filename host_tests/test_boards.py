"""boards/: every board.toml is whole, and what is written elsewhere agrees with it."""

import json
import shutil
import tomllib
from xml.etree import ElementTree

import copied
import pytest
from miniviz_cli import boards, firmware_code, paths, pin_table, wiring
from miniviz_cli.errors import UserError

NAMES = boards.names()


def write(folder, name="pico_w", **changes):
    """A board.toml made of the Pico W's with top-level changes, as JSON-like TOML."""
    table = tomllib.loads((paths.boards() / "pico_w" / "board.toml").read_text()) | changes
    file = folder / name / "board.toml"
    file.parent.mkdir()
    file.write_text("\n".join(f"{key} = {inline(value)}" for key, value in table.items()))
    return file


def inline(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value)


def test_the_boards():
    assert {"esp32_cam", "esp32_devkit", "pico2_w", "pico_w", "xiao_esp32s3_sense"} <= set(NAMES)


def test_a_new_board_is_one_folder(tmp_path):
    """As CONTRIBUTING has it: the nearest board's folder under another name, and its toml changed."""
    copy = copied.checkout(tmp_path / "copy")
    moon = copy / "boards" / "moon_board"
    shutil.copytree(copy / "boards" / "pico_w", moon)
    for name, old, new in (
        ("board.toml", 'title = "Raspberry Pi Pico W"', 'title = "Moon Board"'),
        ("board.toml", "data = 15", "data = 14"),
        ("README.md", '"board": "pico_w"', '"board": "moon_board"'),
    ):
        text = (moon / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (moon / name).write_text(text.replace(old, new), encoding="utf-8")
    before = copied.texts(copy)
    copied.python(copy, "-m", "miniviz_cli.pin_table")
    after = copied.texts(copy)
    changed = {file.relative_to(moon).as_posix() for file in after if after[file] != before.get(file)}
    assert changed == {"README.md", "wiring.svg"}
    assert '{"type": "dht22", "pin": 14, "every": 60}' in (moon / "README.md").read_text(encoding="utf-8")
    said = copied.python(copy, "-m", "miniviz_cli", "boards")
    assert "moon_board          Moon Board\n  RP2040, image RPI_PICO_W, DHT22 on GPIO 14\n" in said
    account = ("--project", "p", "--token", "t", "--no-test", "--file", "config.json")
    chosen = ("--board", "moon_board", "--ssid", "home", "--sensor", "dht22", *account)
    copied.python(copy, "-m", "miniviz_cli", "configure", "--no-ask", *chosen)
    config = json.loads((copy / "config.json").read_text())
    assert (config["board"], config["sensors"]) == ("moon_board", [{"type": "dht22", "pin": 14}])
    copied.python(copy, "-m", "miniviz_cli", "freeze", tmp_path / "image", "--board", "moon_board")


@pytest.mark.parametrize("name", NAMES)
def test_readme_agrees_with_board_toml(name):
    board = boards.load(name)
    readme = (paths.boards() / name / "README.md").read_text(encoding="utf-8")
    assert pin_table.renew(readme, board) == readme, "run `python -m miniviz_cli.pin_table`"
    assert f'"board": "{name}"' in readme
    assert f'"pin": {board.dht22.data}' in readme
    assert board.image.page in readme
    picture = (paths.boards() / name / pin_table.PICTURE).read_text(encoding="utf-8")
    assert picture == wiring.svg(board), "run `python -m miniviz_cli.pin_table`"
    drawn = {element.text for element in ElementTree.fromstring(picture).iter() if element.text}
    assert {board.title, board.dht22.power, board.dht22.ground, wiring.data_place(board)} <= drawn


@pytest.mark.parametrize("name", NAMES)
def test_the_firmware_takes_what_the_board_says(name):
    facts = boards.load(name).device_facts()
    config = json.loads((paths.firmware() / "config.example.json").read_text())
    config |= {"board": name, "sensors": [{"type": "dht22", "pin": boards.load(name).dht22.data}]}
    firmware_code.config().check(config, facts)
    config["sensors"] = [{"type": "dht22", "pin": 63}]
    with pytest.raises(firmware_code.config().ConfigError, match="a GPIO number"):
        firmware_code.config().check(config, facts)


def test_the_example_config_is_good_as_it_stands():
    config = json.loads((paths.firmware() / "config.example.json").read_text())
    firmware_code.config().check(config, boards.load(config["board"]).device_facts())


def test_pins_from_the_datasheets():
    pico, esp32 = boards.load("pico_w"), boards.load("esp32_devkit")
    # 23, 24, 25 and 29 belong to the Pico W's wireless chip.
    assert [pin.gpio for pin in pico.pins] == [*range(23), 26, 27, 28]
    not_gpio = {"3", "8", "13", "18", "23", "28", "30", "33"}  # grounds, RUN
    assert {pin.header for pin in pico.pins} == {str(n) for n in range(1, 35)} - not_gpio
    assert pico.device_facts()["adc_pins"] == [26, 27, 28]
    # 6 to 11 belong to the ESP32's flash chip, 1 and 3 to the console, 20, 24 and 28 to 31 do not exist.
    assert not {1, 3, *range(6, 12), 20, 24, 28, 29, 30, 31} & {pin.gpio for pin in esp32.pins}
    assert esp32.device_facts()["input_only"] == [34, 35, 36, 39]
    assert esp32.device_facts()["adc_pins"] == [32, 33, 34, 35, 36, 39]
    assert {pin.gpio for pin in esp32.pins if pin.strapping} == {0, 2, 5, 12, 15}
    assert (pico.mpy.arch, esp32.mpy.arch) == ("armv6m", "xtensawin")
    assert (pico.led.pin, esp32.led.pin) == ("LED", 2)
    # The Pico 2 W has the Pico W's header.
    assert boards.load("pico2_w").pins == pico.pins
    assert boards.load("pico2_w").mpy.arch == "armv7emsp"


def test_camera_pins_from_the_vendors():
    cam, xiao, pico = boards.load("esp32_cam"), boards.load("xiao_esp32s3_sense"), boards.load("pico_w")
    # What the camera and the PSRAM have is no choice for a sensor.
    taken = {0, 5, 18, 19, 21, 22, 23, 25, 26, 27, 32, 34, 35, 36, 39, 16, 17}
    assert not taken & {pin.gpio for pin in cam.pins}
    assert {pin.gpio for pin in cam.pins} == {2, 4, 12, 13, 14, 15}
    taken = {*range(10, 19), 38, 39, 40, 47, 48}
    assert not taken & {pin.gpio for pin in xiao.pins}
    assert [pin.header for pin in xiao.pins if pin.gpio in (43, 44, 7)] == ["D8", "D6", "D7"]
    assert (cam.led.pin, cam.led.on, xiao.led.pin, xiao.led.on) == (33, 0, 21, 0)
    assert pico.camera and pico.camera.pins() == {
        18: "sck",
        19: "mosi",
        16: "miso",
        17: "cs",
        5: "scl",
        4: "sda",
    }


@pytest.mark.parametrize("name", [name for name in NAMES if boards.load(name).camera])
def test_a_board_with_a_camera_needs_no_more_than_how_often(name):
    board = boards.load(name)
    config = json.loads((paths.firmware() / "config.example.json").read_text())
    config |= {"board": name, "sensors": [{"type": "dht22", "pin": board.dht22.data}]}
    config["camera"] = {"type": board.camera.type, "every": 300}
    entry = vars(firmware_code.config().check(config, board.device_facts()))["camera"]
    assert entry["every"] == 300 and entry["size"] == "640x480"
    assert {key: entry[key] for key in board.camera.wiring()} == board.camera.wiring()
    readme = (paths.boards() / name / "README.md").read_text(encoding="utf-8")
    assert f'"type": "{board.camera.type}", "every": 300' in readme


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mpy": {"arch": "z80"}}, "mpy.arch: Input should be 'armv6m'"),
        ({"usb": ["2E8A:5"]}, "usb.0: String should match pattern"),
        ({"colour": "green"}, "colour: Extra inputs are not permitted"),
        ({"pins": []}, "pins: List should have at least 1 item"),
        ({"dht22": {"data": 23, "power": "x", "ground": "y"}}, "gpio 23 is used and not in pins"),
        ({"camera": {"type": "arducam_mini", "cs": 23}}, "gpio 23 is used and not in pins"),
        ({"camera": {"type": "arducam_mini", "cs": 15}}, "dht22.data 15 is the camera's pin"),
        ({"camera": {"type": "kodak"}}, "camera.type: Input should be 'arducam_mini'"),
        ({"led": {"pin": 99, "on": 1}}, "led.pin"),
    ],
)
def test_a_wrong_board_toml_is_one_sentence(tmp_path, changes, words):
    file = write(tmp_path, **changes)
    with pytest.raises(UserError) as error:
        boards.load_file(file)
    assert words in str(error.value)
    assert str(file) in str(error.value)


def test_broken_toml_is_one_sentence(tmp_path):
    file = tmp_path / "board.toml"
    file.write_text("title = ")
    with pytest.raises(UserError, match="is not valid TOML"):
        boards.load_file(file)
