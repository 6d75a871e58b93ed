"""Finds the module of a type of sensor; loaded while the device starts."""

import sys

from ..nearest import nearest
from . import SensorError


def load(kind, name, known):
    """Import it; raises SensorError if there is none such."""
    if not _is_word(kind):
        raise SensorError(_unknown(kind, known))
    try:
        __import__(name)
    except ImportError as error:
        if name in str(error):
            raise SensorError(_unknown(kind, known))
        raise SensorError("the sensor '%s' needs a module that is not installed: %s" % (kind, error))
    except SyntaxError as error:
        raise SensorError("sensors/%s.py is no valid Python: %s" % (kind, error))
    if not hasattr(sys.modules[name], "Sensor"):
        raise SensorError(_unknown(kind, known))


def _is_word(kind):
    if not isinstance(kind, str) or not 0 < len(kind) <= 40 or kind[0] == "_":  # MicroPython: "name too long"
        return False
    return all(c == "_" or "0" <= c <= "9" or "a" <= c <= "z" for c in kind)


def _unknown(kind, known):
    guess = nearest(kind, known) if isinstance(kind, str) else None
    hint = "did you mean '%s'? " % guess if guess else ""
    return "'%s' is no known sensor; %sknown: %s" % (str(kind)[:40], hint, ", ".join(known))
