"""`miniviz send`: one reading from the command line, judged and sent by the firmware's own code."""

import json
import time
from collections.abc import Mapping
from typing import Annotated, Any

import requests
import typer

from . import firmware_code
from .errors import UserError

_SILENCE = "no answer: "  # how firmware/miniviz/client.py begins it


def send(
    values: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="temperature=23.4 note=hello")],
    project: Annotated[str, typer.Option(help="The project's id.")],
    label: Annotated[str, typer.Option(help="The label key, the device's name.")],
    token: Annotated[
        str, typer.Option(envvar="MINIVIZ_TOKEN", help="The project's token.", show_default=False)
    ],
    url: Annotated[str, typer.Option(help="Where Miniviz is.")] = "https://api.miniviz.net",
    auth: Annotated[str, typer.Option(help="query or bearer.")] = "query",
    timestamp: Annotated[int | None, typer.Option(help="UNIX time in ms; default: now.")] = None,
) -> None:
    """Send one reading and print its id, or why it was refused."""
    payload = dict(_pair(text) for text in values)
    at = time.time_ns() // 1_000_000 if timestamp is None else timestamp
    _judge(at, label, payload)
    if auth not in ("query", "bearer"):
        raise UserError(f"--auth is '{auth}'; choose query or bearer", 2)
    if not url.startswith(("http://", "https://")):
        raise UserError(f"--url is '{url}'; it begins with http:// or https://", 2)
    module = firmware_code.client()
    client = module.Client(url.rstrip("/"), project, token, auth, _post, lambda: time.time_ns() // 1_000_000)
    outcome = client.send(at, label, payload)
    if outcome.reason.startswith(_SILENCE):
        why = outcome.reason.removeprefix(_SILENCE)
        raise UserError(f"no answer from {url} ({why}); is the address right, and does the server run?")
    if outcome.kind != module.DELIVERED:
        raise UserError(outcome.reason.replace(token, "***"))
    typer.echo(outcome.reason.removeprefix("id "))


def _pair(text: str) -> tuple[str, object]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UserError(f"'{text}' is no KEY=VALUE, for example temperature=23.4", 2)
    return key, _value(value)


def _value(text: str) -> object:
    """A number where the text is one in JSON's sense, a quoted string unquoted, else the text itself."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    # true, null, {...} are passed on as what they are, so that the rules can refuse them by name.
    return value


def _judge(at: int, label: str, payload: Mapping[str, object]) -> None:
    rules = firmware_code.rules()
    try:
        rules.check_timestamp(at)
        rules.check(label, payload)
    except rules.Refused as error:
        raise UserError(f"not sent: {error}") from None


def _post(url: str, **options: Any) -> requests.Response:
    # A redirect would turn the POST into a GET; it counts as no answer of the platform's.
    return requests.post(url, allow_redirects=False, **options)
