"""The loops over every byte of a picture where no machine code can be had; bulk_viper is their twin."""

from binascii import b2a_base64


def base64(buf, start, n):
    """Encode n bytes (a multiple of 3) at start to the buffer's beginning; start >= n // 3."""
    text = b2a_base64(memoryview(buf)[start : start + n])
    memoryview(buf)[: len(text) - 1] = memoryview(text)[:-1]  # it ends with a newline


def marker(buf, i, end):
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
