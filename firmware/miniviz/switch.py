"""Which version runs: the one that was installed, or one from the air, which has to prove itself.

This file, __init__.py, archive.py, port.py and port_seldom.py beside them, and main.py, stay as they were
installed. version.json says where the package is; it is written beside itself and renamed, so it is always
whole: `use` "a" or "b" (without it: as installed), `version`, `id`, `serial`, and while a version is on trial
`left` (starts it still has), `minutes` (until it must have delivered) and `before` (what to go back to).
"""

import json
import os
import sys

POINTER = "version.json"
FOLDER = "versions"


def load():
    """What version.json says; {} where there is none."""
    try:
        with open(POINTER) as file:
            found = json.load(file)
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def save(pointer):
    """Replace version.json, whole or not at all."""
    with open(POINTER + ".new", "w") as file:
        json.dump(pointer, file)
    getattr(os, "replace", os.rename)(POINTER + ".new", POINTER)  # as port.replace, which may not be loaded


def place(slot):
    """The file of a version from the air, see archive.py."""
    return FOLDER + "/" + slot + ".bin"


def choose(starting):
    """Let the package's modules come from the version to run; returns its Trial unless it has delivered."""
    pointer = load()
    if starting and "left" in pointer:
        pointer = _count(pointer)
    slot = pointer.get("use")
    folder = slot and _mount(place(slot))
    if not folder:
        return None
    trial = Trial(pointer) if "left" in pointer else None
    _forget_port()
    package = sys.modules["miniviz"]
    # MicroPython's __path__ is a text, CPython's a list.
    package.__path__ = folder if isinstance(package.__path__, str) else [folder]
    return trial


def _mount(path):
    """The folder with the version's files; None where they are gone, and what was installed must do."""
    from . import port

    try:
        return port.mount(path)
    except (OSError, ValueError) as error:
        print("update: %s cannot be read (%s)" % (path, error))
        return None


def _forget_port():
    """The version has modules of its own by these names."""
    from . import unload

    unload("port", "port_seldom", "archive", "port_cpython")


def _count(pointer):
    """One start less; the pointer to use, which is the one before when none was left."""
    if pointer["left"] <= 0:
        return go_back(pointer, "it was started several times and delivered nothing")
    pointer["left"] -= 1
    try:
        save(pointer)
    except OSError:  # a full flash: the time limit still holds
        pass
    return pointer


def go_back(pointer, why):
    """The version before runs from the next start on; the reason is kept."""
    print("update: %s goes back to the version before: %s" % (pointer.get("version"), why))
    before = pointer.get("before") or {}
    before["failed"] = {"id": pointer.get("id"), "version": pointer.get("version"), "why": why}
    try:
        save(before)
    except OSError as error:
        print("update: version.json cannot be written (%s)" % error)
    return before


class Trial:
    """A version that is used for good once it has delivered; nothing it does keeps it without that."""

    def __init__(self, pointer):
        from . import port

        # Taken now, from the files as they were installed; the new version gets a port.py of its own.
        self._make_timer, self._reset = port.timer, port.reset
        self._pointer = pointer
        self._timer = None

    def run(self, start):
        """Start it; what escapes it, and a delivery that does not come, end in the version before."""
        if "left" not in self._pointer:  # it has delivered; a person started it again
            start()
            return
        try:
            # An esp32's timers have numbers, and 0 is the LED's.
            self._timer = self._make_timer(self._pointer["minutes"] * 60000, self._late, 1)
        except ImportError:  # a computer has no Timer; there the starts are counted only
            pass
        try:
            start()
        except Exception as error:  # noqa: BLE001 an import or a constructor that fails never reaches the guard
            self.failed("it cannot start (%s)" % error.__class__.__name__)

    def delivered(self):
        """The platform has a reading of this version: it stays."""
        if self._timer:
            self._timer.deinit()
        kept = {key: self._pointer[key] for key in ("use", "version", "id", "serial")}
        self._pointer = kept
        save(kept)
        return kept

    def failed(self, why):
        """Back to the version before, now."""
        go_back(self._pointer, why)
        self._reset()

    def _late(self, _):
        self.failed("no reading was delivered within %d minutes" % self._pointer["minutes"])
