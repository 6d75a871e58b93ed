"""Bytes that claim to be a picture: recognised by their content, read to the end, and made small.

Pillow is imported by the first picture: a server that was just started shows its page sooner without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Literal, NoReturn, cast

from miniviz_server.image_limits import IMAGE_PIXELS
from miniviz_server.problem import Problem

Kind = Literal["image/jpeg", "image/png"]

_KINDS: dict[str, Kind] = {"JPEG": "image/jpeg", "PNG": "image/png"}
_THUMBNAIL = (320, 240)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that can be shown."""

    kind: Kind
    width: int
    height: int
    thumbnail: bytes


def examine(data: bytes) -> Picture:
    """Read the picture whole; raises Problem 415 or 422 with the reason."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as image:
            kind = _KINDS[cast("str", image.format)]
            width, height = image.size
            # Before a pixel is unfolded: the header tells how many there will be.
            if width * height > IMAGE_PIXELS.value:
                _too_many(f"{width} x {height}")
            image.verify()
        return Picture(kind, width, height, _thumbnail(data))
    except UnidentifiedImageError:
        _refuse(415, "not_an_image", f"The content is {_what(data)}; send a JPEG or a PNG")
    except Image.DecompressionBombError:
        _too_many("hundreds of millions of")
    except (OSError, SyntaxError, ValueError) as error:
        _refuse(
            422, "broken_image", f"The picture cannot be read to its end ({error}); take and send it anew"
        )


def _thumbnail(data: bytes) -> bytes:
    from PIL import Image

    with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as image:
        image.draft("RGB", _THUMBNAIL)
        image.load()
        small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail(_THUMBNAIL)
    if small.mode == "RGBA":
        white = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(white, small).convert("RGB")
    out = BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


def _what(data: bytes) -> str:
    for start, name in ((b"GIF8", "a GIF"), (b"BM", "a BMP"), (b"RIFF", "a WebP or other RIFF file")):
        if data.startswith(start):
            return name
    if data.startswith((b"\xff\xd8", b"\x89PNG")):
        return "the beginning of a picture and no more"
    head = data[:40]
    if head.decode("utf-8", "replace").isprintable():
        return "text"
    return f"neither JPEG nor PNG (it begins with {head[:4].hex(' ').upper()})"


def _too_many(found: str) -> NoReturn:
    message = f"The picture has {found} pixels, the limit is {IMAGE_PIXELS.value}"
    _refuse(IMAGE_PIXELS.status, IMAGE_PIXELS.code, message)


def _refuse(status: int, code: str, message: str) -> NoReturn:
    raise Problem(status, code, f"{message}.", "image_base64")
