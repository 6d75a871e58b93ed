"""The `miniviz` command."""

import sys

import typer

from .bench import bench
from .configure import configure
from .demo import demo
from .deploy import deploy
from .doctor import doctor
from .emulate import emulate
from .errors import UserError
from .flash import flash
from .freeze import freeze
from .list_boards import list_boards
from .monitor import monitor
from .pull import pull
from .send import send
from .serve import serve
from .simulate import simulate
from .transfer import export, import_
from .update import update

app = typer.Typer(
    name="miniviz",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Sensor readings from an ESP32 or a Pico W to Miniviz.",
)
# Name, what it runs, and its line in `miniviz --help`: short enough to stand there whole on 80 columns.
for name, verb, line in (
    ("demo", demo, "A simulated Pico W sends to a page on this computer."),
    ("serve", serve, "Run a local Miniviz: same endpoint, same limits, a live page."),
    ("simulate", simulate, "Run the firmware with any config.json on this computer."),
    ("emulate", emulate, "Run the firmware on a board's official image, emulated."),
    ("flash", flash, "Put the official MicroPython onto a board."),
    ("configure", configure, "Ask for the settings, test them, write config.json."),
    ("deploy", deploy, "Put firmware and config.json onto a board: what changed."),
    ("monitor", monitor, "Show what the board prints, until Ctrl-C."),
    ("doctor", doctor, "Test computer and board; end with the one thing to do."),
    ("update", update, "Newer firmware over the air."),
    ("pull", pull, "Copy what the board has kept into a folder."),
    ("freeze", freeze, "Write what an image with the firmware inside is built from."),
    ("send", send, "Send one reading and print its id, or why it was refused."),
    ("boards", list_boards, "List the boards, or one board's pins."),
    ("export", export, "Write a project of a local server to a file."),
    ("import", import_, "Store a project from such a file."),
):
    app.command(name, short_help=line)(verb)
app.add_typer(bench, name="bench")


def main() -> None:
    """Run a verb; what the user can mend ends in one sentence and exit code 1 or 2."""
    try:
        app(prog_name="miniviz")
    except UserError as error:
        sys.stdout.flush()
        print(f"miniviz: {error}", file=sys.stderr)
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
