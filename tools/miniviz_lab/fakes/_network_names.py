"""What `network` offers on every port: the host name, the country, and how both take their text."""

import world


def hostname(*name):
    if not name:
        return world.state.get("hostname", "PicoW" if world.port == "rp2" else "mpy-esp32")
    (wanted,) = name
    if not isinstance(wanted, str):
        raise TypeError("can't convert '%s' object to str implicitly" % type(wanted).__name__)
    if len(wanted) > 32:
        raise ValueError()
    world.state["hostname"] = wanted
    return None


def country(*code):
    if not code:
        return world.state.get("country", "XX")
    (wanted,) = code
    if not isinstance(wanted, str):
        raise TypeError("can't convert '%s' object to str implicitly" % type(wanted).__name__)
    if len(wanted) != 2:
        raise ValueError()
    world.state["country"] = wanted
    return None


def text(value):
    """A network's name or key as both chips take it: str or bytes, nothing else."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode()
    raise TypeError("object with buffer protocol required")
