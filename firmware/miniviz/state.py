"""state.json: what the device remembers over a restart, written whole or not at all."""

import json
import os


class State:
    """A small dict on flash; a file that is missing or unreadable is an empty one."""

    def __init__(self, path="state.json"):
        self._path = path
        self._values = None
        self.problem = None  # why the last write failed

    def get(self, key):
        """The value kept under the key, or None."""
        if self._values is None:
            self._values = self._load()
        return self._values.get(key)

    def put(self, key, value):
        """Keep the value; a full or broken flash is no reason to stop, so that only `problem` tells."""
        if self.get(key) != value:
            self._values[key] = value
            try:
                self._save()
                self.problem = None
            except OSError as error:
                self.problem = "%s cannot be written: %s" % (self._path, error)

    def _load(self):
        try:
            with open(self._path) as file:
                values = json.load(file)
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}

    def _save(self):
        beside = self._path + ".tmp"
        with open(beside, "w") as file:
            json.dump(self._values, file)
        try:
            os.rename(beside, self._path)
        except OSError:  # FAT renames onto no existing file
            os.remove(self._path)
            os.rename(beside, self._path)
