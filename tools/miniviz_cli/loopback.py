"""A server's address that is right on this computer and wrong on a board."""

from urllib.parse import urlsplit

import typer

from .settings import Settings

_THIS_COMPUTER = ("localhost", "127.0.0.1", "::1")


def warn(config: Settings) -> None:
    """Say so where the miniviz.url of a good config is such a one."""
    url = str(config["miniviz"].get("url", ""))
    host = urlsplit(url).hostname
    if host in _THIS_COMPUTER:
        typer.echo(
            f"mind: miniviz.url is {url}; to a board {host} is the board itself: give this computer's "
            "address in your network, and start the server with `miniviz serve --host 0.0.0.0`",
            err=True,
        )
