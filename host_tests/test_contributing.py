"""The sensor in CONTRIBUTING.md works as it stands there."""

import re
import shutil
from pathlib import Path

import pytest
from miniviz_cli import firmware_code, paths
from miniviz_lab import micropython, scenario

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = """
import sys
sys.path.insert(0, {firmware!r})
import world
world.reset(adc={{26: 36500}})
from miniviz import config, sensors
board = {{"board": "pico_w", "pins": [26, 15], "adc_pins": [26]}}
entry = {{"type": "soil", "pin": 26, "every": 600}}
raw = {{"board": "pico_w", "wifi": [{{"ssid": "a"}}], "sensors": [entry],
       "miniviz": {{"project": "p", "token": "t", "label": "l"}}}}
print('["%s"]' % sensors.create(config.check(raw, board).sensors[0]).read())
entry["pin"] = 15
try:
    config.check(raw, board)
except config.ConfigError as error:
    print('["%s"]' % error)
"""


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_the_example_sensor(tmp_path, runtime):
    firmware = tmp_path / "firmware"
    shutil.copytree(paths.firmware(), firmware, ignore=shutil.ignore_patterns("__pycache__"))
    code = re.search(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.S)
    assert code
    (firmware / "miniviz" / "sensors" / "soil.py").write_text(code[1])
    if runtime == "micropython":
        micropython.for_test()
    said = scenario.run_text(SCRIPT.format(firmware=str(firmware)), runtime, tmp_path)
    assert said == [
        ["{'moisture': 50}"],
        ["config.json: sensors[0].pin is 15; allowed: an ADC pin of pico_w: 26"],
    ]


def test_every_folder_it_names_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name in re.findall(r"^\| `([\w/]+)/` \|", text, re.M):
        assert (ROOT / name).is_dir()
    assert firmware_code.config()
