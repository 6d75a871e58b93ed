"""`miniviz deploy`: the firmware and a config.json onto a board: only what changed, every file verified."""

import json
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from . import boards, firmware_code, loopback, mpremote, onboard, package, paths, placeholders, staging, watch
from .errors import UserError
from .onboard import CONFIG, RECORD

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
# First the pointer: from then on what was deployed runs, whatever becomes of the folders.
_HOME = """
import os
def clear(f):
    try:
        found = list(os.ilistdir(f))
    except OSError:
        return
    for e in found:
        if e[1] == 0x4000:
            clear(f + "/" + e[0])
        else:
            os.remove(f + "/" + e[0])
    os.rmdir(f)
try:
    os.remove("version.json")
except OSError:
    pass
clear("versions")
"""
# Somebody's own program is moved aside, not overwritten.
ASIDE = "main_before_miniviz.py"
_MOVE = f"import os; os.rename('main.py', '{ASIDE}')"


def deploy(
    config: Annotated[
        Path | None, typer.Option(help="The config.json for this board; default: the one that is on it.")
    ] = None,
    port: Annotated[str | None, typer.Option(help="Its serial port; default: the first USB one.")] = None,
    board: Annotated[str | None, typer.Option(help="Default: the board that the config names.")] = None,
    source: Annotated[
        bool, typer.Option("--source", help="Copy .py files instead of compiled .mpy.")
    ] = False,
    ca: Annotated[
        Path | None, typer.Option(help="The root certificate of a server of your own, PEM or DER.")
    ] = None,
    start: Annotated[bool, typer.Option(help="Reset the board at the end, so that it starts.")] = True,
    again: Annotated[bool, typer.Option("--watch", help="Deploy again on every save, until Ctrl-C.")] = False,
) -> None:
    """Put the firmware and a config.json onto a board: what changed, and nothing of yours is removed."""
    job = _Job(config, port, board, source, start, ca)
    if not again:
        job.run()
        return
    places = [paths.firmware(), paths.boards(), *([config] if config else [])]
    try:
        while True:
            before = watch.state(places)
            job.try_it()
            typer.echo("watching for changes, Ctrl-C ends")
            watch.change(places, before)
    except KeyboardInterrupt:
        typer.echo("")


@dataclass(frozen=True)
class _Job:
    """One board, and what it shall get."""

    config: Path | None
    port: str | None
    board: str | None
    source: bool
    start: bool
    ca: Path | None

    def try_it(self) -> None:
        """Run; what is wrong with a half-edited file is said, not the end."""
        try:
            self.run()
        except UserError as error:
            typer.echo(f"miniviz: {error}", err=True)

    def run(self) -> None:
        """Bring the board up to date."""
        with tempfile.TemporaryDirectory(prefix="miniviz-") as folder:
            stage = Path(folder)
            if self.config:
                facts = _checked(self.config, self.board)
                found = onboard.probe(self.port)
            else:
                found = onboard.probe(self.port)
                facts = self._of_the_board(found, stage / CONFIG)
            code = _stage(stage, facts, self.config or stage / CONFIG, source=self.source, ca=self.ca)
            if self.config:
                staging.stage_config(stage, self.config)
            onboard.fit(found, facts, code)
            files = [*code, CONFIG] if (stage / CONFIG).exists() else code
            changed = [name for name in files if found.sums.get(name) != _digest(stage / name)]
            gone = _gone(code, found.old)
            _copy(self.port, stage, code, changed, gone, found)
            _verify(self.port, stage, changed)
            _end_air(self.port, found)
        if self.start:
            mpremote.run(self.port, [["reset"]])
        typer.echo(_summary(facts, len(files), len(changed), start=self.start))
        if CONFIG not in files:
            typer.echo("It has no config.json: it opens the WiFi miniviz-XXXX, where a phone sets it up.")

    def _of_the_board(self, found: onboard.Found, config: Path) -> boards.Board:
        """The board by its own config.json, or by --board for one that a phone will set up."""
        if onboard.CONFIG not in found.sums and self.board:
            return boards.load(self.board)
        onboard.fetch_config(self.port, found, config)
        return _checked(config, self.board)


