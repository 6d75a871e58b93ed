"""The socket, opened before anything else so that a port in use is one clear sentence."""

from __future__ import annotations

import errno
import os
import socket


class CannotServe(Exception):
    """The server cannot start; the message is one sentence that says why."""


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to this address; port 0 takes a free one."""
    # Checked by hand, because the resolver takes a larger number modulo 65536.
    if not 0 <= port <= 65_535:
        raise CannotServe(f"Port {port} does not exist; choose one from 0 to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise CannotServe(f"{host!r} is no address of this machine ({error}); try 127.0.0.1.") from error
    listening = socket.socket(family, kind, protocol)
    try:
        # On Windows this option would let two servers share the port.
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise CannotServe(_why(host, port, error)) from error
    return listening


def url_of(host: str, listening: socket.socket) -> str:
    """Where a program on this machine finds the server."""
    port = int(listening.getsockname()[1])
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name and not name.startswith("[") else f"http://{name}:{port}"


def beyond_this_machine(host: str) -> bool:
    """Whether others on the network can reach this address."""
    return host != "localhost" and host != "::1" and not host.startswith("127.")


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program; choose another one (0 takes a free one)."
    if error.errno == errno.EACCES:
        return f"Port {port} needs administrator rights; choose one above 1023."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; try 127.0.0.1, or 0.0.0.0 for the whole network."
    return f"Port {port} on {host} cannot be opened: {error}."
