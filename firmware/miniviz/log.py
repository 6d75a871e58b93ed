"""Log lines on the console: short, levelled, stamped, and never with a secret in them."""

from . import port
from .port import const

LEVELS = ("debug", "info", "warning", "error")

_level = 1
_clock = None
_secrets = ()
_KEPT = const(20)
kept = []  # the last warnings and errors as (stamp, text), for postmortem


def setup(level="info", clock=None, secrets=()):
    """Set the lowest level shown, the clock for the stamps and the strings to mask."""
    global _level, _clock, _secrets
    _level = LEVELS.index(level)
    _clock = clock
    _secrets = tuple(s for s in secrets if len(s) > 3)  # masking a letter or two would only garble


def mask(text):
    """The text with every known secret replaced by ***."""
    for secret in _secrets:
        text = text.replace(secret, "***")
    return text


def iso(ms):
    """Milliseconds of UNIX time as 2026-11-22T21:14:03.123Z."""
    t = port.gmtime(ms // 1000)
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (t[0], t[1], t[2], t[3], t[4], t[5], ms % 1000)


def _stamp():
    if _clock is None:
        return "+?"
    now = _clock.now_ms()
    if now is not None:
        return iso(now)
    up = _clock.uptime_ms()
    return "+%d.%03ds" % (up // 1000, up % 1000)


def _write(level, who, text):
    if level >= _level:
        print(_stamp(), "DIWE"[level], who, end=": ")  # in two steps: nothing is put together for it
        text = mask(text)
        print(text)
        if level > 1:
            text = who + ": " + text
            if not kept or kept[-1][1] != text:  # what is tried again and again stands there once
                kept.append((_stamp(), text))
                del kept[:-_KEPT]


def debug(who, text):
    """For the person who looks for a fault."""
    _write(0, who, text)


def info(who, text):
    """What went well."""
    _write(1, who, text)


def warning(who, text):
    """What went wrong and will be tried again."""
    _write(2, who, text)


def error(who, text):
    """What needs a person."""
    _write(3, who, text)
