"""`miniviz bench`: what the firmware lives by, tried and measured on this computer."""

import random
from typing import Annotated

import typer
from miniviz_lab import micropython
from miniviz_lab import soak as lab_soak

from . import paths
from .errors import UserError

bench = typer.Typer(help="Try and measure the firmware on this computer.", no_args_is_help=True)


@bench.callback()
def main() -> None:
    """Try and measure the firmware on this computer."""


@bench.command()
def soak(
    days: Annotated[float, typer.Option(help="Days of the device's life.")] = 30,
    seed: Annotated[int | None, typer.Option(help="Repeats a run; default: by chance.")] = None,
) -> None:
    """Weeks of outages, power cuts and lying clocks: accepted = delivered + stored + set aside + dropped."""
    chosen = random.SystemRandom().randrange(1 << 30) if seed is None else seed
    typer.echo(f"seed {chosen}, {days:g} days")
    try:
        report = lab_soak.run(paths.firmware(), days, chosen)
    except RuntimeError as error:
        raise UserError(str(error)) from None
    for name, value in report.sums.items():
        typer.echo(f"{name:22} {value}")
    for fault in report.faults:
        typer.echo(f"FAULT {fault}", err=True)
    typer.echo("the sums do not agree" if report.faults else "the sums agree: nothing accepted was lost")
    raise typer.Exit(1 if report.faults else 0)


@bench.command()
def wear() -> None:
    """Bytes programmed per reading and block erases per 1,000, beside one file per reading."""
    device = paths.fakes().parent / "wear_device.py"
    for program in ("256", "32"):
        done = micropython.run(
            [device, program], heap="8m", path=[paths.fakes(), paths.firmware()], timeout=600
        )
        if done.returncode:
            raise UserError(done.stdout + done.stderr)
        typer.echo(done.stdout.strip())
