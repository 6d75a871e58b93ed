"""A picture as the JSON body of the image endpoint: a stream of known length through one small buffer."""

import json

from . import image_rules
from .jpeg import Jpeg
from .port import const

try:
    from .bulk_viper import base64
except (ImportError, SyntaxError, ValueError):  # CPython; a port without native code; .mpy of another chip
    from .bulk_plain import base64

_RAW = const(3072)  # image bytes at a time, a multiple of 3: what is done per piece costs more than its bytes
_START = const(1024)  # they stand at the buffer's end, and their base64 grows towards them from its beginning
_LEAD = const(16)  # bytes that a camera may send before the picture
_PNG = b"\x89PNG\r\n\x1a\n"  # PNG specification section 5.2
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB\x60\x82"
_SUFFIX = b'"}'

_buffer = bytearray(_START + _RAW)  # made once and early: later the heap may be too cut up for it
_full = memoryview(_buffer)
_raw = _full[_START:]


class BadImage(OSError):
    """A frame that is no picture for the platform; an OSError, so that urequests closes its socket."""


class TooBig(BadImage):
    """A picture over the platform's limit: take it again smaller."""


def kind(head):
    """ "jpeg", "png" or None, by the content's first bytes."""
    if bytes(head[:3]) == b"\xff\xd8\xff":
        return "jpeg"
    return "png" if bytes(head[:8]) == _PNG else None


def base64_size(size):
    """Characters of the base64 of so many bytes."""
    return (size + 2) // 3 * 4


def body(meta, frame):
    """The JSON of meta and the frame's base64 as a Body; raises BadImage before anything is sent."""
    return Body(meta, frame)


class Body:
    """Iterable once: buffers that together have exactly `length` bytes. Each is gone when the next comes."""

    once = True  # what was read from a camera cannot be read again: no second try with this body

    def __init__(self, meta, frame):
        check_size(frame.size)
        self.fault = None  # what was wrong with the frame, if that ended the stream
        self._frame = frame
        self._read = 0
        self._have = 0
        self._fill()
        self._begin()
        self._prefix = (json.dumps(meta)[:-1] + ', "image_base64": "').encode()
        self.length = len(self._prefix) + base64_size(self._size) + len(_SUFFIX)

    def __len__(self):
        return self.length

    def __iter__(self):
        left = self.length - len(self._prefix) - len(_SUFFIX)
        try:
            yield self._prefix
            self._prefix = None
            while self._have:
                last = self._check()
                size = _encode(self._have)
                left -= size
                yield _full if size == len(_full) else _full[:size]
                self._have = 0
                if not last:
                    self._fill()
            if not self._done:
                raise BadImage("the picture has no end marker in its %d bytes" % self._frame.size)
            yield _SUFFIX
            # What came after the picture's end is not sent on: blanks, which JSON allows, take its place.
            while left:
                yield b" " * min(left, 64)
                left -= min(left, 64)
        except Exception as error:  # noqa: BLE001 a camera's driver may raise anything while it is read
            self.fault = str(error) or error.__class__.__name__
            # As an OSError, because urequests closes its socket on no other.
            raise error if isinstance(error, OSError) else BadImage(self.fault)

    def _fill(self):
        """Read until the buffer is full or the frame at its end."""
        while self._have < _RAW and self._read < self._frame.size:
            start = _START + self._have
            most = min(_RAW - self._have, self._frame.size - self._read)
            count = self._frame.readinto(_raw if most == _RAW else _full[start : start + most])
            if not count:
                raise BadImage("the picture ended after %d of %d bytes" % (self._read, self._frame.size))
            self._have += count
            self._read += count

    def _begin(self):
        """Find the picture's first byte: a camera may send something before it."""
        for lead in range(min(_LEAD, self._have)):
            self.format = kind(_full[_START + lead : _START + lead + 8])
            if self.format:
                break
        else:
            head = " ".join("%02X" % c for c in _full[_START : _START + min(4, self._have)])
            raise BadImage("neither JPEG nor PNG: it begins with " + head)
        self._have -= lead
        if lead:
            _full[_START : _START + self._have] = _full[_START + lead : _START + lead + self._have]
            self._fill()
        self._size = self._frame.size - lead
        self._jpeg = Jpeg() if self.format == "jpeg" else None
        self._first = 2  # FF D8 is not the walk's business
        self._tail = b""
        self._done = False

    def _check(self):
        """Follow the picture through this piece; True if it ends here, and the piece is cut there."""
        if self._jpeg is None:
            self._tail = (self._tail + bytes(_full[_START : _START + self._have][-12:]))[-12:]
            self._done = self._tail == _PNG_END
            return False
        end = self._jpeg.feed(_buffer, _START + self._first, _START + self._have)
        self._first = 0
        if self._jpeg.fault:
            raise BadImage("the picture is " + self._jpeg.fault)
        if end:
            self._have = end - _START
            self._done = True
        return self._done


def check_size(size):
    """Raise BadImage for an empty picture, TooBig for one whose base64 is over the limit."""
    if size <= 0:
        raise BadImage("the picture is empty")
    if base64_size(size) > image_rules.MAX_IMAGE_BASE64:
        message = "the picture has %d bytes, %d as base64; the limit is %d"
        raise TooBig(message % (size, base64_size(size), image_rules.MAX_IMAGE_BASE64))


def _encode(n):
    """Base64 of the n bytes at _START, in place; its length."""
    spare = -n % 3
    for i in range(spare):
        _buffer[_START + n + i] = 0
    base64(_buffer, _START, n + spare)
    size = (n + spare) // 3 * 4
    for i in range(spare):
        _buffer[size - 1 - i] = 0x3D  # =
    return size
