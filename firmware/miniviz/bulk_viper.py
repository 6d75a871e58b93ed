"""The loops over every byte of a picture as machine code; bulk_plain has the same in words."""

# ruff: noqa: F821 - ptr8 is a word of the viper compiler.

import micropython

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"  # RFC 4648 section 4


@micropython.viper
def _encode(table: ptr8, buf: ptr8, start: int, n: int):
    read = ptr8(int(buf) + start)
    write = ptr8(int(buf))
    end = int(read) + n
    while int(read) < end:
        a = read[0]
        b = read[1]
        c = read[2]
        write[0] = table[a >> 2]
        write[1] = table[((a & 3) << 4) | (b >> 4)]
        write[2] = table[((b & 15) << 2) | (c >> 6)]
        write[3] = table[c & 63]
        read = ptr8(int(read) + 3)
        write = ptr8(int(write) + 4)


def base64(buf, start, n):
    """Encode n bytes (a multiple of 3) at start to the buffer's beginning; start >= n // 3."""
    _encode(_ALPHABET, buf, start, n)


@micropython.viper
def marker(buf: ptr8, i: int, end: int) -> int:
    """The place of the next 0xFF from i on that is neither data nor a restart, else end."""
    while i < end:
        if buf[i] == 0xFF:
            if i + 1 == end:
                return i
            code = buf[i + 1]
            if code != 0 and (code < 0xD0 or code > 0xD7):
                return i
            i += 1
        i += 1
    return end
