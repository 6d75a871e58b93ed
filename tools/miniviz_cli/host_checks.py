"""What this computer needs to work with a board: Python, the port and its driver, network and platform."""

import os
import socket
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from . import ports
from .errors import UserError

_TIMEOUT = 10
_LEAST = (3, 11)


class Line(NamedTuple):
    """One line of the table: what was found, and what to do if it is a fault."""

    name: str
    found: str
    fix: str | None = None


def computer(port: str | None) -> Generator[Line]:
    """Python and the way to the board."""
    version = ".".join(map(str, sys.version_info[:3]))
    old = sys.version_info[:2] < _LEAST
    yield Line("python", version, "install Python 3.11 or newer" if old else None)
    yield _port(port)


def platform(url: str) -> Generator[Line]:
    """The way to Miniviz from here; what needs the name is not tried without it."""
    host = urlsplit(url).hostname or ""
    try:
        address = socket.getaddrinfo(host, None)[0][4][0]
    except OSError:
        yield Line("network", f"no address for {host}", "check this computer's network, and miniviz.url")
        return
    yield Line("network", f"{host} is {address}")
    yield _judged(url, lambda: requests.get(url, timeout=_TIMEOUT, allow_redirects=False))


def _port(port: str | None) -> Line:
    try:
        device = port or ports.first()
    except UserError as error:
        fix = "plug the board in with a data cable; some boards need a driver: CP210x, CH340 or FTDI"
        return Line("port", str(error).split(";")[0], fix)
    known = next((one for one in ports.seen() if one.device == device), None)
    found = f"{device} ({' or '.join(known.boards)})" if known and known.boards else device
    path = Path(device)
    if sys.platform == "win32" or "://" in device:
        return Line("port", found)
    if not path.exists():
        return Line("port", f"there is no {device}", f"name one of these with --port: {ports.listed()}")
    if not os.access(path, os.R_OK | os.W_OK):
        return Line("port", f"{device} may not be opened", "join the group dialout, then log in anew")
    return Line("port", found)


def _judged(url: str, ask: Callable[[], requests.Response]) -> Line:
    try:
        status = ask().status_code
    except requests.exceptions.SSLError:
        return Line("platform", f"{url}: its certificate is not trusted", "check miniviz.url and this clock")
    except requests.RequestException:
        return Line("platform", f"{url} does not answer this computer", "check miniviz.url and the firewall")
    secure = ", certificate verified" if url.startswith("https") else ""
    return Line("platform", f"{url} answers (HTTP {status}){secure}")
