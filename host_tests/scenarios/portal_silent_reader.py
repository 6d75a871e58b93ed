"""A phone that asks for a page and then takes none of it: the board lets it go, and serves the next one."""

import json
import os
import socket

from miniviz import log, port, web

LONG = 64 << 20  # more than any system's sockets hold between them
log.setup("error")
given = [0]
number = int(os.getenv("HTTP"))


def pieces(room):
    piece = "x" * 1024
    while given[0] < room:
        given[0] += len(piece)
        yield piece


def ask():
    one = socket.socket()
    one.connect(port.resolve("127.0.0.1", number))
    one.send(b"GET / HTTP/1.1\r\n\r\n")
    return one


page = web.Web("127.0.0.1", number, lambda request: (200, "text/plain", pieces(room)))
room = LONG
silent = ask()
begun = port.ticks_ms()
while not given[0] or page._calls:
    page.step()
waited = port.ticks_diff(port.ticks_ms(), begun)
cut, given[0], room = given[0] < LONG, 0, 2048
other = ask()
while not given[0] or page._calls:
    page.step()
text = other.recv(4096)
for one in (silent, other):
    one.close()
page.close()
print(
    json.dumps({"cut": cut, "waited": waited, "next": text.startswith(b"HTTP/1.1 200"), "left": page._calls})
)
