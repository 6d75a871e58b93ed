"""Ready to paste: this project's values in the words of each tool. Tests run every one as it stands."""

from __future__ import annotations

import json
from typing import NamedTuple

from miniviz_server.records import Project


class Snippet(NamedTuple):
    """A text to copy, and what to do with it."""

    key: str
    title: str
    words: str
    text: str


def snippets(project: Project, base: str) -> list[Snippet]:
    """All of them, for a server that is reached at `base`."""
    values = {"URL": f"{base}/api/project/{project.id}", "TOKEN": project.token}
    return [
        Snippet("config", "config.json", _CONFIG_WORDS, _config(project, base)),
        *(
            Snippet(key, title, words, _filled(text, values))
            for key, title, words, text in (
                ("curl", "curl", "In a terminal on Linux or macOS.", _CURL),
                ("python", "Python", "Needs the package requests.", _PYTHON),
                ("micropython", "MicroPython", "On a board that has joined the WiFi.", _MICROPYTHON),
            )
        ),
    ]


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text.strip()


_CONFIG_WORDS = "For the firmware: put your WiFi in, save it as config.json and run miniviz deploy."


def _config(project: Project, base: str) -> str:
    settings = {
        "board": "pico_w",
        "wifi": [{"ssid": "your WiFi", "password": "its password"}],
        "miniviz": {"url": base, "project": project.id, "token": project.token, "label": "greenhouse-1"},
        "sensors": [{"type": "dht22", "pin": 15, "every": 60}],
        "send_every": 60,
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in settings.items()]
    return "{" + ",\n".join(lines).lstrip() + "}"


_CURL = r"""
curl -X POST "<URL>?token=<TOKEN>" \
  -H "Content-Type: application/json" \
  -d '{"timestamp": '"$(date +%s)"'000, "label_key": "my-computer", "payload": {"temperature": 23.4}}'
"""

_PYTHON = """
import time

import requests

answer = requests.post(
    "<URL>",
    headers={"Authorization": "Bearer <TOKEN>"},
    json={
        "timestamp": time.time_ns() // 1_000_000,
        "label_key": "my-computer",
        "payload": {"temperature": 23.4, "humidity": 55},
    },
    timeout=10,
)
print(answer.status_code, answer.text)
"""

_MICROPYTHON = """
import time

import requests

# A board's clock counts from 2000 or from 1970, and is right only after ntptime.settime().
since_1970 = 946684800 if time.gmtime(0)[0] == 2000 else 0
answer = requests.post(
    "<URL>?token=<TOKEN>",
    json={
        "timestamp": (int(time.time()) + since_1970) * 1000,
        "label_key": "my-board",
        "payload": {"temperature": 23.4, "humidity": 55},
    },
)
print(answer.status_code, answer.text)
answer.close()
"""
