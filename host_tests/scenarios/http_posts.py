"""Posts what $POSTS (a JSON list) says through one Session; prints what came of each, and what is left open.

An entry: `url`; `text`, `json`, `bytes` (a count) or `parts` (lengths; with `length` if it says one) as
the body; `headers`; `timeout`; `pause` before it in ms; `again`: how often. Each answer tells the sizes of
what was handed to the system in one write, and the options that a new connection's socket took.
"""

import gc
import json
import os

from miniviz import http, port

POSTS = json.loads(os.getenv("POSTS"))
SETTINGS = json.loads(os.getenv("SESSION", "{}"))
writes = []
options = []
gap = 0  # the longest time between two calls of idle()
last = 0


def idle():
    global gap, last
    now = port.ticks_ms()
    gap = max(gap, port.ticks_diff(now, last))
    last = now


def write_some(sock, data):
    writes.append(len(data))
    return real_write(sock, data)


class Recorded:
    """A connection's socket; an option counts once the system has taken it."""

    def __init__(self, sock):
        self.sock = sock

    def setsockopt(self, level, name, value):
        self.sock.setsockopt(level, name, value)
        options.append([level, name, value])


class Parts:
    def __init__(self, parts):
        self.parts = parts

    def __iter__(self):
        for size in self.parts:
            yield b"p" * size


class Measured(Parts):
    def __init__(self, parts, length):
        self.parts, self.length = parts, length


def body(entry):
    if "parts" in entry:
        parts = entry["parts"]
        if "length" in entry:
            return Measured(parts, entry["length"])
        return iter(Parts(parts)) if entry.get("once") else Parts(parts)
    if "bytes" in entry:
        return b"b" * entry["bytes"]
    return entry.get("text")


def post(session, entry):
    try:
        answer = session.post(
            entry["url"],
            data=body(entry),
            json=entry.get("json"),
            headers=entry.get("headers"),
            timeout=entry.get("timeout"),
        )
    except http.Failure as error:
        return {"words": error.words}
    except ValueError as error:
        return {"refused": str(error)}
    answer.headers.pop("location", None)  # the server's echo of the url, with its token
    told = {"status": answer.status_code, "headers": answer.headers, "size": len(answer.content)}
    told["text"] = answer.text[:200]
    answer.close()
    return told


def files():
    return len(os.listdir("/proc/self/fd"))


def free():
    gc.collect()
    gc.collect()
    return gc.mem_free() if hasattr(gc, "mem_free") else 0


if "year" in SETTINGS:
    year = SETTINGS.pop("year")
    port.year = lambda: year
real_write, port.write_some = port.write_some, write_some
# http's wire looks it up in port, as it does every wait.
real_no_delay, port.no_delay = port.no_delay, lambda sock: real_no_delay(Recorded(sock))
session = http.Session(idle=idle, **SETTINGS)
before = files()
for entry in POSTS:
    for _ in range(entry.get("again", 1)):
        port.sleep_ms(entry.get("pause", 0))
        gap = 0
        writes, options = [], []
        start = last = port.ticks_ms()
        told = post(session, entry)
        told["ms"] = port.ticks_diff(port.ticks_ms(), start)
        told["gap"], told["writes"], told["options"] = gap, writes, options
        print(json.dumps(told))
session.close()
kept = free()
session.close()
print(json.dumps({"files": files() - before, "free": kept}))
