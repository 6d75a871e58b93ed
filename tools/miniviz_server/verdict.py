"""Judges a JSON document: an Event, or the one Problem that a person should fix first."""

from __future__ import annotations

import json
import math
from typing import NoReturn, cast

from miniviz_server.limits import PAYLOAD_BYTES, PAYLOAD_KEYS, TIMESTAMP_FIRST, TIMESTAMP_LAST
from miniviz_server.problem import Problem
from miniviz_server.records import Event, Value


def judge(document: object) -> Event:
    """The event in this document; raises Problem 422 with the field at fault."""
    if not isinstance(document, dict):
        _refuse("not_an_object", f"The body is {_kind(document)}; send a JSON object with {_WANTED}.", None)
    fields = cast("dict[str, object]", document)
    for name in ("timestamp", "label_key", "payload"):
        if name not in fields:
            _refuse("missing_field", f"{name} is missing; an event needs {_WANTED}.", name)
    return Event(_timestamp(fields["timestamp"]), _label(fields["label_key"]), _payload(fields["payload"]))


def size(payload: dict[str, Value]) -> int:
    """The payload's bytes as the platform counts them: what CPython's json.dumps writes."""
    return len(json.dumps(payload))


_WANTED = "timestamp, label_key and payload"


def _timestamp(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse("wrong_type", f"timestamp is {_kind(value)}; send a number, {_MILLISECONDS}.", "timestamp")
    if isinstance(value, float):
        message = f"timestamp is {value!r}; send {_MILLISECONDS}, without fraction or exponent."
        _refuse("timestamp_not_whole", message, "timestamp")
    if value < TIMESTAMP_FIRST.value:
        message = f"timestamp {value} is before 2020-01-01 (less than {TIMESTAMP_FIRST.value})"
        _refuse(TIMESTAMP_FIRST.code, f"{message}: {_why_early(value)}", "timestamp")
    if value > TIMESTAMP_LAST.value:
        message = f"timestamp {_short(value)} is after the year 9999 (more than {TIMESTAMP_LAST.value})"
        _refuse(TIMESTAMP_LAST.code, f"{message}: it looks like micro- or nanoseconds; {_SEND}", "timestamp")
    return value


_MILLISECONDS = "UNIX time in whole milliseconds"
_SEND = f"send {_MILLISECONDS}."


def _why_early(value: int) -> str:
    # The same moments, counted in seconds, are what a board sends that forgot to multiply.
    if TIMESTAMP_FIRST.value // 1000 <= value <= TIMESTAMP_LAST.value // 1000:
        return f"it looks like seconds, so multiply by 1000; {_SEND}"
    return f"the device's clock was probably never set; {_SEND}"


def _label(value: object) -> str:
    if not isinstance(value, str):
        _refuse("wrong_type", f"label_key is {_kind(value)}; send a non-empty string.", "label_key")
    if not value:
        _refuse("label_empty", "label_key is empty; name the device or place that sends.", "label_key")
    if "\0" in value:
        _refuse(
            "label_nul", "label_key holds the character U+0000, which databases cannot keep.", "label_key"
        )
    _check_text(value, "label_key")
    return value


def _payload(value: object) -> dict[str, Value]:
    if not isinstance(value, dict):
        _refuse("wrong_type", f"payload is {_kind(value)}; send an object of names and values.", "payload")
    found = cast("dict[str, object]", value)
    if not found:
        _refuse("payload_empty", "payload is empty; send at least one name with its value.", "payload")
    if len(found) > PAYLOAD_KEYS.value:
        message = f"payload has {len(found)} keys, the limit is {PAYLOAD_KEYS.value}; send two events."
        _refuse(PAYLOAD_KEYS.code, message, "payload")
    payload = {key: _value(key, item) for key, item in found.items()}
    _check_size(payload)
    return payload


def _value(key: str, value: object) -> Value:
    field = f"payload.{_short(key)}"
    _check_text(key, field)
    if isinstance(value, bool):
        message = f'{field} is a boolean; send the string "true" or "false", or 1 or 0.'
        _refuse("boolean_value", message, field)
    if isinstance(value, str):
        _check_text(value, field)
        return value
    if not isinstance(value, int | float):
        message = f"{field} is {_kind(value)}; the payload is flat, each value a string or a number."
        _refuse("wrong_type", message, field)
    if isinstance(value, float) and not math.isfinite(value):
        _refuse("number_not_finite", f"{field} is too large for a number; no JSON reader can hold it.", field)
    return value


def _check_size(payload: dict[str, Value]) -> None:
    found = size(payload)
    if found > PAYLOAD_BYTES.value:
        sizes = {key: len(json.dumps(value)) for key, value in payload.items()}
        largest = max(sizes, key=lambda key: sizes[key])
        message = f"payload is {found} bytes as JSON, the limit is {PAYLOAD_BYTES.value}"
        detail = f"the largest value is {json.dumps(_short(largest))} with {sizes[largest]}"
        _refuse(PAYLOAD_BYTES.code, f"{message}; {detail}.", "payload")


def _check_text(text: str, field: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        message = (
            f"{field} holds half of a surrogate pair, which is no Unicode text; send the whole character."
        )
        _refuse("broken_text", message, field)


def _refuse(code: str, message: str, field: str | None) -> NoReturn:
    raise Problem(422, code, message, field)


def _kind(value: object) -> str:
    return _KINDS.get(type(value).__name__, "a number")


_KINDS = {"NoneType": "null", "bool": "a boolean", "str": "a string", "list": "an array", "dict": "an object"}


def _short(value: object) -> str:
    text = str(value).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 40 else text[:37] + "..."


# The image endpoint judges the same things in the same words.
timestamp = _timestamp
check_text = _check_text
kind = _kind
