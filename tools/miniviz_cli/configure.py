"""`miniviz configure`: config.json by questions or flags, tested, then written to the board in one go."""

import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from . import account, boards, ca, loopback, mpremote, onboard, settings, staging, wifi_scan, wizard
from .errors import UserError
from .settings import Settings

_URL = "https://api.miniviz.net"
_PASSWORD = "MINIVIZ_WIFI_PASSWORD"


def configure(
    port: Annotated[str | None, typer.Option(help="Its serial port; default: the first USB one.")] = None,
    board: Annotated[str | None, typer.Option(help="Default: the config's, or what the board is.")] = None,
    ssid: Annotated[list[str] | None, typer.Option(help="A network; may be repeated.")] = None,
    password: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Of each --ssid, in order; the first also by ${_PASSWORD}, where no shell keeps it."
        ),
    ] = None,
    project: Annotated[str | None, typer.Option(help="The project's id.")] = None,
    token: Annotated[
        str | None, typer.Option(envvar="MINIVIZ_TOKEN", help="The project's token.", show_default=False)
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="The device's name; default: from the board's id.")
    ] = None,
    url: Annotated[str | None, typer.Option(help=f"Where Miniviz is; default: {_URL}.")] = None,
    sensor: Annotated[
        list[str] | None, typer.Option(help="TYPE[:PIN][,SETTING=VALUE...]; may be repeated.")
    ] = None,
    put: Annotated[
        list[str] | None, typer.Option("--set", help="PATH=VALUE, such as miniviz.label=shed-2.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Print the board's config without its secrets.")
    ] = False,
    file: Annotated[Path | None, typer.Option(help="Work on this file instead of a board.")] = None,
    ca_file: Annotated[
        Path | None, typer.Option("--ca", help="The root certificate of a server of your own, PEM or DER.")
    ] = None,
    test: Annotated[bool, typer.Option(help="Try project and token before anything is written.")] = True,
    ask: Annotated[
        bool | None, typer.Option(help="Default: ask if this is a terminal and no flag is set.")
    ] = None,
) -> None:
    """Ask for (or take from flags) WiFi, project, label and sensors, test them, and write config.json."""
    if not password and _PASSWORD in os.environ:
        password = [os.environ[_PASSWORD]]  # typer would take what has spaces for several
    flags = _Flags(ssid, password, project, token, label, url, sensor, put)
    work = _Work(port, file)
    work.read()
    if show:
        work.demand()
        typer.echo(_pretty(settings.masked(work.config)))
        return
    facts = work.name_board(board)
    asking = sys.stdin.isatty() and not flags.any() if ask is None else ask
    before = json.dumps(work.config)
    flags.apply(work.config, facts, work.label(facts))
    if asking:
        _ask(work, facts)
    else:
        _demand_all(work.config)
    settings.check(work.config, facts)
    while True:
        try:
            root = _tried(work, json.loads(before), ca_file, test=test)
            break
        except UserError as error:
            if not asking:
                raise
            typer.echo(f"  {error}")
            work.config["miniviz"] = wizard.account(work.config["miniviz"], work.label(facts), facts)
    _warn(work, facts)
    typer.echo(_pretty(settings.masked(work.config)))
    if asking and not typer.confirm(f"write it to {work.title}?", default=True):
        raise typer.Exit(1)
    work.write(root)


