"""config.json: every wrong setting earns one sentence, the same on both runtimes, and no secret is in it."""

import json
from pathlib import Path

import pytest
from miniviz_lab import scenario

HERE = Path(__file__).parent / "scenarios"

SENTENCES = {
    "not an object": "the file is a list of 1",
    "no board": "board is missing",
    "another board": 'board is "esp32_devkit"; allowed: pico_w',
    "no wifi": "wifi is missing",
    "empty wifi": "wifi is a list of 0; allowed: a list of 1 to 8",
    "wifi as object": "wifi is an object of 1; allowed: a list",
    "ssid missing": "wifi[0].ssid is missing",
    "ssid number": "wifi[0].ssid is 7; allowed: a text of 1 to 32",
    "password long": "wifi[0].password is 65 characters (not shown)",
    "unknown key": "wifi[0].pasword is not a setting; did you mean 'password'?",
    "strange key": "color is not a setting; known here: board, button, camera, log",
    "no project": "miniviz.project is missing",
    "no token": "miniviz.token is missing",
    "token with space": "miniviz.token is 12 characters (not shown); allowed: printable ASCII without spaces",
    "token as number": "miniviz.token is no text (not shown)",
    "empty label": 'miniviz.label is ""',
    "auth": "miniviz.auth is \"beare\"; allowed: query, bearer; did you mean 'bearer'?",
    "url scheme": 'miniviz.url is "ftp://x.example"; allowed: https://HOST',
    "url with query": 'miniviz.url is "https://x.example/"; allowed:',
    "ntp as text": 'ntp is "pool.ntp.org"; allowed: a list',
    "ntp port": 'ntp[0] is "pool.ntp.org:ntp"; allowed: a host name, or host:port',
    "no sensors": "sensors is a list of 0",
    "sensor not object": 'sensors[0] is "dht22"; allowed: an object',
    "sensor without type": "sensors[0].type is missing",
    "unknown sensor": "sensors[0].type: 'dht2' is no known sensor; did you mean 'dht22'?",
    "pin missing": "sensors[0].pin is missing",
    "pin absent": "sensors[0].pin is 24; allowed: a GPIO number of pico_w: 0-21, 26-28",
    "pin without adc": "sensors[0].pin is 15; allowed: an ADC pin of pico_w: 26-28",
    "pin that only reads": "sensors[0].pin is 22; allowed: a GPIO number of pico_w: 0-21, 26-28",
    "pin twice": "sensors[1].pin is 15; allowed: a pin that sensors[0] does not use",
    "pin text": 'sensors[0].pin is "GP15"',
    "pin bool": "sensors[0].pin is true",
    "every too short": "sensors[0].every is 1; allowed: 2 s or more for a dht22",
    "every text": 'sensors[0].every is "60"; allowed: a number from 1 to 86400',
    "rename": "sensors[0].rename.temperature is 1; allowed: a text",
    "send_every": "send_every is 0",
    "send_every true": "send_every is true",
    "log": 'log is "verbose"; allowed: debug, info, warning, error',
    "transport": 'transport is "carrier pigeon"; allowed: ',
}


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_every_wrong_setting_is_named_with_what_was_found_and_what_is_allowed(
    runtime: scenario.Runtime,
) -> None:
    result = scenario.run(HERE / "config_errors.py", runtime)
    said = {line["case"]: line.get("sentence") for line in result.lines}
    for case, words in SENTENCES.items():
        assert said[case].startswith("config.json: " + words), case
    assert set(said) == set(SENTENCES) | {"defaults"}
    assert "s3cret" not in result.stdout and "token=1" not in result.stdout and "x" * 65 not in result.stdout


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_what_may_be_left_out_has_the_documented_default(runtime: scenario.Runtime) -> None:
    defaults = scenario.run(HERE / "config_errors.py", runtime).lines[-1]
    assert defaults == {
        "case": "defaults",
        "url": "https://api.miniviz.net",
        "auth": "query",
        "ntp": ["ntp.nict.jp", "pool.ntp.org", "time.google.com"],
        "send_every": 60,
        "every": 60,
        "led": "LED",
        "secrets": 2,
    }


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "config.json is missing on this board; write one with"),
        ('{"board": pico_w}', "config.json is not valid JSON; look for a missing comma"),
        ('{"board": "pico_w"', "config.json is not valid JSON"),
        ("[]", "config.json: the file is a list of 0"),
    ],
)
def test_nothing_starts_on_a_bad_file_and_the_repl_stays_usable(
    runtime: scenario.Runtime, content: str | None, words: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    (tmp_path / "board.json").write_text(json.dumps({"board": "pico_w", "led": "LED", "led_on": 1}))
    code = """
import json, world, miniviz
miniviz.run()
blinked = set()
for _ in range(40):
    world.sleep_ms(50)
    blinked.add(world.outputs.get("LED"))
print(json.dumps({"still": "here", "blinked": sorted(blinked)}))
"""
    result = scenario.run(_script(tmp_path, code), runtime, folder=tmp_path)
    assert words in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert result.lines[-1] == {"still": "here", "blinked": [0, 1]}


def _script(folder: Path, code: str) -> Path:
    file = folder / "few_lines.py"
    file.write_text(code)
    return file
