"""What the LED blinks in every state of a device is what README says it means, on both runtimes."""

import re
import socket
from pathlib import Path

import pytest
from answers import Answers
from miniviz_lab import scenario

SCENARIO = Path(__file__).parent / "scenarios" / "led_codes.py"
README = Path(__file__).parents[1] / "README.md"
STATES = {  # a state that the scenario brings about: how README begins to tell of it
    "ok": "all is well",
    "setup": "setup: the board's access point waits",
    "config": "config.json is wrong",
    "joining": "no WiFi",
    "no time": "no time from any NTP host",
    "refused": "the platform refuses token",
    "sensor": "a sensor fails",
    "sending": "the platform cannot be reached or is busy",
    "silent": "the platform cannot be reached or is busy",
    "safe": "safe mode",
}


def table() -> list[tuple[int, str]]:
    """(blinks, meaning) of each of README's rows."""
    part = README.read_text().split("## What the LED says")[1].split("\n## ")[0]
    return [(int(blinks), meaning) for blinks, meaning in re.findall(r"^\| (\d) \| (.*) \|$", part, re.M)]


def free_port(kind: socket.SocketKind) -> str:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def test_every_row_of_the_table_is_tried() -> None:
    meanings = [meaning for _, meaning in table()]
    assert [blinks for blinks, _ in table()] == list(range(9))
    assert all(any(meaning.startswith(words) for words in STATES.values()) for meaning in meanings)


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
@pytest.mark.parametrize("state", STATES)
def test_the_led_blinks_what_the_table_says(runtime: scenario.Runtime, state: str, tmp_path: Path) -> None:
    expected = [blinks for blinks, meaning in table() if meaning.startswith(STATES[state])]
    with Answers() as server:
        url = "http://127.0.0.1:9" if state == "silent" else server.url  # discard: nobody listens there
        env = {
            "STATE": state,
            "URL": url,
            "HTTP": free_port(socket.SOCK_STREAM),
            "DNS": free_port(socket.SOCK_DGRAM),
        }
        told = scenario.run(SCENARIO, runtime, folder=tmp_path, env=env, timeout=120).lines[-1]
    assert told == expected
