"""Finds the module of a type of sensor or camera; loaded while the device starts."""

import sys

from .nearest import nearest


def load(package, kind, what, known, error):
    """Import it, which has a class named `what` ("Sensor", "Camera"); raises error if there is none such."""
    name = package + "." + str(kind)
    noun = what.lower()
    if _is_word(kind):
        try:
            __import__(name)
        except ImportError as lacking:
            if name not in str(lacking):
                message = "the %s '%s' needs a module that is not installed: %s"
                raise error(message % (noun, kind, lacking))
        except SyntaxError as mistake:
            raise error("%ss/%s.py is no valid Python: %s" % (noun, kind, mistake))
    if not hasattr(sys.modules.get(name), what):
        guess = nearest(kind, known) if isinstance(kind, str) else None
        hint = "did you mean '%s'? " % guess if guess else ""
        raise error("'%s' is no known %s; %sknown: %s" % (str(kind)[:40], noun, hint, ", ".join(known)))


def _is_word(kind):
    if not isinstance(kind, str) or not 0 < len(kind) <= 40 or kind[0] == "_":  # MicroPython: "name too long"
        return False
    return all(c == "_" or "0" <= c <= "9" or "a" <= c <= "z" for c in kind)
