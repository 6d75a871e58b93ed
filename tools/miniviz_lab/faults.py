"""The faults that a fault proxy can play, by name, and the notation of a script of them."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate

# What happens before a request: the connection itself fails.
AT_CONNECT = {
    "refuse": "reset the connection as soon as it is there",
    "black_hole": "accept, read nothing, say nothing",
    "hang_up": "close the connection as soon as it is there",
}
CERTIFICATES = {
    "expired": "show a certificate that has expired",
    "not_yet_valid": "show one that begins in a month",
    "wrong_host": "show one of another host",
    "unknown_issuer": "show one of an authority that nobody knows",
    "self_signed": "show one that vouches for itself",
}
# What happens to a request, or to the answer of the server behind.
AT_REQUEST = {
    "pass": "no fault",
    "silent": "read the request and never answer",
    "close_idle": "answer, then close the connection that the client means to keep",
    "reset_in_request": "reset while the request arrives",
    "reset_in_answer": "let the server store it, then reset half-way through the answer",
    "close_in_body": "close the connection half-way through the request's body",
    "early_413": "refuse a body before it is read, and reset",
    "close_in_request": "close without an answer",
    "cut_body": "close in the middle of the answer's body",
    "drip": "let the answer through byte by byte",
    "garbage": "answer with bytes that are not HTTP",
    "huge": "answer 200 with 5 MB",
    "endless_header": "answer with header lines that never end",
    "portal": "answer 200 with a captive portal's page",
    "redirect_same": "redirect (307) to this server",
    "redirect_other": "redirect (307) to another host",
    "redirect_plain": "redirect (307) to this server without TLS",
}
NAMES = {**AT_CONNECT, **CERTIFICATES, **AT_REQUEST}


@dataclass(frozen=True)
class Fault:
    """A name of NAMES, or "status" with a status (and its Retry-After), or "raw" with the answer's bytes.

    "raw_close" closes the connection after them.
    """

    name: str
    status: int = 0
    retry_after: str = ""
    raw: bytes = b""

    def __post_init__(self) -> None:
        if self.name not in NAMES and self.name not in ("status", "raw", "raw_close"):
            raise ValueError(f"there is no fault '{self.name}'; known: {', '.join(NAMES)}, or a status")

    @property
    def before_request(self) -> bool:
        """Does it strike when the connection is made?"""
        return self.name in AT_CONNECT or self.name in CERTIFICATES

    def header(self) -> str:
        """The Retry-After line: seconds, or for "date" an HTTP date a minute and a half after Date."""
        if self.retry_after != "date":
            return f"Retry-After: {self.retry_after}\r\n" if self.retry_after else ""
        now = time.time()
        dates = (formatdate(at, usegmt=True) for at in (now, now + 90))
        return "Date: {}\r\nRetry-After: {}\r\n".format(*dates)


def raw(answer: bytes) -> Fault:
    """These bytes as the answer."""
    return Fault("raw", raw=answer)


def parse(script: str) -> list[Fault]:
    """ "pass*2,reset_in_answer,429:37,503*3": names or statuses in order, a Retry-After after the colon."""
    return [fault for word in script.split(",") if word.strip() for fault in _repeated(word.strip())]


def _repeated(word: str) -> Iterable[Fault]:
    word, _, count = word.partition("*")
    name, _, retry_after = word.partition(":")
    fault = Fault("status", int(name), retry_after) if name.isdigit() else Fault(name)
    return [fault] * int(count or 1)
