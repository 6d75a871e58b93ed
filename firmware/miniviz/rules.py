"""The limits of Miniviz' data endpoint, and the tiny validator that keeps them on the device."""

from .port import const

# The table of limits; image_rules.py has the other. "Guide" is Miniviz's Quick Start Guide.
MAX_KEYS = const(8)  # Guide, data: "Maximum 8 keys"
MAX_BYTES = const(400)  # Guide, data: "Maximum 400 bytes after JSON encoding"; the payload, not its envelope
MIN_MS = const(1577836800000)  # 2020-01-01: an earlier time is a time in seconds or a clock nobody has set
MAX_MS = const(253402300799999)  # end of the year 9999, the last a date can hold: later is a time in us or ns

_FLOAT = const(24)  # bytes of the longest float: -1.2345678901234567e-100
_INT = const(16)  # and of an int up to MAX_MS


class Refused(ValueError):
    """What the platform would not take: the broken rule's short name, the key and a sentence."""

    def __init__(self, rule, key, message):
        super().__init__(message)
        self.rule = rule
        self.key = key


def check(label, payload):
    """Raise Refused unless the platform takes this payload under this label."""
    if not good(label, payload):
        from . import refusal  # a device whose readings are good never loads the words

        refusal.explain(label, payload)


def check_timestamp(ms):
    """Raise Refused unless ms is UNIX time in milliseconds."""
    if type(ms) is not int or not MIN_MS <= ms <= MAX_MS:
        from . import refusal

        refusal.explain_timestamp(ms)


# The types are compared exactly: a subclass could run any code of its own when it is asked for its text.


def good(label, payload):
    """True if the platform takes this payload under this label."""
    if type(label) is not str or not label or text_size(label) < 0 or type(payload) is not dict:
        return False
    count = len(payload)
    if not 0 < count <= MAX_KEYS:
        return False
    total = 4 * count  # the braces, and ": " and ", " of each entry
    for key in payload:
        if type(key) is not str:
            return False
        room = _room(payload[key])
        bytes_ = text_size(key)
        if room < 0 or bytes_ < 0:
            return False
        total += bytes_ + room
    if total <= MAX_BYTES:
        return True
    from .json_size import size

    return size(payload) <= MAX_BYTES


def _room(value):
    """Bytes that JSON needs for a value at most; -1: it has no JSON."""
    kind = type(value)
    if kind is float:
        return _FLOAT if value - value == 0 else -1  # not so for nan and both infinities alone
    if kind is int:
        return _INT if -MAX_MS <= value <= MAX_MS else MAX_BYTES
    return text_size(value) if kind is str else -1


def text_size(text):
    """Bytes of a JSON string, non-ASCII as \\uXXXX, twice that beyond U+FFFF; -1: no valid Unicode."""
    try:
        data = text.encode()
    except UnicodeError:  # CPython; MicroPython keeps half a surrogate pair as three bytes
        return -1
    total = 2
    last = 0
    for c in data:
        if c < 0x80:
            total += 1 if 32 <= c < 127 and c != 34 and c != 92 else 2 if c in b'"\\\b\f\n\r\t' else 6
        elif c >= 0xC0:
            total += 6 if c < 0xF0 else 12
            if c < 0xC2 or c > 0xF4:
                return -1
        elif (
            (last == 0xED and c >= 0xA0)  # half a surrogate pair
            or (last == 0xF4 and c >= 0x90)  # beyond the last character
            or (last == 0xE0 and c < 0xA0)  # written longer than it needs
            or (last == 0xF0 and c < 0x90)
        ):
            return -1
        last = c
    return total
