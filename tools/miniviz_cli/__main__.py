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
for verb in (
    demo,
    serve,
    simulate,
    emulate,
    flash,
    configure,
    deploy,
    monitor,
    doctor,
    update,
    pull,
    freeze,
    send,
):
    app.command()(verb)
app.command("boards")(list_boards)
app.command()(export)
app.command("import")(import_)
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
