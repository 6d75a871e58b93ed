"""What the played cameras see: a small landscape under the world's sun and weather, as a real baseline JPEG.

Every block of 8 x 8 pixels has one colour, so that a board's own MicroPython can write it (ITU-T T.81; the
Huffman codes for DC are those of its table K.3). The detail that a lens would add is played by comments of
its size, because only the size matters to a sender.
"""

import math

import world_time
import world_weather

_COLUMNS, _ROWS = 80, 60
_DC_CODES = ((0, 2), (2, 3), (3, 3), (4, 3), (5, 3), (6, 3), (14, 4), (30, 5), (62, 6), (126, 7), (254, 8))
_SKY_DAY, _SKY_NIGHT = (196, 150, 102), (44, 140, 122)  # Y, Cb, Cr
_SUN, _MOON = (226, 74, 152), (206, 128, 128)
_HILL, _MEADOW = (92, 112, 112), (120, 98, 112)
_RED, _WHITE = (96, 104, 208), (240, 128, 128)
_NOISE = bytes((i * 167 + (i >> 3) * 59 + 13) & 0xFF for i in range(1024))


def jpeg(width, height, quality, detail):
    """The picture as a list of pieces of bytes; detail is in bits per pixel at quality 80."""
    scale = max(8, 1 + (100 - quality) // 2)
    extra = int(width * height * detail * quality / 80 / 8)
    pieces = [_head(width, height, scale)]
    while extra > 0:
        size = min(extra, 60 * len(_NOISE))
        pieces.append(b"\xff\xfe" + _word(size + 2))
        pieces += [_NOISE] * (size // len(_NOISE))
        pieces.append(_NOISE[: size % len(_NOISE)])
        extra -= size
    pieces.append(b"\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00")
    return pieces + _picture(width // 8, height // 8, scale) + [b"\xff\xd9"]


def noisy(pieces):
    """(start, end) of 40 bytes in the middle of a picture's data: noise elsewhere may harm nothing."""
    sizes = [len(piece) for piece in pieces]
    begin = 1 + [piece[:2] for piece in pieces].index(b"\xff\xda")
    middle = sum(sizes[:begin]) + sum(sizes[begin:]) // 2
    return middle, middle + 40


def noise(byte, place):
    """What arrives for a byte of the picture while the data wire sticks high for some bits or for all."""
    return 0xFF if place & 1 else byte | 0xF3


def _word(value):
    return bytes((value >> 8, value & 0xFF))


def _head(width, height, scale):
    table = b"\xff\xdb\x00\x43\x00" + bytes((scale,)) + b"\x10" * 63
    components = b"\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00"
    frame = b"\xff\xc0\x00\x11\x08" + _word(height) + _word(width) + components
    dc = b"\xff\xc4\x00\x1f\x00\x00\x01\x05\x01\x01\x01\x01\x01\x01" + bytes(7) + bytes(range(12))
    ac = b"\xff\xc4\x00\x14\x10\x01" + bytes(15) + b"\x00"  # one code: the end of the block
    restart = b"\xff\xdd\x00\x04" + _word(width // 8)
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    return start + table + frame + dc + ac + restart


def _picture(columns, rows, scale):
    """Row by row, each for itself and closed by a restart marker: equal rows are equal bytes."""
    colour = _landscape()
    pieces, last, drawn = [], None, None
    for row in range(rows):
        y = row * _ROWS // rows
        if y != last:
            last, drawn = y, _row(colour, y, columns, scale)
        pieces.append(drawn)
        if row + 1 < rows:
            pieces.append(bytes((0xFF, 0xD0 + row % 8)))
    return pieces


def _row(colour, y, columns, scale):
    out = bytearray()
    bits, count, before = 0, 0, [0, 0, 0]
    last, levels = None, None
    for column in range(columns):
        x = column * _COLUMNS // columns
        if x != last:
            last, levels = x, colour(x, y)
        for i in range(3):
            level = (levels[i] - 128) * 8 // scale
            size, code = _coded(level - before[i])
            before[i] = level
            bits, count = bits << size | code, count + size
            while count >= 8:
                count -= 8
                byte = bits >> count & 0xFF
                out.append(byte)
                if byte == 0xFF:
                    out.append(0)
            bits &= 0xFF
    if count:
        byte = (bits << 8 - count | (1 << 8 - count) - 1) & 0xFF
        out.append(byte)
        if byte == 0xFF:
            out.append(0)
    return bytes(out)


def _coded(difference):
    """(bits, code) of a block: the size of the difference, the difference, the end of the block."""
    rest, size = abs(difference), 0
    while rest:
        rest, size = rest >> 1, size + 1
    code, length = _DC_CODES[size]
    value = difference if difference >= 0 else difference + (1 << size) - 1
    return length + size + 1, (code << size | value) << 1


def _landscape():
    """A function (x, y) -> (Y, Cb, Cr) of this moment."""
    seconds = world_time.unix_ms() // 1000
    turn = 2 * math.pi * (seconds % 86400) / 86400
    light = min(max(0.5 - 0.8 * math.cos(turn), 0.0), 1.0)
    sky = [int(_SKY_NIGHT[i] + (_SKY_DAY[i] - _SKY_NIGHT[i]) * light) for i in range(3)]
    body = _SUN if light > 0.3 else _MOON
    high = abs(math.cos(turn))
    sun_x, sun_y = int(40 - 34 * math.sin(turn)), int(34 - 26 * high)
    mercury = 52 - int(min(max(world_weather.temperature(), 0), 40))
    minute_hand = seconds % 60 * _COLUMNS // 60
    hills = [int(42 - 5 * math.sin(x / 9) - 3 * math.sin(x / 4 + 1)) for x in range(_COLUMNS)]

    def colour(x, y):
        if y == 58:  # the seconds run along the lower edge
            return _WHITE if x <= minute_hand else _MEADOW
        if 3 <= x <= 4 and 10 <= y <= 53:
            return _RED if y >= mercury else _WHITE
        if (x - sun_x) ** 2 + (y - sun_y) ** 2 <= 16:
            return body
        if y >= 50:
            return _shade(_MEADOW, light)
        if y >= hills[x]:
            return _shade(_HILL, light)
        return (min(235, sky[0] + y // 2), sky[1], sky[2])

    return colour


def _shade(colour, light):
    return (int(24 + (colour[0] - 24) * (0.25 + 0.75 * light)), colour[1], colour[2])
