"""What a reading costs the clients, the servers and PostgreSQL of a bench in processor time; Linux only."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from typing import Any, NamedTuple

from miniviz_lab import senders


class Run(NamedTuple):
    """Readings per second, what each cost the three, and shares of the time of all processors."""

    rate: float
    each: list[float]
    idle: float
    others: float


class Costs:
    """Processor seconds that clients, servers and PostgreSQL have used; Linux only, and PostgreSQL here."""

    def __init__(self, address: str) -> None:
        import psycopg

        with psycopg.connect(address.replace("+psycopg", "")) as connection:
            mine = connection.info.backend_pid
            # PostgreSQL's first process, whose children are all others, is the parent of this one.
            self._parent = _stat(mine)[1] if _comm(mine) == "postgres" else "none"

    def used(self, servers: list[dict[str, Any]]) -> tuple[float, float, float]:
        """Until now: the clients, which are this process; these servers; PostgreSQL."""
        stats = [_stat(int(folder.name)) for folder in Path("/proc").glob("[0-9]*")]
        postgres = sum(_seconds(one) for one in stats if one[1:2] == [self._parent])
        return time.process_time(), sum(of_server(one) for one in servers), postgres

    def of(self, servers: list[dict[str, Any]], clients: int, seconds: float) -> Run:
        """One run; its costs in microseconds."""
        before, (idle, total) = self.used(servers), _machine()
        took, elapsed = senders.send(servers, clients, seconds)
        after, (idle_after, total_after) = self.used(servers), _machine()
        used = [new - old for new, old in zip(after, before, strict=True)]
        passed = max(total_after - total, elapsed)
        idle = (idle_after - idle) / passed
        each = [one / len(took) * 1e6 for one in used]
        return Run(len(took) / elapsed, each, idle, max(0.0, 1 - idle - sum(used) / passed))


def _machine() -> tuple[float, float]:
    """Seconds that all processors together did nothing, and all their seconds."""
    found = Path("/proc/stat")
    if not found.exists():
        return 0.0, 0.0
    ticks = [int(one) for one in found.read_text().partition("\n")[0].split()[1:9]]
    return sum(ticks[3:5]) / os.sysconf("SC_CLK_TCK"), sum(ticks) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """State, parent and so on of a process; empty for one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _comm(pid: int) -> str:
    found = Path(f"/proc/{pid}/comm")
    return found.read_text().strip() if found.exists() else ""


def _seconds(stat: list[str]) -> float:
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def of_server(ready: dict[str, Any]) -> float:
    """What the server has used; Linux only. Other programs on the machine change it less than the rates."""
    stat = Path(f"/proc/{ready['pid']}/stat")
    if not stat.exists():
        return 0.0
    return _seconds(_stat(int(ready["pid"])))


def _each(runs: list[Run]) -> list[float]:
    return [statistics.median(column) for column in zip(*(run.each for run in runs), strict=True)]


def limit(rate: float, alone: list[Run], both: list[Run]) -> str:
    """What a reading costs, and how many times one process two can be on these processors: a sentence."""
    one, two, processors = _each(alone), _each(both), os.cpu_count() or 1
    if not all((*one, *two)):
        return "What a reading costs can be told on Linux only, with PostgreSQL on the same machine."
    costs = [f"{c:.0f} + {s:.0f} + {p:.0f}" for c, s, p in (one, two)]
    most = min(2.0, processors / sum(two) * 1e6 / rate)
    return (
        f"A reading costs client, server and PostgreSQL {costs[0]} us of processor time with one process and "
        f"{costs[1]} us with two, so that on {processors} processors two can be {most:.2f} times one at most."
    )
