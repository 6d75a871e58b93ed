"""Temperature and humidity as a function of time alone, so that both runtimes and every run agree."""

import math

import world_time

_DAY = 86400
_DEFAULTS = {"temperature": 22.0, "swing": 4.0, "humidity": 55.0, "noise": 0.2, "seed": 1}
_now = dict(_DEFAULTS)


def reset():
    """The default day: coldest before dawn, warmest after noon."""
    _now.update(_DEFAULTS)


def configure(**changes):
    """Change the mean, the daily swing (plus and minus), the noise or the seed."""
    for key in changes:
        if key not in _DEFAULTS:
            raise ValueError("the weather has no '%s'; it has %s" % (key, ", ".join(sorted(_DEFAULTS))))
        _now[key] = changes[key]


def temperature():
    """Degrees Celsius at this moment."""
    seconds = world_time.unix_ms() // 1000
    return _now["temperature"] + _now["swing"] * _sun(seconds) + _now["noise"] * _flutter(seconds, 1)


def humidity():
    """Percent relative humidity: it falls while the day warms up."""
    seconds = world_time.unix_ms() // 1000
    dry = 2.5 * _now["swing"] * _sun(seconds)
    percent = _now["humidity"] - dry + 3 * _now["noise"] * _flutter(seconds, 2)
    return min(max(percent, 0.0), 100.0)


def _sun(seconds):
    return math.sin(2 * math.pi * ((seconds % _DAY) - 9 * 3600) / _DAY)


def _flutter(seconds, salt):
    # Value noise: a fixed pseudo-random number per half minute, joined by straight lines.
    step, rest = divmod(seconds, 30)
    here, there = _random(step, salt), _random(step + 1, salt)
    return here + (there - here) * rest / 30


def _random(step, salt):
    mixed = (step * 2654435761 + salt * 40503 + int(_now["seed"]) * 69069) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2246822519) & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 13)) & 0xFFFF) / 32767.5 - 1
