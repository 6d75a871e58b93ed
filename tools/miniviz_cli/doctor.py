"""`miniviz doctor`: the board tests itself, from its config to the platform's answer."""

from typing import Annotated

import typer

from . import mpremote

_WELL = "All is well."


def doctor(
    port: Annotated[str | None, typer.Option(help="The serial port; default: the first USB one.")] = None,
    restart: Annotated[bool, typer.Option(help="Start the firmware again afterwards.")] = True,
) -> None:
    """Test the board from its config to the server's answer; exit code 1 if something is wrong."""
    told: list[str] = []

    def show(line: str) -> None:
        told.append(line)
        typer.echo(line)

    steps = [["exec", "from miniviz import doctor\ndoctor.run()"]]
    mpremote.run(port, [*steps, ["reset"]] if restart else steps, show)
    raise typer.Exit(0 if _WELL in told else 1)
