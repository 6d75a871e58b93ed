"""The `miniviz` command."""

import gc
import importlib
import sys
from collections.abc import Collection
from typing import Any

import typer

from .errors import UserError

# Name: the module and what of it is run, and its line in `miniviz --help`: short enough to stand there whole
# on 80 columns.
VERBS = {
    "demo": ("demo.demo", "A simulated Pico W sends to a page on this computer."),
    "serve": ("serve.serve", "Run a local Miniviz: same endpoint, same limits, a live page."),
    "simulate": ("simulate.simulate", "Run the firmware with any config.json on this computer."),
    "emulate": ("emulate.emulate", "Run the firmware on a board's official image, emulated."),
    "flash": ("flash.flash", "Put the official MicroPython onto a board."),
    "configure": ("configure.configure", "Ask for the settings, test them, write config.json."),
    "deploy": ("deploy.deploy", "Put firmware and config.json onto a board: what changed."),
    "monitor": ("monitor.monitor", "Show what the board prints, until Ctrl-C."),
    "doctor": ("doctor.doctor", "Test computer and board; end with the one thing to do."),
    "update": ("update.update", "Newer firmware over the air."),
    "pull": ("pull.pull", "Copy what the board has kept into a folder."),
    "freeze": ("freeze.freeze", "Write what an image with the firmware inside is built from."),
    "send": ("send.send", "Send one reading and print its id, or why it was refused."),
    "boards": ("list_boards.list_boards", "List the boards, or one board's pins."),
    "export": ("transfer.export", "Write a project of a local server to a file."),
    "import": ("transfer.import_", "Store a project from such a file."),
    "bench": ("bench.bench", "Try and measure the firmware on this computer."),
}


def application(wanted: Collection[str] = tuple(VERBS)) -> typer.Typer:
    """The command with these verbs; the others stand there by name and line, and cost no import."""
    app = typer.Typer(
        name="miniviz",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="Sensor readings from an ESP32 or a Pico W to Miniviz.",
    )
    for name, (place, line) in VERBS.items():
        verb = _imported(place) if name in wanted else _elsewhere
        if isinstance(verb, typer.Typer):
            app.add_typer(verb, name=name)
        else:
            app.command(name, short_help=line)(verb)
    return app


def _imported(place: str) -> Any:
    module, _, name = place.partition(".")
    # Modules stay: to search them for garbage again and again would be a sixth of the server's start.
    gc.disable()
    try:
        verb = getattr(importlib.import_module(f".{module}", __package__), name)
    finally:
        gc.enable()
    gc.freeze()
    return verb


def _elsewhere() -> None:
    """Stands for a verb that was not asked for."""


def main() -> None:
    """Run a verb; what the user can mend ends in one sentence and exit code 1 or 2."""
    try:
        application(sys.argv[1:2])(prog_name="miniviz")
    except UserError as error:
        sys.stdout.flush()
        print(f"miniviz: {error}", file=sys.stderr)
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