@dataclass
class _Flags:
    """What stands on the command line."""

    ssid: list[str] | None
    password: list[str] | None
    project: str | None
    token: str | None
    label: str | None
    url: str | None
    sensor: list[str] | None
    put: list[str] | None

    def any(self) -> bool:
        """Is this a script's call?"""
        return any((self.ssid, self.project, self.label, self.url, self.sensor, self.put))

    def apply(self, config: Settings, board: boards.Board, label: str) -> None:
        """Put the flags into the config; --set comes last and so wins."""
        if self.ssid:
            words = [*(self.password or []), *[""] * len(self.ssid)]
            config["wifi"] = [{"ssid": one, "password": words[i]} for i, one in enumerate(self.ssid)]
        named = {"url": self.url, "project": self.project, "token": self.token, "label": self.label}
        there = config.setdefault("miniviz", {})
        if not isinstance(there, dict):
            raise UserError(
                "config.json: miniviz is no object; give the whole file anew with `miniviz deploy`"
            )
        there = cast("Settings", there)
        there.update({key: value for key, value in named.items() if value})
        there.setdefault("url", _URL)
        if self.any():
            there.setdefault("label", label)
        if self.sensor:
            chosen: list[Settings] = []
            for text in self.sensor:
                chosen.append(_sensor(text, board, settings.taken_pins({"sensors": chosen})))
            config["sensors"] = chosen
        for text in self.put or []:
            path, equals, value = text.partition("=")
            if not equals:
                raise UserError(f"--set '{text}' is no PATH=VALUE, for example miniviz.label=shed-2", 2)
            settings.put(config, path, value)


def _sensor(text: str, board: boards.Board, taken: set[int]) -> Settings:
    """dht22, dht22:15 or dht22:15,every=30."""
    head, *rest = text.split(",")
    kind, colon, pin = head.partition(":")
    entry: Settings = {"type": kind}
    if settings.needs_pin(kind):
        if colon and not pin.isdigit():
            raise UserError(f"--sensor '{text}': '{pin}' is no GPIO number", 2)
        free = settings.free_pins(board, kind, taken)
        if not colon and not free:
            raise UserError(f"--sensor '{text}': the {board.title} has no free pin for a {kind}", 2)
        entry["pin"] = int(pin) if colon else free[0]
    for part in rest:
        settings.put(entry, *_pair(part, text))
    return entry


def _pair(part: str, whole: str) -> tuple[str, str]:
    key, equals, value = part.partition("=")
    if not equals:
        raise UserError(f"--sensor '{whole}': '{part}' is no SETTING=VALUE, for example every=30", 2)
    return key, value


@dataclass
class _Work:
    """The config that is worked on: a board's, or a file's."""

    port: str | None
    file: Path | None
    config: Settings = field(default_factory=dict[str, Any])
    found: onboard.Found | None = None

    @property
    def title(self) -> str:
        """What is written to, in words."""
        return str(self.file) if self.file else "the board"

    def read(self) -> None:
        """What is there now; nothing is fine."""
        if self.file:
            self.config = staging.read_config(self.file) if self.file.exists() else {}
            return
        self.found = onboard.probe(self.port)
        if onboard.CONFIG in self.found.sums:
            with tempfile.TemporaryDirectory(prefix="miniviz-") as folder:
                onboard.fetch_config(self.port, self.found, Path(folder) / onboard.CONFIG)
                self.config = staging.read_config(Path(folder) / onboard.CONFIG)

    def demand(self) -> None:
        """Where nothing is, nothing can be shown."""
        if not self.config:
            if self.file:
                raise UserError(f"{self.file} is not there or empty; `miniviz configure --file` writes one")
            raise UserError("there is no config.json on the board; write one with `miniviz configure`")

    def name_board(self, name: str | None) -> boards.Board:
        """The board by flag, by config, by what it says of itself, or by the only answer left."""
        facts = boards.load(name) if name else boards.of_config(self.config) or self._recognised()
        self.config = {"board": facts.name} | {k: v for k, v in self.config.items() if k != "board"}
        if self.found:
            onboard.fit(self.found, facts, [])
        return facts

    def _recognised(self) -> boards.Board:
        machine = self.found.machine if self.found else ""
        known = map(boards.load, boards.names())
        fitting = [one for one in known if machine and one.image.machine == machine]
        if len(fitting) == 1:
            return fitting[0]
        names = [one.name for one in fitting] or boards.names()
        raise UserError(f"which board is it? Say --board {'|'.join(names)}", 2)

    def label(self, board: boards.Board) -> str:
        """A name that no other board of the user's has."""
        uid = self.found.uid if self.found else ""
        return "-".join([board.name.replace("_", "-"), *([uid[-4:]] if uid else [])])

    def heard(self) -> list[wifi_scan.Heard]:
        """What the board hears; a file hears nothing."""
        if self.file:
            return []
        typer.echo("the board looks for WiFi networks")
        return wifi_scan.scan(self.port)

    def root(self, before: Settings, file: Path | None, *, offline: bool) -> bytes | None:
        """The root certificate that the board needs and has not: the file's, or the one that is found."""
        url = ca.needed(self.config)
        if self.file or url is None:
            return None
        if file:
            return ca.from_file(file)
        there = self.found is not None and onboard.CA in self.found.sums
        if there and url == ca.needed(before):
            return None
        typer.echo(f"looking for the root certificate of {url}")
        try:
            return ca.root_for(url)
        except UserError as error:
            if not offline:
                raise
            typer.echo(f"mind: without a root certificate the board sends nothing; {error}", err=True)
            return None

    def write(self, root: bytes | None = None) -> None:
        """Put it there whole or not at all, and start the board if its firmware is there."""
        text = _pretty(self.config) + "\n"
        with tempfile.TemporaryDirectory(prefix="miniviz-") as folder:
            beside = (
                self.file.with_name(self.file.name + ".new") if self.file else Path(folder) / "config.json"
            )
            beside.unlink(missing_ok=True)
            beside.touch(mode=0o600)
            beside.write_text(text, encoding="utf-8")
            if self.file:
                beside.replace(self.file)
                typer.echo(f"written to {self.file}; next: miniviz deploy --config {self.file}")
                return
            ready = bool(self.found and self.found.old)
            commands = onboard.config_commands(beside)
            if root:  # first: new settings with an old certificate would reach nobody
                (Path(folder) / onboard.CA).write_bytes(root)
                commands = onboard.replace_commands(Path(folder) / onboard.CA, onboard.CA) + commands
            mpremote.run(self.port, [*commands, *([["reset"]] if ready else [])])
        typer.echo(f"written to the board; {'it starts anew' if ready else 'next: miniviz deploy'}")


