"""A version for over the air: the package compiled for a board, and the manifest that the board checks."""

import hmac
import json
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock

from . import boards, package, paths, staging, watch
from .errors import UserError

# The switch beside it starts the versions and goes back to them; a version's own only serves its upgrade.py.
STAYS = ("__init__",)
MANIFEST = "manifest.json"
# MicroPython's numbers of the machine code that a .mpy file may hold (py/persistentcode.h).
_NATIVE = {"armv6m": 4, "armv7emsp": 7, "xtensawin": 10, "rv32imc": 11}
_MPY_VERSION = 6
_PURPOSE = b"miniviz update 1\n"


@dataclass(frozen=True)
class Release:
    """One version for one board; the files' names are relative to the package."""

    board: str
    version: str
    serial: int
    native: int
    files: dict[str, bytes]

    def manifest(self, key: str) -> bytes:
        """JSON whose first line is the HMAC-SHA256 of all that follows it."""
        listed = [[name, len(data), sha256(data).hexdigest()] for name, data in self.files.items()]
        facts = {
            "version": self.version,
            "id": _id(self.files),
            "serial": self.serial,
            "board": self.board,
            "mpy": 0 if self.is_source else _MPY_VERSION,
            "native": self.native,
            "files": listed,
        }
        rest = json.dumps(facts)[1:].encode()
        seal = hmac.new(key.encode(), _PURPOSE + rest, sha256).hexdigest()
        return b'{"hmac": "' + seal.encode() + b'",\n' + rest

    @property
    def is_source(self) -> bool:
        """Whether every file is Python's source."""
        return all(name.endswith(".py") for name in self.files)


def build(board: boards.Board, *, source: bool = False) -> Release:
    """Compile what this miniviz brings."""
    with tempfile.TemporaryDirectory(prefix="miniviz-") as folder:
        home = Path(folder)
        staging.stage_code(home, None if source else board.mpy.arch)
        files = _files(home / "miniviz")
    version = f"{package.version()}+{_id(files)[:8]}"
    native = 0 if source else _NATIVE[board.mpy.arch]
    return Release(board.name, version, package.serial(), native, files)


def publish(release: Release, key: str, folder: Path) -> Path:
    """Put it where a web server finds it; the manifest comes last, when all that it names is there."""
    target = folder / release.board
    for name, data in release.files.items():
        _write(target / name, data)
    _write(target / MANIFEST, release.manifest(key))
    return target / MANIFEST


class Offer:
    """What the local server hands out: each board's version, built when asked for, kept until a change."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._built: dict[str, Release] = {}
        self._state: watch.State = {}

    def manifest(self, board: str, key: str) -> bytes | None:
        """The manifest signed with this key, or None for an unknown board."""
        found = self._release(board)
        return found.manifest(key) if found else None

    def file(self, board: str, name: str) -> bytes | None:
        """One of the version's files."""
        found = self._release(board)
        return found.files.get(name) if found else None

    def _release(self, board: str) -> Release | None:
        if board not in boards.names():
            return None
        with self._lock:
            state = watch.state([paths.firmware()])
            if state != self._state:
                self._built, self._state = {}, state
            if board not in self._built:
                self._built[board] = build(boards.load(board))
            return self._built[board]


def _files(package_folder: Path) -> dict[str, bytes]:
    found = sorted(file for file in package_folder.rglob("*") if file.suffix in (".mpy", ".py"))
    named = {file.relative_to(package_folder).as_posix(): file for file in found}
    return {name: file.read_bytes() for name, file in named.items() if name.rpartition(".")[0] not in STAYS}


def _id(files: dict[str, bytes]) -> str:
    """Names a version by what is in it, whenever it was built."""
    parts = (f"{name} {sha256(data).hexdigest()}\n" for name, data in files.items())
    return sha256("".join(parts).encode()).hexdigest()[:16]


def _write(file: Path, data: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(file.name + ".new")
        new.write_bytes(data)
        new.replace(file)
    except OSError as error:
        raise UserError(f"cannot write {file}: {error.strerror}") from None
