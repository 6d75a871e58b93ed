"""`miniviz export` and `miniviz import`: a project moves from one database to another, through a file."""

import gzip
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer
from miniviz_server import PROJECTS, DatabaseUnusable
from miniviz_server.accounts import Accounts
from miniviz_server.store import Store
from miniviz_server.transfer import Untransferable, load
from miniviz_server.transfer import export as lines_of

from .errors import UserError

_Database = Annotated[str, typer.Option(help="The SQLite file.")]


def export(
    project: Annotated[str, typer.Argument(help="The project's id.")],
    file: Annotated[Path, typer.Argument(help="Made or replaced; with .gz at its end it is compressed.")],
    database: _Database = "miniviz.sqlite",
) -> None:
    """Write a project with its events, images, charts and rules to a file. It holds the token."""
    if not Path(database).exists():
        raise UserError(f"There is no database {database}.")
    part = file.with_name(file.name + ".part")
    with _store(database) as store, _mended():
        total = -1
        # Under another name until it is whole: a half export must not look like one.
        with _opened(part, "wt", file) as out:
            for line in lines_of(store, project):
                out.write(line + "\n")
                total += line.startswith('{"events"') or total < 0
        part.replace(file)
    typer.echo(f"{total} events of {project} are in {file}; it holds the token, keep it to yourself")


def import_(
    file: Annotated[Path, typer.Argument(help="What `miniviz export` wrote.")],
    database: _Database = "miniviz.sqlite",
    owner: Annotated[str | None, typer.Option(help="The email of the account that gets it.")] = None,
    new_id: Annotated[bool, typer.Option("--new-id", help="Give it another id and token.")] = False,
) -> None:
    """Store a project from a file, whole or not at all."""
    with _store(database) as store, _mended():
        owner_id = _owner(store, owner)
        with _opened(file, "rt", file) as lines:
            project, total = load(store, lines, owner_id, new_id=new_id)
    typer.echo(f"{project.name}: project {project.id} with {total} events is in {database}")


def _owner(store: Store, email: str | None) -> str:
    if email is None:
        raise UserError("Whose is it? Name an account with --owner EMAIL (register on the server's page).", 2)
    account = Accounts(store).by_email(email)
    if account is None:
        raise UserError(f"Nobody with the email {email} has an account in this database.")
    return account.id


@contextmanager
def _store(database: str) -> Generator[Store]:
    try:
        store = Store(Path(database), seed=PROJECTS)
    except DatabaseUnusable as error:
        raise UserError(str(error)) from None
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _mended() -> Generator[None]:
    try:
        yield
    except Untransferable as error:
        raise UserError(str(error)) from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UserError(f"The file cannot be read or written: {error}.") from None


def _opened(path: Path, mode: str, named: Path) -> TextIO:
    if named.suffix == ".gz":
        return gzip.open(path, mode, encoding="utf-8")  # type: ignore[return-value]
    return path.open(mode, encoding="utf-8")  # type: ignore[return-value]
