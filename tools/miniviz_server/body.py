"""Bytes from the network become a JSON document, or a Problem. Nothing here trusts its input."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import NoReturn

from fastapi import Request
from starlette.requests import ClientDisconnect

from miniviz_server.limits import BODY_BYTES, BODY_SECONDS, DISCARD_BYTES, NUMBER_DIGITS, Limit
from miniviz_server.problem import Problem

# A form is what `curl -d` calls its body when nobody names a type; what counts is that it is JSON.
_TYPES = ("", "application/json", "application/x-www-form-urlencoded")


async def read_json(request: Request) -> object:
    """The document in the request's body."""
    return parse(await read_raw(request, BODY_BYTES))


async def read_raw(request: Request, limit: Limit) -> bytes:
    """The request's body, of JSON by its headers, within the limit."""
    _check_headers(request)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request, limit)
    except TimeoutError:
        message = f"The body did not arrive within {BODY_SECONDS:g} seconds. Send it again."
        raise Problem(408, "body_timeout", message) from None
    except ClientDisconnect:
        raise Problem(400, "body_cut_off", "The connection closed before the body was complete.") from None


def parse(raw: bytes) -> object:
    """The JSON document in these bytes: UTF-8, each key once, numbers that JSON knows."""
    if not raw.strip():
        raise Problem(400, "empty_body", "The body is empty; send a JSON object with " + _WANTED)
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        message = f"The body is not UTF-8: byte {error.start + 1} of {len(raw)} is 0x{raw[error.start]:02X}."
        raise Problem(400, "malformed_json", message) from None
    except json.JSONDecodeError as error:
        message = f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise Problem(400, "malformed_json", message) from None
    except RecursionError:
        message = "The body is nested too deeply; an event is one object with a flat payload."
        raise Problem(400, "malformed_json", message) from None


_WANTED = "timestamp, label_key and payload."


def _check_headers(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES and not kind.endswith("+json"):
        message = f"The body is {kind!r}; send JSON with the header Content-Type: application/json."
        raise Problem(415, "not_json", message, "Content-Type")
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        message = f"The body is compressed ({coding!r}); send it as it is, without Content-Encoding."
        raise Problem(415, "compressed", message, "Content-Encoding")


async def _read(request: Request, limit: Limit) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > DISCARD_BYTES:
        raise _too_large(f"{declared} bytes", limit)
    kept = bytearray()
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total <= limit.value:
            kept += chunk
        if total > DISCARD_BYTES:
            break
    if total > limit.value:
        found = f"{total} bytes" if total <= DISCARD_BYTES else f"more than {DISCARD_BYTES} bytes"
        raise _too_large(found, limit)
    return bytes(kept)


def _too_large(found: str, limit: Limit) -> Problem:
    what = "event" if limit is BODY_BYTES else "image within its limit"
    message = f"The body has {found}, the limit is {limit.value}; send one {what} per request."
    return Problem(limit.status, limit.code, message)


def _object(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            message = f"The key {_clip(key)} stands twice in one object; send each key once."
            raise Problem(400, "duplicate_key", message, key)
        found[key] = value
    return found


def _constant(text: str) -> NoReturn:
    message = f"The body is not JSON: {text} is no JSON number. Leave the value out, or send it as a string."
    raise Problem(400, "malformed_json", message)


def _integer(text: str) -> int:
    digits = len(text.lstrip("-"))
    if digits > NUMBER_DIGITS.value:
        message = f"A number has {digits} digits, the limit is {NUMBER_DIGITS.value}."
        raise Problem(NUMBER_DIGITS.status, NUMBER_DIGITS.code, message)
    return int(text)


def _clip(text: str) -> str:
    """A key or value from outside, short and on one line, fit to stand in a sentence."""
    shown = json.dumps(text)
    return shown if len(shown) <= 60 else shown[:57] + '..."'
