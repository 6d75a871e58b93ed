"""The body of an image as a stream: lengths, twins, bad frames; prints what was found, a line each."""

import binascii
import json
import os

from miniviz import bulk_plain, image

try:
    from miniviz import bulk_viper
except (ImportError, SyntaxError, ValueError):
    bulk_viper = bulk_plain


class Frame:
    """Bytes as a camera would hand them out: never more than `step` at once."""

    def __init__(self, data, size=None, step=4096):
        self._data = data
        self._step = step
        self._at = 0
        self.size = len(data) if size is None else size
        self.format = "jpeg"

    def readinto(self, buf):
        piece = self._data[self._at : self._at + min(len(buf), self._step)]
        buf[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self):
        pass


def jpeg(count):
    """A JPEG by its markers, with so many bytes of data that hold stuffed 0xFF and restart markers."""
    table = b"\xff\xdb\x00\x43\x00" + b"\xff\xd9" * 32  # an end marker inside a segment is none
    data = bytes((i * 7 + (i >> 8)) & 0xFF for i in range(count)).replace(b"\xff", b"\xff\x00\xff\xd3")
    return b"\xff\xd8\xff\xfe\x00\x04hi" + table + b"\xff\xff\xda\x00\x03\x01" + data + b"\xff\xd9"


def png(count):
    return b"\x89PNG\r\n\x1a\n" + bytes(count) + b"\x00\x00\x00\x00IEND\xaeB`\x82"


META = {"timestamp": 1790000000123, "label_key": "greenhouse-1", "image_name": 'a "quoted" é 写'}


def sent(frame):
    """(document, claimed length, count of pieces) of a frame's body."""
    body = image.body(META, frame)
    pieces = [bytes(piece) for piece in body]
    raw = b"".join(pieces)
    assert len(raw) == body.length == len(body)
    return json.loads(raw), raw, max(len(piece) for piece in pieces)


def whole():
    for kind in (jpeg, png):
        border = 5960 if kind is jpeg else 6095  # from here on the picture ends around the second piece's end
        for count in list(range(70)) + [border + n for n in range(60)] + [4000, 40000]:
            data = kind(count)
            leads = (b"", b"\x00", b"\x00\xff\x12") if count % 3 == 0 else (b"",)
            for lead in leads:
                for trail in (b"", b"\x00" * 7, b"\xff\xd9", bytes(3000)) if kind is jpeg else (b"",):
                    document, raw, largest = sent(Frame(lead + data + trail, step=1 + count % 977))
                    assert binascii.a2b_base64(document.pop("image_base64")) == data, (
                        kind,
                        count,
                        lead,
                        trail,
                    )
                    assert document == META and largest <= 4096
    print(json.dumps({"case": "whole", "error": None}))


def twins():
    for n in range(0, 600, 3):
        for start in (200, 512):
            data = os.urandom(n)
            buffers = []
            for twin in (bulk_plain, bulk_viper):
                buf = bytearray(start + n + 2)
                buf[start : start + n] = data
                twin.base64(buf, start, n)
                buffers.append(bytes(buf[: n // 3 * 4]))
            assert buffers[0] == buffers[1] == binascii.b2a_base64(data)[:-1], n
    for seed in range(300):
        buf = bytearray(os.urandom(40).replace(b"\x11", b"\xff").replace(b"\x22", b"\xff"))
        buf[seed % 40] = 0xFF
        buf[39 - seed % 7] = 0xFF
        for start in range(40):
            assert bulk_plain.marker(buf, start, 40) == bulk_viper.marker(buf, start, 40), (buf, start)
    print(json.dumps({"case": "twins", "error": None, "native": bulk_viper is not bulk_plain}))


def refused(case, frame):
    try:
        sent(frame)
        error = None
    except image.BadImage as told:
        error = str(told)
    print(json.dumps({"case": case, "error": error}))


def bad():
    good = jpeg(5000)
    refused("empty", Frame(b""))
    refused("text", Frame(b"hello, this is a text"))
    refused("gif", Frame(b"GIF89a" + bytes(100)))
    refused("no end", Frame(good[:-1]))
    refused("cut", Frame(good[:3000]))
    refused("claims more", Frame(good[:3000], size=5000))
    refused("claims less", Frame(good, size=3000))
    refused("never ends", Frame(good[:-2] + bytes(100000)))
    refused("garbled", Frame(good[:2000] + b"\xff\x13" + good[2000:]))
    refused("garbled head", Frame(good[:8] + b"\x01" + good[8:]))
    refused("png cut", Frame(png(3000)[:-1]))
    refused("only zeros", Frame(bytes(5000)))
    refused("largest", Frame(good + bytes(153600 - len(good))))
    refused("one more", Frame(good + bytes(153601 - len(good))))
    refused("absurd", Frame(good, size=8390520))


whole()
twins()
bad()
