"""A folder that looks like the board's file system: main.py, miniviz/, board.json, config.json."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from miniviz_lab import mpy

from . import ca, paths
from .boards import Board
from .errors import UserError


def read_config(file: Path) -> dict[str, object]:
    """The user's config.json as far as the host needs it; anything but an object counts as empty."""
    try:
        config = json.loads(_text(file))
    except ValueError:
        return {}
    return cast("dict[str, object]", config) if isinstance(config, dict) else {}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(
            f"there is no file {file}; copy firmware/config.example.json and fill it in", 2
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {file}: {error}", 2) from None


def stage_code(folder: Path, arch: str | None = None) -> None:
    """Put main.py and the package there; compiled for the architecture, or as source without one."""
    source = paths.firmware()
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / "main.py", folder / "main.py")
    if arch is not None:
        # In a folder that is kept, the source of an earlier run would be imported first.
        shutil.rmtree(folder / "miniviz", ignore_errors=True)
        _compile(source / "miniviz", folder / "miniviz", arch)
        return
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(source / "miniviz", folder / "miniviz", ignore=ignore, dirs_exist_ok=True)


def _compile(source: Path, target: Path, arch: str) -> None:
    try:
        mpy.compile_tree(source, target, arch)
    except (SyntaxError, FileNotFoundError) as error:
        raise UserError(str(error)) from None


def stage_board(folder: Path, board: Board | None) -> None:
    """Put board.json there; without a board the firmware checks pins as plain numbers."""
    if board:
        (folder / "board.json").write_text(json.dumps(board.device_facts()), encoding="utf-8")


def stage_ca(folder: Path, config: Mapping[str, object], file: Path | None = None) -> bool:
    """Put ca.der there if the config's server is spoken to by TLS: the file's, or the one that is found."""
    url = ca.needed(config)
    if url is None:
        return False
    (folder / "ca.der").write_bytes(ca.from_file(file) if file else ca.root_for(url))
    return True


def stage_config(folder: Path, file: Path) -> None:
    """Put the user's config.json there, byte by byte unless the board would misread it; its owner's only."""
    text = _text(file)
    target = folder / "config.json"
    target.touch(mode=0o600)
    target.write_bytes(_plain(text) or file.read_bytes())


def _plain(text: str) -> bytes | None:
    """The JSON without `\\ud83d\\ude00`: MicroPython makes two halves of that instead of one character."""
    if "\\ud" not in text.lower():
        return None
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2).encode()
    except ValueError:  # not JSON, or half a character: for the board's own check
        return None
