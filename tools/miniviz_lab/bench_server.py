"""How fast the local server is, as ratios measured in one run: `python tools/miniviz_lab/bench_server.py`.

Nothing here is asserted: the figures depend on the machine, the ratios much less so.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

# The folder above, where the programs that are started here find their packages too.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from miniviz_lab import costs, senders

if TYPE_CHECKING:
    import requests

TOOLS = Path(__file__).resolve().parents[1]
CLIENTS = 8
ROUNDS = 9
PAIRS = 5
DAY = 86_400_000
FIRST = ", first time"
SERVE = """
import sys
from miniviz_server import serve
serve(database=sys.argv[1], port=0, json_line=True)
"""
# What the framework costs with nothing in it: same FastAPI, same uvicorn, one empty answer.
EMPTY = """
import json, socket
import uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.post("/api/project/{project_id}", status_code=201)
async def receive(project_id: str) -> dict[str, int]:
    return {"id": 1}
# With its protocol named, asyncio switches Nagle's delay off, as it does for the real server.
listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listening.bind(("127.0.0.1", 0))
url = f"http://127.0.0.1:{listening.getsockname()[1]}"
print(json.dumps({"url": url, "projects": [{"id": "p", "token": "t"}]}), flush=True)
uvicorn.Server(uvicorn.Config(app, http="h11", ws="none", access_log=False, log_config=None)).run([listening])
"""


@contextmanager
def held(pid: int, share: float | None) -> Generator[None]:
    """Holds a process to this share of a core, by a Linux control group; needs root.

    Two servers, PostgreSQL and eight clients want more cores than a small machine has, and then two
    processes cannot be faster than one. Held to a share each, they show whether they get into each other's
    way in the database.
    """
    folder = Path(f"/sys/fs/cgroup/cpu/miniviz-bench-{pid}")
    if share is None:
        yield
        return
    folder.mkdir()
    try:
        (folder / "cpu.cfs_period_us").write_text("10000")
        (folder / "cpu.cfs_quota_us").write_text(str(int(10_000 * share)))
        (folder / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        (folder.parent / "cgroup.procs").write_text(str(pid))
        folder.rmdir()


@contextmanager
def server(
    program: str, *arguments: str, settle: float = 5, share: float | None = None
) -> Generator[dict[str, Any]]:
    """A server process; what its ready line says."""
    environment = os.environ | {"PYTHONPATH": str(TOOLS)}
    command = [sys.executable, "-c", program, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        ready: dict[str, Any] = json.loads(process.stdout.readline())
        # The first seconds belong to what the server loads in the background.
        time.sleep(settle)
        with held(process.pid, share):
            yield ready | {"pid": process.pid}
    finally:
        process.terminate()
        process.wait(20)


def ingest(servers: list[dict[str, Any]], seconds: float, clients: int = CLIENTS) -> tuple[float, float]:
    """Readings per second of so many clients, and the 99th percentile of their waiting in milliseconds."""
    took, elapsed = senders.send(servers, clients, seconds)
    return len(took) / elapsed, took[int(len(took) * 0.99)] * 1000


class Watcher:
    """An open page: hears of every event."""

    def __init__(self, ready: dict[str, Any]) -> None:
        parts = urlsplit(str(ready["url"]))
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80))
        path = f"/projects/{ready['projects'][0]['id']}/live"
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        self.heard: list[tuple[float, int]] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while found := self._socket.recv(65536):
            self.heard.append((time.perf_counter(), found.count(b"event: stored")))


def post_to_pixel(ready: dict[str, Any], sender: dict[str, Any] | None = None) -> float:
    """Milliseconds from the POST to the page's stream, at the median; the sender may be another process."""
    watcher, device, took = Watcher(ready), senders.Device(sender or ready, "device"), list[float]()
    time.sleep(0.5)
    for _ in range(50):
        before = sum(count for _, count in watcher.heard)
        started = time.perf_counter()
        device.send(started)
        while not device.answered():
            pass  # the rest of the answer is still to come
        while sum(count for _, count in watcher.heard) == before:
            time.sleep(0.0005)
        took.append((watcher.heard[-1][0] - started) * 1000)
    return statistics.median(took)