def _ask(work: _Work, board: boards.Board) -> None:
    config = work.config
    typer.echo(f"{board.title}; Enter takes what stands in brackets, Ctrl-C leaves all as it was")
    config["wifi"] = wizard.networks(work.heard(), _list(config.get("wifi")))
    config["miniviz"] = wizard.account(config["miniviz"], work.label(board), board)
    config["sensors"] = wizard.sensors(board, _list(config.get("sensors")))


def _demand_all(config: Settings) -> None:
    """Name what nobody is asked for and no flag gave, by the flags that give it."""
    there = cast("Settings", config["miniviz"])
    given = {
        "--ssid": "wifi" in config,
        "--project": "project" in there,
        "--token": "token" in there,
        "--sensor": "sensors" in config,
    }
    missing = [flag for flag, known in given.items() if not known]
    if missing:
        raise UserError(f"still missing: {', '.join(missing)}; give them, or --ask to be asked", 2)


def _list(value: Any) -> list[Settings]:
    return cast("list[Settings]", value) if isinstance(value, list) else []


def _warn(work: _Work, board: boards.Board) -> None:
    for gpio in sorted(settings.taken_pins(work.config)):
        if trouble := settings.warn(board, gpio):
            typer.echo(f"mind: {trouble}", err=True)
    if not work.file:
        loopback.warn(work.config)


def _tried(work: _Work, before: Settings, ca_file: Path | None, *, test: bool) -> bytes | None:
    """The root certificate for the board, once project and token have been tried."""
    # First: a private root is what the test itself has to trust.
    root = work.root(before, ca_file, offline=not test)
    if test:
        _test(work.config, before, root if ca_file else None)
    return root


def _test(config: Settings, before: Settings, root: bytes | None) -> None:
    """Try what is new of it."""
    there = config["miniviz"]
    if there == before.get("miniviz"):
        return
    account.check(there["url"], there["project"], there["token"], there.get("auth", "query"), root)
    typer.echo(f"{there['url']} knows the project and takes the token")


def _pretty(config: Any) -> str:
    return json.dumps(config, indent=2, ensure_ascii=False)
