"""Over the air: a version beside the running one, each file checked, then switched to in one rename."""

import json
from binascii import hexlify
from hashlib import sha256

from . import archive, port, switch
from .hmac import Hmac
from .port import const

_MANIFEST = const("versions/manifest.json")
_FETCHED = const("versions/fetched")
_PURPOSE = const(b"miniviz update 1\n")  # a token signs other things in other places
_FIRST_LINE = const(77)  # {"hmac": "64 digits",
_MANIFEST_MAX = const(32768)
_FILE_MAX = const(65536)
_BLOCK = const(4096)  # flash is given out in such pieces
_SPARE = const(49152)  # the 32 KB that the outbox keeps free anyway, and some readings on top
_STARTS = const(2)  # fewer than the guard's three crashes: safe mode is not for a bad update


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
        for name, size, digest in files:
            old.append(self._digest(self._running + "/" + name, size) == digest)
            yield None
        if all(old):
            return
        own = self._own(files)
        files, old = files + own, old + [True] * len(own)
        slot = "b" if pointer.get("use") == "a" else "a"
        target = switch.place(slot)
        there = self._there(target, files)
        self._room([found for found in files if found[0] not in there])
        for i, (name, size, digest) in enumerate(files):
            if name not in there:
                self._bring(target, name, size, digest, old[i])
                yield name if not old[i] else None
        self._switch(pointer, manifest, slot)

    def _manifest(self, pointer):
        from .endpoint import quote

        port.make_folder(switch.FOLDER)
        self._save("manifest.json?project=" + quote(self._project), _MANIFEST, _MANIFEST_MAX)
        manifest = self._signed()
        if manifest["board"] != self._board:
            raise UpgradeError("the manifest is for %s, this board is %s" % (manifest["board"], self._board))
        if not port.mpy_fits(manifest["mpy"], manifest["native"]):
            raise UpgradeError("the files are for another MicroPython; publish from a newer miniviz")
        if manifest["serial"] < (pointer.get("serial") or _installed()):
            raise UpgradeError("the manifest is older than what runs; to go back, deploy over the cable")
        failed = pointer.get("failed") or {}
        if failed.get("id") == manifest["id"] and not self._again:
            raise UpgradeError("%s was rolled back before: %s" % (failed["version"], failed["why"]))
        for name, _, _ in manifest["files"]:
            if name.startswith("/") or ".." in name or not name.endswith((".mpy", ".py")):
                raise UpgradeError("the manifest names a strange file: " + name)
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
                    size = port.file_size(path)
                    found.append([folder + name, size, self._digest(path, size)])
        return found

    def _there(self, target, files):
        """The files that an interrupted look has brought; an archive with anything else is begun anew."""
        wanted, found = {name: (size, digest) for name, size, digest in files}, []
        try:
            for _, name, offset, size in archive.entries(target):
                if wanted.get(name) != (size, self._digest(target, size, offset)):
                    raise ValueError(name)
                found.append(name)
        except (OSError, ValueError):
            port.remove(target)
            return ()
        return found

    def _room(self, missing):
        """Refuse before the first byte if the flash cannot take it."""
        need = sum(len(archive.line(name, size)) + size for name, size, _ in missing)
        need = -(-need // _BLOCK) * _BLOCK + _SPARE
        free = port.disk_free(".")
        if missing and free is not None and free < need:
            raise UpgradeError(
                "%d KB of flash are free, %d KB are needed beside the running version"
                % (free // 1024, need // 1024)
            )

    def _bring(self, target, name, size, digest, old):
        """One file into the new version: from the running one if that has it, else fetched."""
        source = self._running + "/" + name
        if not old:
            source = _FETCHED
            self._save(name, source, min(size, _FILE_MAX))
            if self._digest(source, size) != digest:
                raise UpgradeError("%s did not arrive as the manifest says; the next look begins here" % name)
        line = archive.line(name, size)
        offset = port.file_size(target) + len(line)
        with open(target, "ab") as out:
            out.write(line)
            self._read(source, out.write, size)
        if self._digest(target, size, offset) != digest:
            port.remove(target)
            raise UpgradeError("the flash gives %s back spoilt" % name)

    def _save(self, name, target, most):
        with open(target, "wb") as out:
            self._get(self._url + name, out.write, most)

    def _read(self, path, sink, size, offset=0):
        """So many bytes, or as many as there are: a file in an archive that runs has no end of its own."""
        with open(path, "rb") as file:
            if offset:
                file.seek(offset)
            while size > 0:
                n = file.readinto(self._view[: min(size, len(self._buffer))])
                if not n:
                    return
                sink(self._view[:n])
                size -= n
                port.feed()

    def _digest(self, path, size, offset=0):
        """The SHA-256 of so many bytes as the flash holds them, None where the file is missing."""
        found = sha256()
        try:
            self._read(path, found.update, size, offset)
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
        port.remove(_FETCHED)
        self.version = manifest["version"]


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
