"""Over the air: a version beside the running one, each file checked, then switched to in one rename."""

import json
from binascii import hexlify
from hashlib import sha256

from . import port, switch
from .hmac import Hmac

_MANIFEST = port.const("versions/manifest.json")
_PURPOSE = port.const(b"miniviz update 1\n")  # a token signs other things in other places
_FIRST_LINE = port.const(77)  # {"hmac": "64 digits",
_MANIFEST_MAX = port.const(32768)
_FILE_MAX = port.const(65536)
_BLOCK = port.const(4096)  # flash is given out in such pieces
_SPARE = port.const(32768)  # what the outbox must keep while a version arrives
_STARTS = port.const(2)  # fewer than the guard's three crashes: safe mode is not for a bad update


class UpgradeError(Exception):
    """One sentence why no other version was installed."""


class Upgrade:
    """One look at the server. `get(url, sink, most)` fetches; steps() works a file at a time."""

    def __init__(self, settings, get, package, url=None, again=False):
        plan = settings.update or {}
        self._board = settings.board
        self._url = "%s/%s/" % (url or plan.get("url") or settings.url + "/firmware", settings.board)
        self._project = settings.project
        self._key = (plan.get("key") or settings.token).encode()
        self._patience = _patience(settings)
        self._get = get
        self._again = again  # also a version that was rolled back before
        self._running = package if isinstance(package, str) else package[0]
        self._buffer = bytearray(512)
        self._view = memoryview(self._buffer)
        self.version = None  # the one that starts with the next boot

    def steps(self):
        """Yields after every bit of work what was done; `version` stays None where nothing is newer."""
        pointer = switch.load()
        if "left" in pointer:
            raise UpgradeError("%s is on trial still; let it deliver first" % pointer.get("version"))
        manifest = self._manifest(pointer)
        yield "manifest of %s" % manifest["version"]
        files, old = manifest["files"], []
        for name, _, digest in files:
            old.append(self._digest(self._running + "/" + name) == digest)
            yield None
        if all(old):
            return
        own = self._own(files)
        files, old = files + own, old + [True] * len(own)
        slot = "b" if pointer.get("use") == "a" else "a"
        folder = switch.place(slot)
        clear(folder, [name for name, _, _ in files])
        missing = [f for f in files if self._digest(folder + "/" + f[0]) != f[2]]
        self._room(missing)
        for i, found in enumerate(files):
            if found in missing:
                name, size, digest = found
                self._bring(folder, name, size, digest, old[i])
                yield name if not old[i] else None
        self._switch(pointer, manifest, slot)

    def _manifest(self, pointer):
        port.make_folder(switch.FOLDER)
        query = "manifest.json?project=" + _quoted(self._project)
        self._save(query, _MANIFEST, _MANIFEST_MAX)
        manifest = self._signed()
        if manifest["board"] != self._board:
            raise UpgradeError("the manifest is for %s, this board is %s" % (manifest["board"], self._board))
        if not port.mpy_fits(manifest["mpy"], manifest["native"]):
            raise UpgradeError("the files are compiled for another MicroPython; publish from a newer miniviz")
        if manifest["serial"] < (pointer.get("serial") or _installed()):
            raise UpgradeError("the manifest is older than what runs; to go back, deploy over the cable")
        failed = pointer.get("failed") or {}
        if failed.get("id") == manifest["id"] and not self._again:
            raise UpgradeError("%s was rolled back before: %s" % (failed["version"], failed["why"]))
        for name, _, _ in manifest["files"]:
            if name.startswith("/") or ".." in name or not name.endswith((".mpy", ".py")):
                raise UpgradeError("the manifest names a file that belongs to no version: " + name)
        return manifest

    def _signed(self):
        """The manifest, once its first line proves that whoever made the rest knows the key."""
        made = Hmac(self._key)
        made.update(_PURPOSE)
        with open(_MANIFEST, "rb") as file:
            first = file.read(_FIRST_LINE)
            while True:
                n = file.readinto(self._buffer)
                if not n:
                    break
                made.update(self._view[:n])
        if first != b'{"hmac": "' + hexlify(made.digest()) + b'",\n':
            raise UpgradeError("the manifest is not signed with this project's token (or update.key)")
        with open(_MANIFEST) as file:
            return json.load(file)

    def _own(self, files):
        """Sensors and cameras that somebody added to the running version: the new one gets them too."""
        stems = [name.rsplit(".", 1)[0] for name, _, _ in files]
        found = []
        for folder in ("sensors/", "cameras/"):
            try:
                names = list(port.names(self._running + "/" + folder))
            except OSError:  # frozen into the image
                continue
            for name in names:
                path = self._running + "/" + folder + name
                if name.endswith((".mpy", ".py")) and (folder + name).rsplit(".", 1)[0] not in stems:
                    found.append([folder + name, port.file_size(path), self._digest(path)])
        return found

    def _room(self, missing):
        """Refuse before the first byte if the flash cannot take it."""
        need = sum(-(-size // _BLOCK) * _BLOCK for _, size, _ in missing) + _SPARE
        free = port.disk_free(".")
        if missing and free is not None and free < need:
            raise UpgradeError(
                "%d KB of flash are free, %d KB are needed beside the running version"
                % (free // 1024, need // 1024)
            )

    def _bring(self, folder, name, size, digest, old):
        """One file into the new version: copied from the running one if that has it, else fetched."""
        target = folder + "/" + name
        _make_folders(target)
        if old:
            with open(target, "wb") as out:
                self._read(self._running + "/" + name, out.write)
        else:
            self._save(name, target, min(size, _FILE_MAX))
        if self._digest(target) != digest:
            port.remove(target)
            raise UpgradeError("%s did not arrive as the manifest says; the next look begins here" % name)

    def _save(self, name, target, most):
        with open(target, "wb") as out:
            self._get(self._url + name, out.write, most)

    def _read(self, path, sink):
        with open(path, "rb") as file:
            while True:
                n = file.readinto(self._buffer)
                if not n:
                    return
                sink(self._view[:n])
                port.feed()

    def _digest(self, path):
        """A file's SHA-256 as the flash holds it, None where it is missing."""
        found = sha256()
        try:
            self._read(path, found.update)
        except OSError:
            return None
        return hexlify(found.digest()).decode()

    def _switch(self, pointer, manifest, slot):
        """From the next start on it runs, on trial."""
        new = {"use": slot, "before": {k: pointer[k] for k in pointer if k != "failed"}}
        for key in ("version", "id", "serial"):
            new[key] = manifest[key]
        new["left"], new["minutes"] = self._patience
        switch.save(new)
        port.remove(_MANIFEST)
        self.version = manifest["version"]


def clear(folder, keep=()):
    """Remove what a version left in its folder, but for these files; True if nothing of it is left."""
    empty = True
    try:
        names = list(port.names(folder))
    except OSError:
        return True
    for name in names:
        path = folder + "/" + name
        below = [k[len(name) + 1 :] for k in keep if k.startswith(name + "/")]
        if "." not in name:
            if clear(path, below):
                port.remove_folder(path)
            else:
                empty = False
        elif name in keep:
            empty = False
        else:
            port.remove(path)
        port.feed()
    return empty


def _patience(settings):
    """How many starts, and how many minutes, a version gets until its first delivery."""
    every = min(sensor["every"] for sensor in settings.sensors)
    minutes = int(max((settings.update or {}).get("within", 15), every // 30 + 5))
    if settings.sleep and port.deep_sleeps():  # each wake is a start, and only every n-th one sends
        return 2 * int(settings.send_every // every) + _STARTS, minutes
    return _STARTS, minutes


def _installed():
    """The serial of what deploy put here over the cable."""
    try:
        with open("deployed.json") as file:
            return json.load(file).get("serial", 0)
    except (OSError, ValueError, AttributeError):
        return 0


def _quoted(text):
    from .endpoint import quote

    return quote(text)


def _make_folders(path):
    parts = path.split("/")[:-1]
    for i in range(1, len(parts) + 1):
        port.make_folder("/".join(parts[:i]))
