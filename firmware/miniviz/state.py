"""What a board remembers between two boots: state.json, written through a temporary file and a rename."""

import json

from . import log, port
from .port import const

PATH = const("state.json")


def load():
    """The remembered dict; {} at the first boot or when the file is unreadable."""
    try:
        with open(PATH) as file:
            found = json.load(file)
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def save(values):
    """Remember these values; those of other keys stay."""
    kept = load()
    kept.update(values)
    try:
        with open(PATH + ".new", "w") as file:
            json.dump(kept, file)
        port.replace(PATH + ".new", PATH)
    except OSError as error:  # a full flash must not stop the device
        log.warning("state", "cannot write %s (%s)" % (PATH, error))


def get(key):
    """One remembered value, or None."""
    return load().get(key)


def put(key, value):
    """Remember one value; flash is written only if it is new."""
    if get(key) != value:
        save({key: value})
