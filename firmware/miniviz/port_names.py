"""Asking for a host's address: the one wait that nobody can cut short. Loaded while it is asked.

lwIP asks a name server four times within 7 s, then the next one (dns_check_entry() in its core/dns.c). rp2
knows two: where both are silent, that is longer than its watchdog can wait, but timers go on meanwhile. On an
esp32, which knows three, nothing of the program goes on: its watchdog waits longer.
"""

import socket

from . import port

_FEEDS = 4  # every 3 s: for 14 s and a little more


def resolve(host, number):
    """The address, in the form that the port's sockets take."""
    timer = None if host.replace(".", "").isdigit() else _feeding()  # an address is not asked for
    try:
        return socket.getaddrinfo(host, number, socket.AF_INET, socket.SOCK_STREAM)[0][-1]
    finally:
        if timer:
            timer.deinit()


def _feeding():
    left = [_FEEDS]

    def feed(_):
        left[0] -= 1
        if left[0] >= 0:
            port.feed()

    try:
        from machine import Timer

        return Timer(-1, mode=Timer.PERIODIC, period=3000, callback=feed)
    except (ImportError, ValueError):  # a computer; an esp32, whose timers are numbered
        return None