def fill(database: str, count: int, step: int = 60_000) -> None:
    """One reading every `step` milliseconds of four devices, written past the server."""
    from miniviz_server import PROJECTS
    from miniviz_server.store import Store

    store = Store(database, seed=PROJECTS)
    now = time.time_ns() // 1_000_000
    sql = "INSERT INTO events (project_id, timestamp, received_at, label_key, payload) VALUES "
    sql += "(%s, %s, %s, %s, %s)" if store.postgres else "(?, ?, ?, ?, ?)"
    for first in range(0, count, 20_000):
        rows = [
            (
                PROJECTS[0].id,
                now - n * step,
                now,
                f"device-{n % 4}",
                json.dumps({"temperature": n % 40, "humidity": 55.5}),
            )
            for n in range(first, min(first + 20_000, count))
        ]
        with store.writing() as connection:
            connection.exec_driver_sql(sql, rows)
    store.close()


def await_sums(database: str) -> float:
    """Waits until the server has summed the hours that are over, as it does while devices send; seconds."""
    from miniviz_server.store import Store

    store, started = Store(database), time.monotonic()
    query = "SELECT count(*) FROM rollup_hours WHERE claim NOT IN (1, 2) AND hour < %d"
    now = time.time_ns() // 3_600_000_000_000
    moved, before, left = started, -1, 1
    while left:
        with store.reading() as connection:
            left = connection.exec_driver_sql(query % now).scalar_one()
        # A server that must share its machine takes long; one that stands still is broken.
        moved, before = (moved, before) if left == before else (time.monotonic(), left)
        if time.monotonic() - moved > 60:
            raise SystemExit(f"{left} hours are still not summed, and none was in the last minute.")
        time.sleep(0.2)
    store.close()
    return time.monotonic() - started


def pages(ready: dict[str, Any]) -> dict[str, float]:
    """Milliseconds for each page, at the median, and for its first time, when nothing of it is kept yet."""
    import requests

    session, project = requests.Session(), ready["projects"][0]["id"]
    base = f"{ready['url']}/projects/{project}"
    week = {"type": "line", "name": "Week", "metrics": ["temperature"], "range": "7d", "size": 3}
    # Each of them is seen for the first time: a single one would say more about the moment than the page.
    charts = [week | {"aggregate": one} for one in ("mean", "min", "max")]
    charts += [week | {"metrics": ["humidity"], "aggregate": one} for one in ("mean", "max")]
    rows = {"type": "table", "name": "Rows", "labels": ["device-1"]}
    ids = [session.post(f"{base}/charts", json=one).json()["id"] for one in (rows, *charts)]
    addresses = {
        "Database page": [base],
        "filtered by label": [f"{base}/charts/{ids[0]}/data"],
        "one-week chart": [f"{base}/charts/{one}/data?width=900" for one in ids[1:]],
    }
    taken: dict[str, float] = {}
    for name, found in addresses.items():
        taken[name + FIRST] = statistics.median(_timed(session, address) for address in found)
        taken[name] = statistics.median(_timed(session, found[0]) for _ in range(15))
    return taken


def _timed(session: requests.Session, address: str) -> float:
    started = time.perf_counter()
    answer = session.get(address)
    took = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{answer.url} answered {answer.status_code}")
    return took


