"""The cameras by name: a type is a module of this package with FIELDS and a class Camera.

A Camera has SIZES ("320x240", ascending), QUALITIES (of 100, ascending), set(size, quality), capture() and
close(). A frame has size, format ("jpeg" or "png"), readinto(buf), which returns a count, and close().
"""

import sys

TYPES = ("arducam_mega", "arducam_mini", "esp32")  # the built-in ones; any other file counts too


class CameraError(Exception):
    """A camera or a picture that could not be had: one sentence with the fix."""


def fields(kind):
    """The table of config fields of this type of camera."""
    return getattr(_module(kind), "FIELDS", {})


def create(entry):
    """The camera of a checked config entry."""
    return _module(entry["type"]).Camera(entry)


def _module(kind):
    name = __name__ + "." + str(kind)
    if name not in sys.modules:
        letters = kind.replace("_", "a") if isinstance(kind, str) and kind[:1] != "_" else ""
        if not 0 < len(letters) <= 40 or not all("a" <= c <= "z" or "0" <= c <= "9" for c in letters):
            raise CameraError(_unknown(kind))
        try:
            __import__(name)
        except ImportError as error:
            if name in str(error):
                raise CameraError(_unknown(kind))
            raise CameraError("the camera '%s' needs a module that is not installed: %s" % (kind, error))
        except SyntaxError as error:
            raise CameraError("cameras/%s.py is no valid Python: %s" % (kind, error))
    module = sys.modules[name]
    if not hasattr(module, "Camera"):
        raise CameraError(_unknown(kind))
    return module


def _unknown(kind):
    from ..nearest import nearest

    guess = nearest(kind, TYPES) if isinstance(kind, str) else None
    hint = "did you mean '%s'? " % guess if guess else ""
    return "'%s' is no known camera; %sknown: %s" % (str(kind)[:40], hint, ", ".join(TYPES))
