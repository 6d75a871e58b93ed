"""The local Miniviz beside a verb: on the port that was asked for, else on 8000 or a free one."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from miniviz_server import CannotServe, DatabaseUnusable, Running, Settings
from miniviz_server import running as serve

from . import release
from .errors import UserError

_PORT = 8000


@contextmanager
def running(database: Path | None, port: int | None) -> Generator[Running]:
    """Serve while the `with` block runs; what the user can mend is a sentence."""
    settings = Settings(firmware=release.Offer())
    try:
        try:
            context = serve(database=database, port=_PORT if port is None else port, settings=settings)
            server = context.__enter__()
        except CannotServe:
            if port is not None:
                raise
            context = serve(database=database, port=0, settings=settings)
            server = context.__enter__()
    except (CannotServe, DatabaseUnusable) as error:
        raise UserError(str(error)) from None
    try:
        yield server
    finally:
        context.__exit__(None, None, None)