def _ingest_on_sqlite(folder: Path, seconds: float) -> None:
    with server(EMPTY) as empty, server(SERVE, str(folder / "ingest.sqlite")) as ready:
        watcher = Watcher(ready)
        rates: list[tuple[float, float, float]] = []
        used = {"bare": 0.0, "ours": 0.0}
        posts = {"bare": 0.0, "ours": 0.0}
        # Short rounds in turn: a machine that has other things to do slows both of a round alike.
        for _ in range(ROUNDS):
            before = costs.of_server(empty), costs.of_server(ready)
            bare, _ = ingest([empty], seconds / 2)
            rate, p99 = ingest([ready], seconds / 2)
            rates.append((rate / bare, rate, p99))
            used["bare"] += costs.of_server(empty) - before[0]
            used["ours"] += costs.of_server(ready) - before[1]
            posts["bare"] += bare * seconds / 2
            posts["ours"] += rate * seconds / 2
            print(f"  empty POST {bare:6.0f}/s   ingest {rate:6.0f}/s   p99 {p99:5.1f} ms")
        ratio, rate, p99 = sorted(rates)[ROUNDS // 2]
        heard = sum(count for _, count in watcher.heard)
        print(f"SQLite, 8 clients, a page watching ({heard} events heard): {ratio:.2f} of an empty POST")
        print(f"  goal: at least 0.50 and p99 under 50 ms; {rate:.0f}/s, p99 {p99:.1f} ms")
        each = {name: used[name] / posts[name] * 1e6 for name in used}
        print(f"  processor time: {each['bare']:.0f} us an empty POST, {each['ours']:.0f} us a reading")
        print(f"POST to pixel: {post_to_pixel(ready):.1f} ms at the median (goal: under 100)")


def _sizes(folder: Path, count: int, *, one_week: bool) -> None:
    found: list[dict[str, float]] = []
    for size in (10_000, count):
        database = str(folder / f"{size}-{one_week}.sqlite")
        fill(database, size, 7 * DAY // size if one_week else 60_000)
        with server(SERVE, database) as ready:
            print(f"  summed {await_sums(database):.1f} s after the start had settled")
            found.append(pages(ready))
    spread = "all in one week" if one_week else "one a minute"
    print(f"SQLite with {count:,} events, {spread}, against 10,000 (goal: within 2 times, under 300 ms)")
    for name, small in found[0].items():
        large = found[1][name]
        print(f"  {name:18} {small:6.1f} ms -> {large:6.1f} ms   {large / small:.2f} times")


def _postgres(address: str, seconds: float, share: float | None) -> None:
    with server(SERVE, address, share=share) as one, server(SERVE, address, share=share) as two:
        spent = costs.Costs(address)
        for clients in (CLIENTS, 4 * CLIENTS):
            senders.send([one, two], clients, 1)  # what is new is written, what is kept is open
            _pairs(spent, [one, two], clients, seconds)
        print(f"POST to one process, pixel of the other: {post_to_pixel(one, two):.1f} ms at the median")


def _pairs(spent: costs.Costs, servers: list[dict[str, Any]], clients: int, seconds: float) -> None:
    alone, both = list[costs.Run](), list[costs.Run]()
    for _ in range(PAIRS):
        alone.append(spent.of(servers[:1], clients, seconds))
        both.append(spent.of(servers, clients, seconds))
        for name, run in (("one process", alone[-1]), ("two", both[-1])):
            shares = f"idle {run.idle:4.0%}, other programs {run.others:4.0%}"
            print(f"  {clients} clients, {name:11} {run.rate:6.0f}/s   {shares}", flush=True)
    ratios = sorted(two.rate / one.rate for one, two in zip(alone, both, strict=True))
    rates = [statistics.median(run.rate for run in runs) for runs in (alone, both)]
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
    print(
        f"PostgreSQL, {clients} clients: two processes {statistics.median(ratios):.2f} times one ({spread})"
    )
    print(f"  goal: 1.5; {rates[0]:.0f} and {rates[1]:.0f}/s")
    print(f"  {costs.limit(rates[0], alone, both)}")


def main() -> None:
    """Runs what is asked for, all of SQLite without arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("ingest", "sizes", "week", "postgres"))
    parser.add_argument("--postgres", metavar="ADDRESS", help="an empty database: postgresql+psycopg://...")
    parser.add_argument("--share", type=float, help="hold each process on PostgreSQL to this share of a core")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="miniviz-bench-") as folder:
        if options.only in (None, "ingest"):
            _ingest_on_sqlite(Path(folder), options.seconds)
        if options.only in (None, "sizes"):
            _sizes(Path(folder), options.events, one_week=False)
        if options.only in (None, "week"):
            _sizes(Path(folder), options.events, one_week=True)
        if options.postgres and options.only in (None, "postgres"):
            _postgres(options.postgres, options.seconds, options.share)


if __name__ == "__main__":
    main()
