"""Judges a JSON document: a sent image, or the one Problem that a person should fix first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from miniviz_server import base64_text, verdict
from miniviz_server.image_limits import (
    IMAGE_BASE64,
    IMAGE_BYTES,
    IMAGE_LABEL,
    IMAGE_NAME,
    LABEL_CHARACTERS,
    LABEL_PATTERN,
)
from miniviz_server.problem import Problem
from miniviz_server.settings import ImageLimit

_FIELDS = ("timestamp", "label_key", "image_name", "image_base64")
_WANTED = "timestamp, label_key, image_name and image_base64"


@dataclass(frozen=True, slots=True)
class SentImage:
    """An image as a device sent it, checked against every limit but its content."""

    timestamp: int
    label_key: str
    name: str
    data: bytes


def judge(document: object, limit: ImageLimit) -> SentImage:
    """The image in this document; raises Problem with the field at fault."""
    if not isinstance(document, dict):
        message = f"The body is {verdict.kind(document)}; send a JSON object with {_WANTED}."
        raise Problem(422, "not_an_object", message)
    fields = cast("dict[str, object]", document)
    for name in _FIELDS:
        if name not in fields:
            raise Problem(422, "missing_field", f"{name} is missing; an image needs {_WANTED}.", name)
    timestamp = verdict.timestamp(fields["timestamp"])
    label = _label(_text(fields, "label_key"))
    name = _name(_text(fields, "image_name"))
    return SentImage(timestamp, label, name, _data(_text(fields, "image_base64"), limit))


def _text(fields: dict[str, object], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise Problem(422, "wrong_type", f"{name} is {verdict.kind(value)}; send a string.", name)
    return value


def _label(label: str) -> str:
    if not label:
        message = "label_key is empty; name the device or place that sends."
        raise Problem(422, "label_empty", message, "label_key")
    if len(label) > IMAGE_LABEL.value:
        message = f"label_key has {len(label)} characters, the limit for images is {IMAGE_LABEL.value}."
        raise Problem(IMAGE_LABEL.status, IMAGE_LABEL.code, message, "label_key")
    if not re.fullmatch(LABEL_PATTERN, label):
        wrong = ascii(next(c for c in label if not re.fullmatch(LABEL_PATTERN, c)))
        message = f"label_key of an image has {wrong}; allowed are {LABEL_CHARACTERS}."
        raise Problem(422, "label_characters", message, "label_key")
    return label


def _name(name: str) -> str:
    if not name:
        raise Problem(422, "name_empty", "image_name is empty; send a name such as image.jpg.", "image_name")
    if len(name) > IMAGE_NAME.value:
        message = f"image_name has {len(name)} characters, the limit is {IMAGE_NAME.value}."
        raise Problem(IMAGE_NAME.status, IMAGE_NAME.code, message, "image_name")
    verdict.check_text(name, "image_name")
    if "\0" in name:
        message = "image_name holds the character U+0000, which databases cannot keep."
        raise Problem(422, "name_nul", message, "image_name")
    return name


def _data(text: str, limit: ImageLimit) -> bytes:
    if limit == "after" and len(text) > IMAGE_BASE64.value:
        _too_large(f"image_base64 has {len(text)} characters, the limit is {IMAGE_BASE64.value}")
    data = base64_text.decode(text)
    if limit == "before" and len(data) > IMAGE_BYTES.value:
        _too_large(f"The picture has {len(data)} bytes, the limit is {IMAGE_BYTES.value}")
    return data


def _too_large(found: str) -> None:
    message = f"{found}: take it with a lower quality or a smaller size."
    raise Problem(IMAGE_BASE64.status, IMAGE_BASE64.code, message, "image_base64")
