"""Keeps alerts away from private addresses: nobody may use this server to reach what only it can reach.

The check sits where names become addresses. Whoever connects uses exactly the addresses that passed, so
a name that changes its mind between check and connection (DNS rebinding) gains nothing, and a redirect
is checked like the first address. It works for every library that resolves in this thread.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class PrivateAddress(OSError):
    """The alert would go to an address of this machine or of a private network."""


class _Guarded(threading.local):
    active = False
    refused = False


_guarded = _Guarded()
_resolve = socket.getaddrinfo


def _checked_resolve(host: Any, *arguments: Any, **options: Any) -> Any:
    found = _resolve(host, *arguments, **options)
    if _guarded.active:
        try:
            for entry in found:
                refuse_private(str(entry[4][0]))
        except PrivateAddress:
            _guarded.refused = True
            raise
    return found


def install() -> None:
    """Puts the check in place; it acts in guarded threads only, all others resolve as ever."""
    if socket.getaddrinfo is not _checked_resolve:
        socket.getaddrinfo = _checked_resolve


@contextmanager
def guarded(active: bool = True) -> Generator[None]:
    """While the block runs, this thread connects to public addresses only."""
    install()
    _guarded.active, _guarded.refused = active, False
    try:
        yield
    finally:
        _guarded.active = False


def refused() -> bool:
    """Whether the check said no in this thread's last guarded block; some libraries swallow its error."""
    return _guarded.refused


def refuse_private(text: str) -> None:
    """Raises PrivateAddress unless everybody on the internet means the same by this address."""
    address = _unwrapped(ipaddress.ip_address(text.partition("%")[0]))
    if not address.is_global or address.is_multicast:
        message = f"{text} is an address of this machine or of a private network"
        raise PrivateAddress(f"{message}; start the server with --allow-private-webhooks to permit it.")


def _unwrapped(address: _Address) -> _Address:
    """The IPv4 address inside an IPv6 one, where a gateway would go on to it."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    return inner or address
