"""The loops over every byte of a picture as machine code; bulk_plain has the same in words."""

# ruff: noqa: F821 - ptr8 and ptr32 are words of the viper compiler.

import micropython

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"  # RFC 4648 section 4

# The compiler keeps a function's first three variables in registers: what the loops use most comes first.


@micropython.viper
def _encode(write: ptr8, read: int, table: ptr8, n: int):
    read += int(write)
    end = read + n
    while read < end:
        a = ptr8(read)[0]
        b = ptr8(read)[1]
        c = ptr8(read)[2]
        write[0] = table[a >> 2]
        write[1] = table[(a & 3) << 4 | b >> 4]
        write[2] = table[(b & 15) << 2 | c >> 6]
        write[3] = table[c & 63]
        read += 3
        write = ptr8(int(write) + 4)


def base64(buf, start, n):
    """Encode n bytes (a multiple of 3) at start to the buffer's beginning; start >= n // 3."""
    _encode(buf, start, _ALPHABET, n)


@micropython.viper
def marker(buf: ptr8, i: int, end: int) -> int:
    """The place of the next 0xFF from i on that is neither data nor a restart, else end."""
    low = 0x7F7F7F  # made in two steps: a chip's small integers have 31 bits
    low = low << 8 | 0x7F
    one = 0x010101
    one = one << 8 | 1
    high = ~low
    i += int(buf)
    end += int(buf)
    last = end - 8
    while i < end:
        if not i & 3:  # eight bytes at once, as long as none of them is 0xFF
            while i <= last:
                a = int(ptr32(i)[0])
                b = int(ptr32(i)[1])
                if ((a & low) + one & a | (b & low) + one & b) & high:
                    break
                i += 8
            if i == end:
                break
        if ptr8(i)[0] == 0xFF:
            if i + 1 == end:
                break
            code = ptr8(i)[1]
            if code != 0 and (code < 0xD0 or code > 0xD7):
                break
            i += 1
        i += 1
    return i - int(buf)
