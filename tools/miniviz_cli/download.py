"""The official image: fetched once, continued where it broke off, checked by its hash if one is known."""

import os
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import requests
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from .boards import Board
from .errors import UserError

OFFICIAL = "https://micropython.org/resources/firmware/"
_TIMEOUT = (10, 30)
_BLOCK = 1 << 14  # what is lost of a block when the line breaks is fetched again
_TRIES = 3
_Show = Callable[[int, int | None], None]


def cache() -> Path:
    """Where images stay: the user's cache folder, as each system names it."""
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "miniviz"


def image(board: Board) -> Path:
    """The board's official image on this computer; $MINIVIZ_IMAGES names another server."""
    name = board.image.file
    if name is None:
        page = board.image.page
        raise UserError(f"for the {board.title} download the image from {page} and give it with --file")
    target = cache() / name
    if not target.is_file():
        base = os.environ.get("MINIVIZ_IMAGES") or OFFICIAL
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch(f"{base.rstrip('/')}/{name}", target)
    _check(target, board.image.sha256)
    return target


def _check(file: Path, wanted: str | None) -> None:
    if wanted and sha256(file.read_bytes()).hexdigest() != wanted:
        file.unlink()
        raise UserError(f"{file.name} was not what board.toml's sha256 says and is removed; flash again")


def _fetch(url: str, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(target.name, total=None)
        for left in reversed(range(_TRIES)):
            try:
                _continue(url, part, lambda done, total: progress.update(task, completed=done, total=total))
                break
            except (requests.RequestException, OSError) as error:
                if not left:
                    raise UserError(_trouble(url, error)) from None
    part.replace(target)


def _continue(url: str, part: Path, show: _Show) -> None:
    """Fetch what is missing of it; raises unless all of it is there at the end."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
        if answer.status_code == 416:  # the part is no beginning of what the server has
            part.unlink()
            raise OSError("the server has another file than the one begun")
        answer.raise_for_status()
        if answer.status_code != 206:
            have = 0
        total = have + int(answer.headers.get("Content-Length", 0)) or None
        with part.open("ab" if have else "wb") as file:
            for block in answer.iter_content(_BLOCK):
                file.write(block)
                have += len(block)
                show(have, total)
    if total is not None and have != total:
        raise OSError(f"{have} of {total} bytes arrived")


def _trouble(url: str, error: Exception) -> str:
    answer = getattr(error, "response", None)
    if answer is not None:
        return f"{url} answered {answer.status_code}; download the image yourself and give it with --file"
    if isinstance(error, requests.ConnectionError) and "IncompleteRead" not in str(error):
        return f"cannot reach {url}; is this computer online? Or give a downloaded image with --file"
    return f"{url} broke off {_TRIES} times; flash again, it continues where it stopped"
