"""What is wrong with a reading that the platform would refuse, in a sentence; loaded when there is one."""

from .json_size import size, value_size
from .rules import MAX_BYTES, MAX_KEYS, MAX_MS, MIN_MS, Refused, text_size

_NO_TEXT = " is no valid Unicode (half of a surrogate pair); replace that character"


def explain(label, payload):
    """Raise the Refused of the first rule that they break."""
    check_text("label", label, "label_key")
    if type(payload) is not dict:
        raise Refused("payload", None, "payload is %s; give a dict" % kind_of(payload))
    _check_keys(payload)
    for key in sorted(payload):  # in the same order on every runtime
        _check_value(key, payload[key])
    total = size(payload)
    if total > MAX_BYTES:
        raise Refused("size", *_largest(payload, total))


def explain_timestamp(ms):
    """Raise the Refused of a timestamp that is none."""
    if type(ms) is not int:
        raise Refused("timestamp", None, "timestamp is %s; give an int of milliseconds" % kind_of(ms))
    if not MIN_MS <= ms <= MAX_MS:
        if MIN_MS <= ms * 1000 <= MAX_MS:
            fix = "that is in seconds; multiply by 1000"
        elif ms < MIN_MS:
            fix = "that is before 2020; set the clock first"
        else:
            fix = "that is after the year 9999; divide to milliseconds"
        shown = ms if abs(ms) < MAX_MS * 10000 else "huge"  # a huge int may have no text on CPython
        raise Refused("timestamp", None, "timestamp is %s: %s" % (shown, fix))


def _check_keys(payload):
    if not payload:
        raise Refused("empty", None, "payload is empty; give at least one value")
    if len(payload) > MAX_KEYS:
        message = "payload has %d keys, the limit is %d; send the others as a second payload"
        raise Refused("keys", None, message % (len(payload), MAX_KEYS))
    for key in payload:
        if type(key) is not str:
            raise Refused("key", key, "a key of the payload is %s; use a string" % kind_of(key))


def _check_value(key, value):
    if text_size(key) < 0:
        raise Refused("text", key, "a key of the payload" + _NO_TEXT)
    kind = type(value)
    if kind is float:
        if value - value != 0:  # true for nan and both infinities alone
            message = "'%s' is %s, which JSON has no number for; leave it out" % (_short(key), value)
            raise Refused("number", key, message)
    elif kind is str:
        if text_size(value) < 0:
            raise Refused("text", key, "'%s'" % _short(key) + _NO_TEXT)
    elif kind is not int:
        fix = 'send "true"/"false" or 1/0' if kind is bool else "send str, int or float"
        raise Refused("type", key, "'%s' is %s; %s" % (_short(key), kind_of(value), fix))


def _largest(payload, total):
    """Key and message for a payload that is too big."""
    worst, most = None, -1
    for key in sorted(payload):
        bytes_ = text_size(key) + value_size(payload[key])
        if bytes_ > most:
            worst, most = key, bytes_
    message = "payload is %d bytes, the limit is %d; the largest value is '%s' with %d: shorten or split it"
    return worst, message % (total, MAX_BYTES, _short(worst), value_size(payload[worst]))


def check_text(rule, value, field, most=None):
    """Raise Refused unless it is a text that is neither empty nor too long."""
    if type(value) is not str or not value:
        found = "empty" if type(value) is str else kind_of(value)
        raise Refused(rule, None, "%s is %s; give a string" % (field, found))
    if most and len(value) > most:
        raise Refused(rule, None, "%s has %d characters, the limit is %d" % (field, len(value), most))
    if text_size(value) < 0:
        raise Refused(rule, None, field + _NO_TEXT)


def kind_of(value):
    """Its type, for a sentence."""
    try:
        return "of type %s" % type(value).__name__
    except Exception:  # noqa: BLE001 - a metaclass may raise anything, and check() raises Refused alone
        return "of an unknown type"


def _short(key):
    return key if len(key) <= 24 else key[:24] + "..."