def _checked(config: Path, name: str | None) -> boards.Board:
    facts = _board(config, name)
    _check(config, facts)
    return facts


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
    found = staging.read_config(config)
    placeholders.check(found, config)
    module = firmware_code.config()
    try:
        module.check(json.loads(config.read_text(encoding="utf-8")), board.device_facts())
    except ValueError as error:
        raise UserError(f"{config} is not valid JSON: {error}") from None
    except module.ConfigError as error:
        raise UserError(str(error)) from None
    loopback.warn(found)


def _stage(stage: Path, board: boards.Board, config: Path, *, source: bool, ca: Path | None) -> list[str]:
    staging.stage_code(stage, None if source else board.mpy.arch)
    staging.stage_board(stage, board)
    if config.exists():
        staging.stage_ca(stage, staging.read_config(config), ca)
    else:
        _stage_any_ca(stage, ca)
    files = (path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file())
    return sorted(name for name in files if name != CONFIG)


def _stage_any_ca(stage: Path, file: Path | None) -> None:
    """The root that the platform's usual address needs; a board on a table without network goes without."""
    try:
        staging.stage_ca(stage, {"miniviz": {}}, file)
    except UserError as error:
        typer.echo(f"without ca.der, which https needs: {error}", err=True)


def _gone(code: list[str], old: list[str]) -> list[str]:
    """Our files of an earlier deploy, and each module's other form: a .py is imported before its .mpy."""
    twins = [name[:-4] + ".py" if name.endswith(".mpy") else name[:-3] + ".mpy" for name in code]
    ours = {name for name in [*old, *twins] if name.startswith("miniviz/")}
    return sorted(ours - {*code})


def _copy(
    port: str | None, stage: Path, code: list[str], changed: list[str], gone: list[str], found: onboard.Found
) -> None:
    """Code first, config last; the record of what is ours is true at every moment between."""
    files = [name for name in changed if name != CONFIG]
    folders = sorted({parent.as_posix() for name in files for parent in Path(name).parents} - {"."})
    commands = [["exec", _MOVE]] if found.foreign else []
    if files:
        both = stage / "both.json"
        both.write_text(_record(sorted({*code, *found.old})), encoding="utf-8")
        commands += [["fs", "cp", "-f", str(both), f":{RECORD}"], ["exec", _MKDIR % (folders,)]]
    commands += [["fs", "cp", "-f", str(stage / name), f":{name}"] for name in files]
    commands += [["exec", _REMOVE % (gone,)]]
    if files or {*found.old} != {*code}:
        ours = stage / "ours.json"
        ours.write_text(_record(code), encoding="utf-8")
        commands += [["fs", "cp", "-f", str(ours), f":{RECORD}"]]
    commands += onboard.config_commands(stage / CONFIG) if CONFIG in changed else []
    _with_progress(port, commands, sum(command[:2] == ["fs", "cp"] for command in commands))
    if found.foreign:
        typer.echo(f"the main.py that was on the board is now {ASIDE}")


def _record(files: list[str]) -> str:
    """What is ours, and since when: over the air nothing older is taken."""
    return json.dumps({"files": files, "serial": package.serial()})


def _with_progress(port: str | None, commands: list[list[str]], copies: int) -> None:
    columns = TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("connecting", total=copies)

        def advance(line: str) -> None:
            if line.startswith("cp "):
                progress.update(task, advance=1, description=line.rpartition(" :")[2])

        mpremote.run_steadily(port, commands, advance)


def _verify(port: str | None, stage: Path, names: list[str]) -> None:
    """Compare the hashes that the board computes from its flash with ours."""
    if not names:
        return
    lines = mpremote.run_steadily(port, [["fs", "sha256sum", *(f":{name}" for name in names)]])
    for name in names:
        said = f"sha256sum :{name}"
        found = lines[lines.index(said) + 1] if said in lines[:-1] else "nothing"
        if found != _digest(stage / name):
            raise UserError(f"{name} is not on the board as it was sent; deploy again")


def _end_air(port: str | None, found: onboard.Found) -> None:
    """What came over the air gives way to what was deployed, once all of that is there."""
    if found.air is not None:
        mpremote.run(port, [["exec", _HOME]])
    if found.air:
        typer.echo(f"{found.air}, which came over the air, gives way to what was deployed")


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


def _summary(board: boards.Board, files: int, changed: int, *, start: bool) -> str:
    new = f" ({changed} of them new)" if 0 < changed < files else "" if changed else " (none of them new)"
    return f"{board.title}: {files} files{new} are in place and verified{', it starts' if start else ''}"
