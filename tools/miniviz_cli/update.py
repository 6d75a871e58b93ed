"""`miniviz update`: this firmware onto a board over the air, or into a folder for any web server."""

from pathlib import Path
from typing import Annotated, cast

import typer

from . import boards, mpremote, placeholders, release, staging
from .errors import UserError

_ASK = """
try:
    import miniviz
except ImportError as error:
    print("no firmware: ", error)
else:
    print("update", miniviz.update(%r))
"""
_ANSWER = "update "
_NO_FIRMWARE = "no firmware: "
_FAILED = ("no update: ", "no WiFi: ", "no time, ")


def update(
    port: Annotated[
        str | None, typer.Option(help="The serial port of the board to update; default: the first USB one.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where the board looks; default: what its config.json says.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Publish into this folder instead, for any web server.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="With --to: the boards' config.json; its token signs the manifest.")
    ] = None,
    board: Annotated[
        str | None, typer.Option(help="With --to: default is the board that the config names.")
    ] = None,
    source: Annotated[
        bool, typer.Option("--source", help="With --to: .py files instead of compiled .mpy.")
    ] = False,
) -> None:
    """Tell a board on a cable to fetch its server's version now; with --to, publish one for any board."""
    if to is None:
        _on_the_cable(port, url)
        return
    if config is None:
        raise UserError("--to also needs --config FILE: the manifest is signed with the token in it", 2)
    _publish(to, config, board, source=source)


def _on_the_cable(port: str | None, url: str | None) -> None:
    lines = mpremote.run(port, [["exec", _ASK % url]], _show)
    if any(line.startswith(_NO_FIRMWARE) for line in lines):
        raise UserError("there is no firmware on the board to be updated; put it there with `miniviz deploy`")
    said = next((line for line in lines if line.startswith(_FAILED)), None)
    if said:
        raise UserError(said)
    answer = next((line for line in reversed(lines) if line.startswith(_ANSWER)), "")
    if not answer:
        raise UserError("the firmware on this board knows no update(); `miniviz deploy` brings one that does")
    # Also where nothing is newer: the question has stopped the firmware.
    mpremote.run(port, [["reset"]])
    version = answer.removeprefix(_ANSWER)
    if version == "None":
        typer.echo("the board runs the server's version already; it starts again")
    else:
        typer.echo(f"{version} starts now, on trial: it stays once it has delivered a reading")


def _show(line: str) -> None:
    if not line.startswith((_ANSWER, _NO_FIRMWARE)):  # these are for us
        typer.echo(line)


def _publish(folder: Path, config: Path, name: str | None, *, source: bool) -> None:
    settings = staging.read_config(config)
    placeholders.check(settings, config)
    facts = boards.load(name) if name else boards.of_config(settings)
    if facts is None:
        raise UserError(f'{config} names no board; set "board" there or give --board', 2)
    made = release.build(facts, source=source)
    manifest = release.publish(made, _key(settings, config), folder)
    size = sum(map(len, made.files.values())) // 1024
    typer.echo(f"{made.version} for {facts.title}: {len(made.files)} files, {size} KB, manifest {manifest}")
    typer.echo(f'boards look there with "update": {{"url": "https://..."}}, the address of {folder}')


def _key(settings: dict[str, object], config: Path) -> str:
    plan, platform = settings.get("update"), settings.get("miniviz")
    for place, field in ((plan, "key"), (platform, "token")):
        if isinstance(place, dict):
            found = cast("dict[str, object]", place).get(field)
            if isinstance(found, str) and found:
                return found
    raise UserError(f"{config} has neither update.key nor miniviz.token to sign the manifest with", 2)
