"""A name server that knows one address: with it a phone finds the portal by itself."""

import socket

from . import port
from .port import const

_MOST = const(512)  # RFC 1035 section 2.3.4: the longest message over UDP
_AT_ONCE = const(8)  # questions per step: a flood must not keep the page waiting


class Names:
    """Answers every question for an address with the board's own."""

    def __init__(self, address, number):
        self._bytes = bytes(int(part) for part in address.split("."))
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._sock.bind(port.resolve(address, number))
            self._sock.setblocking(False)
            self._poll = port.poller(self._sock)
        except OSError:
            self.close()
            raise

    def step(self):
        """Answer what was asked meanwhile."""
        for _ in range(_AT_ONCE):
            if not port.wait(self._poll, self._sock, False, 0):
                return
            try:
                query, sender = self._sock.recvfrom(_MOST)
                reply = answer(query, self._bytes)
                if reply:
                    self._sock.sendto(reply, sender)
            except OSError:  # the phone has gone again
                return

    def close(self):
        """Close the socket."""
        self._sock.close()


def answer(query, address):
    """The message that answers a DNS query, or None if it is none (RFC 1035 section 4)."""
    if len(query) < 17 or query[2] & 0xF8 or query[4:6] != b"\x00\x01":
        return None  # an answer, no standard query, or not one question
    at = 12
    while query[at]:
        if query[at] > 63:  # a pointer: nothing stands before the question that it could point to
            return None
        at += 1 + query[at]
        if at + 5 > len(query):
            return None
    end = at + 5
    known = query[at + 1 : end] == b"\x00\x01\x00\x01"  # type A, class IN; others, as AAAA, have no record
    head = query[:2] + bytes((0x84 | query[2] & 1, 0, 0, 1, 0, 1 if known else 0, 0, 0, 0, 0))
    if not known:
        return head + query[12:end]
    # For 0 seconds: outside the portal the name means something else.
    return head + query[12:end] + b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04" + address
