"""A rule: what a person wants to be told, checked field by field, and whether a reading calls for it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from miniviz_server.form import Form
from miniviz_server.numeric import number
from miniviz_server.records import Value

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
SILENT = "silent"
CHANNELS = ("slack", "webhook", "email", "apprise")
_WEEK_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Settings:
    """What the form holds, except the address."""

    name: str
    description: str
    # Empty: any label.
    label_key: str
    # Empty for a rule that watches for silence.
    metric: str
    operator: str
    # A number, or text to compare with == and !=.
    threshold: float | str
    # How long the condition must hold; for a silent rule: how long nothing was heard.
    minutes: float
    cooldown_minutes: float
    notify_recovered: bool
    channel: str

    def condition(self) -> str:
        """As the alert words it: `temperature < 30`."""
        if self.operator == SILENT:
            return f"silent for {plain(self.minutes)} min"
        held = f" for {plain(self.minutes)} min" if self.minutes else ""
        return f"{self.metric} {self.operator} {plain(self.threshold)}{held}"

    def as_json(self) -> dict[str, object]:
        """As it is stored."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rule:
    """A stored rule."""

    id: str
    project_id: str
    enabled: bool
    settings: Settings
    target: str
    created_at: int

    def watches(self, label_key: str) -> bool:
        """Whether the label is one of its own."""
        return self.settings.label_key in ("", label_key)

    def verdict(self, payload: dict[str, Value]) -> bool | None:
        """Whether the reading meets the condition; None when it says nothing about it."""
        found = payload.get(self.settings.metric)
        if found is None or self.settings.operator == SILENT:
            return None
        compare, threshold = OPERATORS[self.settings.operator], self.settings.threshold
        if isinstance(threshold, str):
            return compare(found if isinstance(found, str) else plain(found), threshold)
        value = number(found)
        return None if value is None else compare(value, threshold)


def check(document: object) -> Settings:
    """The settings in this document; raises Problem 422 with the field at fault."""
    form = Form(document)
    operator_sign = form.choice("operator", (*OPERATORS, SILENT))
    silent = operator_sign == SILENT
    settings = Settings(
        name=form.text("name", 1, 80),
        description=form.text("description", 0, 400, ""),
        label_key=form.text("label_key", 0, 4000, ""),
        metric="" if silent else form.text("metric", 1, 400),
        operator=operator_sign,
        threshold=0.0 if silent else _threshold(form, operator_sign),
        minutes=form.number("minutes", 0, _WEEK_MINUTES, 0),
        cooldown_minutes=form.number("cooldown_minutes", 0, _WEEK_MINUTES, 0),
        notify_recovered=form.flag("notify_recovered", False),
        channel=form.choice("channel", CHANNELS),
    )
    if silent and settings.minutes <= 0:
        form.refuse("minutes", 'A rule that watches for silence needs a time: fill in "for how long".')
    return settings


def stored(settings: object) -> Settings:
    """Settings as the database has them."""
    return Settings(**cast("dict[str, Any]", settings))


def renamed(settings: Settings, name: str) -> Settings:
    """The same under another name."""
    return replace(settings, name=name)


def plain(value: float | str) -> str:
    """A number as a person writes it."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _threshold(form: Form, sign: str) -> float | str:
    found = form.value("threshold", None)
    value = number(found)
    if value is not None:
        return value
    if not isinstance(found, str) or not found or sign not in ("==", "!="):
        form.refuse("threshold", f"Comparing with {sign} needs a number, such as 30 or 21.5.")
    return form.text("threshold", 1, 400)
