"""One SNTP question and its answer (RFC 4330), with every doubtful answer refused."""

import os
import socket

from . import port
from .clock import NtpError, Sample
from .port import const

_PORT = const(123)
_TIMEOUT_S = const(1)  # below every watchdog; a slower answer would be a poor one anyway
_1900_TO_1970 = 2208988800  # RFC 4330 section 3, seconds
_ERA = 1 << 32  # the 32-bit seconds start again in 2036
_EARLIEST_MS = 1577836800000  # 2020-01-01: PROTOCOL "Limits", an older time is an unset server


def probe(host, uptime_ms):
    """Ask "host" or "host:port" once; uptime_ms() tells the time of question and answer."""
    name, _, number = host.partition(":")
    try:
        address = port.resolve(name, int(number or _PORT))
    except OSError:
        raise NtpError("%s: no such host, or no DNS" % host) from None
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        return _exchange(sock, host, address, uptime_ms)
    except OSError as error:
        why = "no answer within %d s" % _TIMEOUT_S if port.is_timeout(error) else "network error %s" % error
        raise NtpError("%s: %s" % (host, why)) from None
    finally:
        sock.close()


def _exchange(sock, host, address, uptime_ms):
    nonce = os.urandom(8)  # as transmit timestamp: only who saw the question can echo it
    sock.settimeout(_TIMEOUT_S)
    sent = uptime_ms()
    sock.sendto(b"\x23" + bytes(39) + nonce, address)  # version 4, mode 3 (client)
    while True:
        answer, sender = sock.recvfrom(68)
        received = uptime_ms()
        if sender == address:
            return _sample(host, answer, nonce, sent, received)
        if received - sent > 1000 * _TIMEOUT_S:  # strays must not keep us here
            raise NtpError("%s: only answers from elsewhere" % host)


def _sample(host, answer, nonce, sent, received):
    if len(answer) < 48 or answer[0] & 7 != 4:
        raise NtpError("%s: not an NTP server's answer" % host)
    if answer[24:32] != nonce:
        raise NtpError("%s: answers a question that was not asked" % host)
    if answer[1] == 0:
        raise NtpError("%s: refuses service (kiss-of-death %s)" % (host, _code(answer[12:16])))
    if answer[0] >> 6 == 3 or answer[1] > 15:
        raise NtpError("%s: is itself not synchronised" % host)
    if answer[40:48] == bytes(8):
        raise NtpError("%s: tells no time" % host)
    transmitted = _ms(answer[40:48])
    held = max(0, transmitted - _ms(answer[32:40]))
    if transmitted < _EARLIEST_MS:
        raise NtpError("%s: tells a time before 2020" % host)
    round_trip = max(0, received - sent - held)
    return Sample(transmitted + round_trip // 2, received, (round_trip + 1) // 2 + 1)


def _ms(stamp):
    """A 64-bit NTP timestamp as milliseconds of UNIX time."""
    seconds = int.from_bytes(stamp[:4], "big")
    if seconds < 1 << 31:  # RFC 4330 section 3: the top bit tells the era
        seconds += _ERA
    return (seconds - _1900_TO_1970) * 1000 + (int.from_bytes(stamp[4:], "big") * 1000 >> 32)


def _code(stamp):
    return "".join(chr(c) for c in stamp if 32 < c < 127)
