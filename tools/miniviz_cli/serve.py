"""`miniviz serve`: the local Miniviz."""

from typing import Annotated

import typer
from miniviz_server import CannotServe, DatabaseUnusable, Settings
from miniviz_server import serve as serve_until_ctrl_c

from . import release
from .errors import UserError


def serve(
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8000,
    database: Annotated[
        str, typer.Option(help="The SQLite file, made if it is not there; or postgresql+psycopg://...")
    ] = "miniviz.sqlite",
    host: Annotated[str, typer.Option(help="0.0.0.0 lets boards on your network send.")] = "127.0.0.1",
    image_limit: Annotated[
        str, typer.Option(help="What an image's 200 KB count: after base64 (the guide), or before it.")
    ] = "after",
    strict_pace: Annotated[
        bool, typer.Option("--strict-pace", help="Refuse data that comes faster than the plan allows.")
    ] = False,
    lab: Annotated[
        bool,
        typer.Option("--lab", help="Open /_lab for tests: faults, seed, reset, clock (this machine only)."),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="When ready, print one line of JSON and no log.")
    ] = False,
    allow_private_webhooks: Annotated[
        bool, typer.Option("--allow-private-webhooks", help="Rules may alert addresses of your own network.")
    ] = False,
    keep_days: Annotated[
        float | None, typer.Option(min=1, help="Delete events that are older; without it they stay.")
    ] = None,
) -> None:
    """Run a local Miniviz: the same endpoint and limits, and a page that shows what arrives."""
    if image_limit not in ("after", "before"):
        raise UserError(f"--image-limit is '{image_limit}'; choose after or before", 2)
    settings = Settings(
        front_demo=False,
        image_limit=image_limit,
        strict_pace=strict_pace,
        lab=lab,
        allow_private_webhooks=allow_private_webhooks,
        keep_days=keep_days,
        firmware=release.Offer(),
    )
    try:
        serve_until_ctrl_c(database=database, host=host, port=port, json_line=json, settings=settings)
    except (CannotServe, DatabaseUnusable) as error:
        raise UserError(str(error)) from None
