"""The limits of Miniviz, and the tiny validator that keeps what it would refuse on the device."""

from .port import const

# The table of limits. "Guide" is Miniviz's Quick Start Guide, "data" and "image" its two endpoints.
MAX_KEYS = const(8)  # Guide, data: "Maximum 8 keys"
MAX_BYTES = const(400)  # Guide, data: "Maximum 400 bytes after JSON encoding"; the payload, not its envelope
MIN_MS = const(1577836800000)  # 2020-01-01: an earlier time is a time in seconds or a clock nobody has set
MAX_MS = const(253402300799999)  # end of the year 9999, the last a date can hold: later is a time in us or ns
MAX_IMAGE_LABEL = const(128)  # Guide, image: "128 characters max"
IMAGE_LABEL_CHARS = "-_.:@/"  # Guide, image: "[A-Za-z0-9-_.:@/] only"
MAX_IMAGE_NAME = const(255)  # Guide, image: "255 characters max"
MAX_IMAGE_BASE64 = const(204800)  # Guide, image: "200KB max" "after base64 encoding"
MAX_IMAGE_BYTES = const(153600)  # the image whose base64 has 204,800 characters
MIN_IMAGE_SECONDS = const(60)  # Guide, image: "60 seconds/image (managed per label key)"

_NO_TEXT = " is no valid Unicode (half of a surrogate pair); replace that character"


class Refused(ValueError):
    """What the platform would not take: the broken rule's short name, the key and a sentence."""

    def __init__(self, rule, key, message):
        super().__init__(message)
        self.rule = rule
        self.key = key


def check(label, payload):
    """Raise Refused unless the platform takes this payload under this label."""
    _text("label", label, "label_key")
    if type(payload) is not dict:
        raise Refused("payload", None, "payload is %s; give a dict" % _kind(payload))
    _check_keys(payload)
    for key in sorted(payload):  # in the same order on every runtime
        _check_value(key, payload[key])
    total = size(payload)
    if total > MAX_BYTES:
        raise Refused("size", *_largest(payload, total))


def check_timestamp(ms):
    """Raise Refused unless ms is UNIX time in milliseconds."""
    if type(ms) is not int:
        raise Refused("timestamp", None, "timestamp is %s; give an int of milliseconds" % _kind(ms))
    if not MIN_MS <= ms <= MAX_MS:
        if MIN_MS <= ms * 1000 <= MAX_MS:
            fix = "that is in seconds; multiply by 1000"
        elif ms < MIN_MS:
            fix = "that is before 2020; set the clock first"
        else:
            fix = "that is after the year 9999; divide to milliseconds"
        shown = ms if abs(ms) < MAX_MS * 10000 else "huge"  # a huge int may have no text on CPython
        raise Refused("timestamp", None, "timestamp is %s: %s" % (shown, fix))


def check_image_label(label):
    """Raise Refused unless the image endpoint takes this label."""
    _text("label", label, "label_key", MAX_IMAGE_LABEL)
    for c in label:
        if not ("a" <= c <= "z" or "A" <= c <= "Z" or "0" <= c <= "9" or c in IMAGE_LABEL_CHARS):
            message = "label_key of an image has '%s'; use A-Z, a-z, 0-9 and %s"
            raise Refused("label", None, message % (c, IMAGE_LABEL_CHARS))


def check_image_name(name):
    """Raise Refused unless the image endpoint takes this file name."""
    _text("image_name", name, "image_name", MAX_IMAGE_NAME)


def size(payload):
    """Bytes of json.dumps(payload) as CPython writes it; payload must hold nothing but str, int, float."""
    total = 2 * max(1, len(payload))  # {} and a ", " between the entries
    for key in payload:
        total += _str_size(key) + 2 + _size(payload[key])
    return total


# The types are compared exactly: a subclass could run any code of its own when it is asked for its text.


def _check_keys(payload):
    if not payload:
        raise Refused("empty", None, "payload is empty; give at least one value")
    if len(payload) > MAX_KEYS:
        message = "payload has %d keys, the limit is %d; send the others as a second payload"
        raise Refused("keys", None, message % (len(payload), MAX_KEYS))
    for key in payload:
        if type(key) is not str:
            raise Refused("key", key, "a key of the payload is %s; use a string" % _kind(key))


def _check_value(key, value):
    if _str_size(key) < 0:
        raise Refused("text", key, "a key of the payload" + _NO_TEXT)
    kind = type(value)
    if kind is float:
        if value - value != 0:  # true for nan and both infinities alone
            message = "'%s' is %s, which JSON has no number for; leave it out" % (_short(key), value)
            raise Refused("number", key, message)
    elif kind is str:
        if _str_size(value) < 0:
            raise Refused("text", key, "'%s'" % _short(key) + _NO_TEXT)
    elif kind is not int:
        fix = 'send "true"/"false" or 1/0' if kind is bool else "send str, int or float"
        raise Refused("type", key, "'%s' is %s; %s" % (_short(key), _kind(value), fix))


def _largest(payload, total):
    """Key and message for a payload that is too big."""
    worst, most = None, -1
    for key in sorted(payload):
        bytes_ = _str_size(key) + _size(payload[key])
        if bytes_ > most:
            worst, most = key, bytes_
    message = "payload is %d bytes, the limit is %d; the largest value is '%s' with %d: shorten or split it"
    return worst, message % (total, MAX_BYTES, _short(worst), _size(payload[worst]))


def _text(rule, value, field, most=None):
    if type(value) is not str or not value:
        found = "empty" if type(value) is str else _kind(value)
        raise Refused(rule, None, "%s is %s; give a string" % (field, found))
    if most and len(value) > most:
        raise Refused(rule, None, "%s has %d characters, the limit is %d" % (field, len(value), most))
    if _str_size(value) < 0:
        raise Refused(rule, None, field + _NO_TEXT)


def _kind(value):
    try:
        return "of type %s" % type(value).__name__
    except Exception:  # noqa: BLE001 - a metaclass may raise anything, and check() raises Refused alone
        return "of an unknown type"


def _short(key):
    return key if len(key) <= 24 else key[:24] + "..."


def _size(value):
    """Bytes of one value."""
    if type(value) is str:
        return _str_size(value)
    if type(value) is float:
        return _float_size(value, str(value))
    sign = 1 if value < 0 else 0
    value = abs(value)
    part = 600
    while value >= 10**part:  # in parts: CPython refuses to write an int of more than 4,300 digits
        value //= 10**part
        sign += part
    return sign + len(str(value))


def _str_size(text):
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


def _float_size(value, text):
    """Bytes of a float as CPython writes it: the shortest text that means it. text is this runtime's own."""
    digits, point = _parse(text)
    # A text of up to 15 digits is the shortest: no two of them mean the same number. Longer ones and those
    # of the very smallest numbers need not be on MicroPython, and only 64-bit floats have such texts.
    if value and (digits > 15 or abs(value) < 1e-290):
        from .double import shortest

        digits, point = shortest(abs(value), point)
    sign = 1 if text[0] == "-" else 0
    if -4 < point <= 16:
        return sign + digits + 1 + (1 - point if point <= 0 else point - digits + 1 if point >= digits else 0)
    return sign + digits + (1 if digits > 1 else 0) + (5 if abs(point - 1) > 99 else 4)


def _parse(text):
    """Count of a number's digits and the place of its point after the first of them."""
    text, _, exponent = text.lstrip("-").partition("e")
    whole, _, fraction = text.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)
    return (len(digits.rstrip("0")), point) if digits else (1, 1)
