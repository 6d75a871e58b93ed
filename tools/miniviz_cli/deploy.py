"""`miniviz deploy`: the firmware and a config.json onto a board, config last, every file verified."""

import json
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from . import boards, firmware_code, mpremote, staging
from .errors import UserError

# On the board: which files deploy put there, so that it removes nothing else.
RECORD = "deployed.json"
_PROBE = """
import sys, os, json
try:
    with open("deployed.json") as f:
        old = json.load(f)["files"]
except (OSError, ValueError, KeyError):
    old = []
i = sys.implementation
mpy = getattr(i, "_mpy", 0) & 255
found = {"platform": sys.platform, "version": list(i.version[:3]), "mpy": mpy, "old": old}
found["foreign"] = "main.py" in os.listdir() and "main.py" not in old
print("probe", json.dumps(found))
"""
_MKDIR = """
import os
for d in %r:
    try:
        os.mkdir(d)
    except OSError as e:
        if e.errno != 17:
            raise
"""
_REMOVE = """
import os
for f in %r:
    try:
        os.remove(f)
    except OSError:
        pass
"""
# Somebody's own program is moved aside, not overwritten.
ASIDE = "main_before_miniviz.py"
_MOVE = f"import os; os.rename('main.py', '{ASIDE}')"
_MPY_VERSION = 6
_LEAST = (1, 24)


def deploy(
    config: Annotated[Path, typer.Option(help="The config.json for this board.")],
    port: Annotated[str | None, typer.Option(help="Its serial port; default: the first USB one.")] = None,
    board: Annotated[str | None, typer.Option(help="Default: the board that the config names.")] = None,
    source: Annotated[
        bool, typer.Option("--source", help="Copy .py files instead of compiled .mpy.")
    ] = False,
    start: Annotated[bool, typer.Option(help="Reset the board at the end, so that it starts.")] = True,
) -> None:
    """Put the firmware and a config.json onto a board; what is there already stays."""
    facts = _board(config, board)
    _check(config, facts)
    with tempfile.TemporaryDirectory(prefix="miniviz-") as folder:
        stage = Path(folder)
        staging.stage_code(stage, None if source else facts.mpy.arch)
        staging.stage_board(stage, facts)
        code = sorted(path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file())
        staging.stage_config(stage, config)
        found = _probe(port)
        _fit(found, facts, code)
        _copy(port, stage, code, found)
        _verify(port, stage, [*code, "config.json"])
    if start:
        mpremote.run(port, [["reset"]])
    typer.echo(
        f"{facts.title}: {len(code) + 1} files are in place and verified{', it starts' if start else ''}"
    )


def _board(config: Path, name: str | None) -> boards.Board:
    named = staging.read_config(config).get("board")
    if name:
        return boards.load(name)
    if isinstance(named, str):
        return boards.load(named)
    raise UserError(
        f'{config} names no board; set "board" there or give --board: {", ".join(boards.names())}', 2
    )


def _check(config: Path, board: boards.Board) -> None:
    """Say here what the board would say after the copying."""
    module = firmware_code.config()
    try:
        module.check(json.loads(config.read_text(encoding="utf-8")), board.device_facts())
    except ValueError as error:
        raise UserError(f"{config} is not valid JSON: {error}") from None
    except module.ConfigError as error:
        raise UserError(str(error)) from None


class _Found(NamedTuple):
    """What stands on the board before we touch it."""

    platform: str
    version: list[int]
    mpy: int
    old: list[str]
    foreign: bool


def _probe(port: str | None) -> _Found:
    lines = mpremote.run(port, [["exec", _PROBE]])
    answer = next((line for line in lines if line.startswith("probe ")), None)
    if answer is None:
        raise UserError("the board answers, but not as MicroPython does; flash an official image first")
    return _Found(**json.loads(answer.removeprefix("probe ")))


def _fit(found: _Found, board: boards.Board, code: list[str]) -> None:
    """Refuse a board that this firmware does not fit."""
    if tuple(found.version) < _LEAST:
        version = ".".join(map(str, found.version))
        raise UserError(f"the board runs MicroPython {version}, 1.24 or newer is needed: {board.image.page}")
    if found.platform in ("rp2", "esp32") and found.platform != board.port:
        raise UserError(f"the board is of the kind {found.platform}, the config is for {board.title}")
    if found.mpy != _MPY_VERSION and any(name.endswith(".mpy") for name in code):
        raise UserError("this board's MicroPython takes another kind of .mpy file; deploy with --source")


def _gone(code: list[str], old: list[str]) -> list[str]:
    """Our files of an earlier deploy, and each module's other form: a .py is imported before its .mpy."""
    twins = [name[:-4] + ".py" if name.endswith(".mpy") else name[:-3] + ".mpy" for name in code]
    ours = {name for name in [*old, *twins] if name.startswith("miniviz/")}
    return sorted(ours - {*code})


def _copy(port: str | None, stage: Path, code: list[str], found: _Found) -> None:
    """Code first, config last; the record of what is ours is true at every moment between."""
    gone = _gone(code, found.old)
    folders = sorted({parent.as_posix() for name in code for parent in Path(name).parents} - {"."})
    both, ours = stage / "both.json", stage / "ours.json"
    both.write_text(json.dumps({"files": sorted({*code, *found.old})}), encoding="utf-8")
    ours.write_text(json.dumps({"files": code}), encoding="utf-8")
    commands = [["exec", _MOVE]] if found.foreign else []
    commands += [["fs", "cp", str(both), f":{RECORD}"], ["exec", _MKDIR % (folders,)]]
    commands += [["fs", "cp", str(stage / name), f":{name}"] for name in code]
    commands += [["exec", _REMOVE % (gone,)], ["fs", "cp", str(ours), f":{RECORD}"]]
    commands += [["fs", "cp", str(stage / "config.json"), ":config.json"]]
    _with_progress(port, commands, len(code) + 3)
    if found.foreign:
        typer.echo(f"the main.py that was on the board is now {ASIDE}")


def _with_progress(port: str | None, commands: list[list[str]], copies: int) -> None:
    columns = TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("connecting", total=copies)

        def advance(line: str) -> None:
            if line.startswith("cp "):
                progress.update(task, advance=1, description=line.rpartition(" :")[2])

        mpremote.run(port, commands, advance)


def _verify(port: str | None, stage: Path, names: list[str]) -> None:
    """Compare the hashes that the board computes from its flash with ours."""
    lines = mpremote.run(port, [["fs", "sha256sum", *(f":{name}" for name in names)]])
    for name in names:
        said = f"sha256sum :{name}"
        found = lines[lines.index(said) + 1] if said in lines[:-1] else "nothing"
        if found != sha256((stage / name).read_bytes()).hexdigest():
            raise UserError(f"{name} is not on the board as it was sent; deploy again")
