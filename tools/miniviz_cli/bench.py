"""`miniviz bench`: what the firmware lives by, tried and measured on this computer."""

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from miniviz_lab import micropython, scenario
from miniviz_lab import soak as lab_soak
from miniviz_lab import wear as lab_wear
from rich.console import Console

from . import paths
from .errors import UserError

if TYPE_CHECKING:
    from miniviz_lab.bench.metric import Metric

bench = typer.Typer(help="Try and measure the firmware on this computer.")


@bench.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    only: Annotated[str, typer.Option(help="Figures to measure, by name, with commas between them.")] = "",
    quick: Annotated[bool, typer.Option(help="Each figure once and small; judges nothing.")] = False,
    runs: Annotated[int, typer.Option(min=1, help="Runs of each measurement; the median counts.")] = 3,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Write plots (SVG) into this folder.")] = None,
) -> None:
    """Measure what the firmware lives by, beside what people use today and the least the runtime allows.

    Takes about twenty minutes without `--only` and `--quick`. `soak` and `wear` are tried by their names.
    """
    if context.invoked_subcommand is not None:
        return
    from miniviz_lab.bench import catalogue, guest, report  # half a second of imports
    from miniviz_lab.bench import plots as drawing

    names = [name.strip() for name in only.split(",") if name.strip()]
    for name in names:
        if name not in catalogue.NAMES:
            raise UserError(f"--only: there is no figure {name}; choose of {', '.join(catalogue.NAMES)}")
    if micropython.find() is None:
        raise UserError(micropython.why_missing())
    console = Console(width=None if Console().is_terminal else 200)
    found: list[Metric] = []
    try:
        for metric in catalogue.measure(paths.firmware(), names, runs=runs, quick=quick):
            found.append(metric)
            typer.echo(f"measured {metric.name}", err=True)
    except (guest.Failed, scenario.ScenarioError) as error:
        raise UserError(str(error)) from None
    console.print(report.table(found, judged=not quick))
    if json_file:
        settings = {
            "runs": runs,
            "quick": quick,
            "clock_seeds": list(catalogue.clock.SEEDS),
            "flash": guest.MEMORY,
        }
        report.write_json(json_file, found, settings)
    if plots:
        drawing.write(plots, found)


@bench.command(short_help="A month of faults: is every reading kept?")
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


@bench.command(short_help="What storing a reading costs the flash.")
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
        typer.echo(lab_wear.explain([json.loads(line) for line in done.stdout.splitlines()]))
