"""The questions of `miniviz configure`; what is known already is offered as the answer."""

from typing import Any

import typer

from . import firmware_code, settings
from .boards import Board
from .errors import UserError
from .settings import Settings
from .wifi_scan import Heard


def networks(heard: list[Heard], known: list[Settings]) -> list[Settings]:
    """Ask for one network after the other; an empty answer ends."""
    for number, one in enumerate(heard, 1):
        lock = "" if one.locked else "  open"
        typer.echo(f"  {number:2}  {one.rssi:4} dBm  {one.ssid}{lock}")
    if not heard:
        typer.echo("  the board hears no network now; type the name")
    chosen: list[Settings] = []
    old = {str(one.get("ssid")): str(one.get("password", "")) for one in known}
    default = next((name for name in old), "1" if heard else None)
    while True:
        name = _network(heard, default if not chosen else "")
        if not name:
            return chosen
        chosen.append({"ssid": name, "password": _password(name, heard, old.get(name))})
        if not typer.confirm("another network, for a second place?", default=False):
            return chosen


def _network(heard: list[Heard], default: str | None) -> str:
    said: str = typer.prompt("WiFi network (number or name)", default=default)
    if said.isdigit() and 1 <= int(said) <= len(heard) and said not in {one.ssid for one in heard}:
        return heard[int(said) - 1].ssid
    return said


def _password(name: str, heard: list[Heard], old: str | None) -> str:
    if any(one.ssid == name and not one.locked for one in heard):
        return ""
    hint = "Enter keeps the old one" if old else "not shown"
    said: str = typer.prompt(
        f"password of {name} ({hint})", default=old or "", hide_input=True, show_default=False
    )
    return said


def account(known: Settings, label: str, board: Board) -> Settings:
    """Where Miniviz is, project, token and label."""
    url = _good(board, "url", "address of Miniviz, or of a server of your own", known["url"])
    project = _good(board, "project", "project id", known.get("project"))
    token: str = typer.prompt(
        "token (Enter keeps the old one)" if known.get("token") else "token (not shown)",
        default=known.get("token"),
        hide_input=True,
        show_default=False,
    )
    name = _good(board, "label", "label, the device's name on Miniviz", known.get("label", label))
    return {**known, "url": url, "project": project, "token": token, "label": name}


def _good(board: Board, key: str, words: str, proposed: str | None) -> str:
    """Ask until the firmware takes the answer."""
    while True:
        said: str = typer.prompt(words, default=proposed)
        there: Any = {**_STAND_IN["miniviz"], key: said}
        trial = {**_STAND_IN, "board": board.name, "miniviz": there, "sensors": [{"type": "system"}]}
        try:
            settings.check(trial, board)
        except UserError as error:
            typer.echo(f"  {error}")
        else:
            return said


def sensors(board: Board, known: list[Settings]) -> list[Settings]:
    """Pick sensors from a list; each gets a pin that nobody uses."""
    if known:
        names = ", ".join(" on ".join(str(one[k]) for k in ("type", "pin") if k in one) for one in known)
        if typer.confirm(f"keep the sensors ({names})?", default=True):
            return known
    types = list(firmware_code.sensors().TYPES)
    typer.echo("  " + ", ".join(types))
    chosen: list[Settings] = []
    while not chosen or typer.confirm("another sensor?", default=False):
        chosen.append(_sensor(board, types, chosen))
    return chosen


def _sensor(board: Board, types: list[str], chosen: list[Settings]) -> Settings:
    while True:
        kind: str = typer.prompt("sensor", default="system" if chosen else "dht22")
        try:
            entry: Settings = {"type": kind}
            if settings.needs_pin(kind):
                entry["pin"] = _pin(board, kind, chosen)
            entry["every"] = _every(kind)
        except UserError as error:
            typer.echo(f"  {error}")
        else:
            return entry


def _pin(board: Board, kind: str, chosen: list[Settings]) -> int:
    taken = settings.taken_pins({"sensors": chosen})
    free = settings.free_pins(board, kind, taken)
    while True:
        gpio: int = typer.prompt(f"GPIO of the {kind}", default=free[0] if free else None, type=int)
        trial: Any = {**_STAND_IN, "board": board.name, "sensors": [*chosen, {"type": kind, "pin": gpio}]}
        try:
            settings.check(trial, board)
        except UserError as error:
            typer.echo(f"  {error}")
            continue
        trouble = settings.warn(board, gpio)
        if trouble is None or typer.confirm(f"  {trouble}; take it all the same?", default=False):
            return gpio


def _every(kind: str) -> int | float:
    least = firmware_code.sensors().min_every(kind)
    while True:
        every: float = typer.prompt("a reading every how many seconds", default=60, type=float)
        if least <= every <= 86400:
            return int(every) if every == int(every) else every
        typer.echo(f"  {least} to 86400 s for a {kind}")


# The firmware checks a whole config; for one pin the rest only has to be good.
_STAND_IN: Settings = {
    "wifi": [{"ssid": "x"}],
    "miniviz": {"project": "x", "token": "x", "label": "x"},
}
