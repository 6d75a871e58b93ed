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
    if not hasattr(sys.modules.get(name), "Camera"):
        from .. import find  # once, at the start

        find.load(__name__, kind, "Camera", TYPES, CameraError)
    return sys.modules[name]
