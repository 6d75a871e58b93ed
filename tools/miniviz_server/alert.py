"""What an alert says: the vendor's words, for people and for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from miniviz_server.records import Value
from miniviz_server.rule import SILENT, Rule, plain

TRIGGERED, RECOVERED, TEST = "triggered", "recovered", "test"


class Reading(NamedTuple):
    """The event that an alert is about; a silent rule has the time of the last one only."""

    label_key: str
    timestamp: int
    payload: dict[str, Value]

    def as_json(self) -> dict[str, Any]:
        """As it is stored and sent."""
        return {"label_key": self.label_key, "timestamp": self.timestamp, "payload": self.payload}


def message(rule: Rule, kind: str, reading: Reading) -> dict[str, Any]:
    """The alert as a webhook gets it; `title` and `text` are the same for people."""
    found = reading.payload.get(rule.settings.metric)
    return {
        "type": kind,
        "title": title(rule, kind),
        "text": text(rule, kind, reading),
        "rule": {"id": rule.id, "name": rule.settings.name, "description": rule.settings.description},
        "project_id": rule.project_id,
        "label_key": reading.label_key,
        "condition": rule.settings.condition(),
        "current_value": found,
        "event": reading.as_json(),
    }


def title(rule: Rule, kind: str) -> str:
    """One line."""
    return {
        TRIGGERED: f'Rule "{rule.settings.name}" has been triggered!',
        RECOVERED: f'Rule "{rule.settings.name}" has recovered.',
        TEST: f'Test notification of rule "{rule.settings.name}"',
    }[kind]


def text(rule: Rule, kind: str, reading: Reading) -> str:
    """Condition, Current Value and Event Data, as the real platform words them."""
    lines = [f"Condition: {rule.settings.condition()}", f"Device: {reading.label_key}"]
    if rule.settings.operator == SILENT:
        lines.append(f"Last heard: {moment(reading.timestamp)}")
    else:
        lines.append(f"Current Value: {_value(reading.payload.get(rule.settings.metric))}")
        lines.append(f"Event Data: {json.dumps(reading.payload, ensure_ascii=False)}")
        lines.append(f"Time: {moment(reading.timestamp)}")
    if kind == TEST:
        lines.insert(0, "This is a test: nothing happened.")
    if rule.settings.description:
        lines.append(rule.settings.description)
    return "\n".join(lines)


def example(rule: Rule) -> Reading:
    """A reading for the test notification, made up to meet the condition."""
    label = rule.settings.label_key or "greenhouse-1"
    now = int(datetime.now(UTC).timestamp() * 1000)
    payload: dict[str, Value] = {}
    if rule.settings.operator != SILENT:
        payload[rule.settings.metric] = rule.settings.threshold
    return Reading(label, now, payload)


def moment(timestamp: int) -> str:
    """A time that reads the same everywhere."""
    return f"{datetime.fromtimestamp(timestamp / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _value(found: Value | None) -> str:
    return "-" if found is None else plain(found)
