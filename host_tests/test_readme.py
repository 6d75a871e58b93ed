"""The README says what is so: settings, verbs, LED, symptoms, links, and its examples run."""

import re
import shutil
import urllib.parse
from pathlib import Path

import manuals
import pytest
import typer
from command import miniviz
from manuals import ROOT
from miniviz import led
from miniviz_cli import setting_table
from miniviz_cli.__main__ import application
from miniviz_lab import micropython, scenario
from PIL import Image

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)
VERBS = typer.main.get_command(application()).commands  # type: ignore[attr-defined]


def test_the_settings_are_the_firmware_s():
    assert setting_table.renew(TEXT) == TEXT, "run `python -m miniviz_cli.setting_table`"
    assert setting_table.unsaid(TEXT) == [], "say what it does in the table's last column"


def test_every_verb_is_in_the_table_and_none_else():
    rows = manuals.table(README, "With a board: ten minutes")
    assert {row[0].removeprefix("`miniviz ").rstrip("`") for row in rows} == set(VERBS)


@pytest.mark.parametrize("group", [(), ("bench",)])
def test_the_help_says_every_line_to_its_end(group):
    said = miniviz(*group, "--help", env={"COLUMNS": "80"}).stdout
    assert "Commands:" in said and "..." not in said.split("Commands:")[1]


def test_the_led_codes_are_the_firmware_s():
    codes = {name: getattr(led, name) for name in dir(led) if name.isupper() and not name.startswith("_")}
    words = {
        "OK": "all is well",
        "SETUP": "setup",
        "CONFIG": "config.json is wrong",
        "JOINING": "no WiFi",
        "NO_TIME": "no time",
        "REFUSED": "the platform refuses",
        "SENSOR": "a sensor fails",
        "SENDING": "the platform cannot be reached",
        "SAFE": "safe mode",
    }
    rows = {int(row[0]): row[1] for row in manuals.table(README, "What the LED says")}
    assert sorted(rows) == sorted(codes.values())
    for name, blinks in codes.items():
        assert rows[blinks].startswith(words[name])


def source():
    """All that can be said, as it stands in the code; a text that goes on in the next line is one."""
    files = [*ROOT.glob("firmware/miniviz/**/*.py"), *ROOT.glob("tools/miniviz_cli/*.py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r'"\s*\n\s*f?"', "", text)


def test_every_symptom_can_really_be_read():
    said = source()
    for symptom, cause, cure in manuals.table(README, "Symptom, cause, fix"):
        assert cause and cure
        for piece in re.split("…", symptom.strip("`")):
            words = re.sub(r"^(wifi|clock): ", "", piece.strip(" ,:;"))
            words = words.replace("(401)", "(")
            assert words in said, f"nothing says {words!r}"


def test_links_and_the_picture():
    for file in manuals.FILES:
        text = file.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if "://" not in target:
                assert (file.parent / urllib.parse.unquote(target)).exists(), f"{file}: {target}"
    # One picture for the newcomer; the bench's plots come at the very end.
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT.split("\n## Numbers\n")[0])
    assert len(pictures) == 1 and (ROOT / pictures[0]).stat().st_size < 20_000


def test_every_verb_and_option_between_backticks_exists():
    for file in manuals.FILES:
        for code in manuals.inline(file):
            words = code.split()
            if words[0] != "miniviz" or len(words) < 2 or words[1].isupper():
                continue
            verb = VERBS.get(words[1])
            assert verb, f"{file.name}: {code}"
            verb = getattr(verb, "commands", {}).get(words[2], verb) if len(words) > 2 else verb
            known = {name for one in verb.params for name in [*one.opts, *one.secondary_opts]}
            for option in re.findall(r"(?<!\S)--[\w-]+", code):
                assert option in known | {"--help"}, f"{file.name}: {code}"


SENSOR = """
import sys
sys.path.insert(0, {firmware!r})
import world
world.reset(adc={{26: 36500}})
from miniviz import config, sensors
board = {{"board": "pico_w", "pins": [26, 15], "adc_pins": [26]}}
entry = {{"type": "soil", "pin": 26, "every": 600}}
raw = {{"board": "pico_w", "wifi": [{{"ssid": "a"}}], "sensors": [entry],
       "miniviz": {{"project": "p", "token": "t", "label": "l"}}}}
sensor = sensors.create(config.check(raw, board).sensors[0])
print('["%s"]' % sensor.read())
world.adc = {{26: 65000}}
try:
    sensor.read()
except sensors.SensorError as error:
    print('["%s"]' % error)
entry["pin"] = 15
try:
    config.check(raw, board)
except config.ConfigError as error:
    print('["%s"]' % error)
"""
CAMERA = """
import sys
sys.path.insert(0, {firmware!r})
from miniviz import cameras, client, config
raw = {{"board": "x", "wifi": [{{"ssid": "a"}}], "sensors": [{{"type": "system"}}],
       "camera": {{"type": "bus_cam", "size": "640x480", "quality": 80}},
       "miniviz": {{"project": "p", "token": "t", "label": "l"}}}}
camera = cameras.create(config.check(raw).camera)
camera.set("320x240", 60)
frame = camera.capture()
sent = []
class Answer:
    status_code, headers = 201, {{}}
    def json(self):
        return {{"id": 7}}
    def close(self):
        pass
def post(url, data=None, headers=None, timeout=None):
    sent.append((sum([len(part) for part in data]), int(headers["Content-Length"])))
    return Answer()
one = client.Client("http://h", "p", "t", "query", post, lambda: 0)
outcome = one.send_image(1790000000000, "l", "n.jpg", frame)
frame.close()
camera.close()
import bus_cam_driver
whole = sent[0][0] == sent[0][1] > 4000
print('[%d, "%s", %d, %d]' % (outcome.kind, outcome.reason, whole, bus_cam_driver.calls))
"""
DRIVER = """
calls = 0
def resize(size, quality):
    global calls
    assert (size, quality) == ("320x240", 60)
    calls += 1
def shoot():
    with open("picture.jpg", "rb") as file:
        return file.read()
def off():
    global calls
    calls += 1
"""


def firmware(folder: Path, place: str, code: str) -> Path:
    home = folder / "firmware"
    shutil.copytree(ROOT / "firmware", home, ignore=shutil.ignore_patterns("__pycache__"))
    (home / "miniviz" / place).write_text(code, encoding="utf-8")
    return home


@RUNTIMES
def test_the_sensor_example_runs(tmp_path, runtime):
    code = manuals.block(README, "A sensor of your own", "python")
    assert len(code.splitlines()) <= 25
    home = firmware(tmp_path, "sensors/soil.py", code)
    if runtime == "micropython":
        micropython.for_test()
    assert scenario.run_text(SENSOR.format(firmware=str(home)), runtime, tmp_path) == [
        ["{'moisture': 50}"],
        ["soil on pin 26 is not connected"],
        ["config.json: sensors[0].pin is 15; allowed: an ADC pin of pico_w: 26"],
    ]


@RUNTIMES
def test_the_camera_example_runs(tmp_path, runtime):
    home = firmware(tmp_path, "cameras/bus_cam.py", manuals.block(README, "A camera of your own", "python"))
    Image.effect_noise((320, 240), 60).save(tmp_path / "picture.jpg")
    (home / "bus_cam_driver.py").write_text(DRIVER, encoding="utf-8")
    if runtime == "micropython":
        micropython.for_test()
    said = scenario.run_text(CAMERA.format(firmware=str(home)), runtime, tmp_path)
    assert said == [[0, "id 7", 1, 2]]
