"""Base64 in a JSON string becomes bytes, or a Problem that names what is wrong with it."""

from __future__ import annotations

import base64
import re
from typing import NoReturn

from miniviz_server.problem import Problem

_FIELD = "image_base64"
_FOREIGN = re.compile(r"[^A-Za-z0-9+/=]")
WRAPPED = "`base64` on Linux wraps its lines after 76 characters: use `base64 -w0`"


def decode(text: str) -> bytes:
    """The bytes; RFC 4648 section 4 to the letter, because a lenient reader would hide a broken sender."""
    if not text:
        _refuse("is empty; send the picture's bytes as base64")
    if text.startswith("data:"):
        _refuse('is a data: URL; send only what stands after "base64,"')
    if found := _FOREIGN.search(text):
        _foreign(found.group(), found.start() + 1)
    if len(text) % 4:
        _refuse(
            f"has {len(text)} characters, which is no multiple of 4: the padding with = at its end is missing"
        )
    if "=" in text.rstrip("=") or text.endswith("==="):
        _refuse("has = in its middle; it belongs only at the end")
    return base64.b64decode(text)


def _foreign(character: str, place: int) -> NoReturn:
    if character in "\r\n":
        _refuse(f"has a line break at character {place}; {WRAPPED}")
    if character.isspace():
        _refuse(f"has white space at character {place}; send it without any (in a form, + becomes a blank)")
    if character in "-_":
        _refuse(
            f"uses the URL alphabet ({character!r} at character {place}); send + and / instead of - and _"
        )
    _refuse(f"has {character!r} at character {place}, which is no base64")


def _refuse(what: str) -> NoReturn:
    raise Problem(400, "invalid_base64", f"{_FIELD} {what}.", _FIELD)
