"""`miniviz doctor`: this computer and the board in one table, ending in the one thing to do."""

from typing import Annotated

import typer

from . import host_checks, mpremote, onboard
from .errors import UserError
from .host_checks import Line

_WELL = "All is well"  # a dot follows, or a warning and how to mend it
_DO = "What to do: "
_DEPLOY = _DO + "put the firmware on the board with `miniviz deploy`"
# The address alone: nothing secret leaves the board.
_ASK_URL = """
import json
try:
    with open("config.json") as f:
        print("url", json.load(f)["miniviz"].get("url", ""))
except (OSError, ValueError, KeyError, TypeError, AttributeError):
    print("url ")
"""
_CHECK_UP = f"""
try:
    import miniviz
except ImportError as error:
    print("firmware FAULT cannot be loaded:", error)
    print("{_DEPLOY}")
else:
    miniviz.checkup()
"""
_URL = "https://api.miniviz.net"


def doctor(
    port: Annotated[str | None, typer.Option(help="The serial port; default: the first USB one.")] = None,
    restart: Annotated[bool, typer.Option(help="Start the firmware again afterwards.")] = True,
) -> None:
    """Test this computer and the board, to the server's answer; exit code 1 if something is wrong."""
    fixes = [line.fix for line in map(_show, host_checks.computer(port)) if line.fix]
    if fixes:
        typer.echo(_DO + fixes[0])
        raise typer.Exit(1)
    try:
        url = onboard.answer(port, _ASK_URL, "url ").strip() or _URL
        fixes = [line.fix for line in map(_show, host_checks.platform(url)) if line.fix]
        closing = _board(port, restart=restart)
    except UserError as error:
        _show(Line("board", str(error), str(error)))
        typer.echo(f"{_DO}{error}")
        raise typer.Exit(1) from None
    # What the board suffers from comes first: it may reach what this computer cannot.
    if closing.startswith(_WELL) and fixes:
        closing = _DO + fixes[0]
    typer.echo(closing)
    raise typer.Exit(0 if closing.startswith(_WELL) else 1)


def _show(line: Line) -> Line:
    typer.echo(f"{line.name:<8} {'FAULT' if line.fix else 'ok   '} {line.found}")
    return line


def _board(port: str | None, *, restart: bool) -> str:
    """The board's own lines, and its last sentence."""
    told: list[str] = []

    def show(line: str) -> None:
        if line.startswith((_WELL, _DO)):
            told.append(line)
        else:
            typer.echo(line)

    steps = [["exec", _CHECK_UP]]
    mpremote.run(port, [*steps, ["reset"]] if restart else steps, show)
    return told[0] if told else _DEPLOY
