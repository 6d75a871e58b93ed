"""flash_bytes_per_reading and erases_per_1000: what storing and acknowledging costs the flash."""

import json
from typing import Any

from miniviz_lab import micropython

from .guest import HERE, Failed, Guests
from .metric import Metric

_DEVICE = HERE.parent / "wear_device.py"
_STORED = "stored, made safe every 10 readings"  # store_every as it is by default, one reading a minute
_NAIVE = "one file per reading, 50 waiting"


def measure(guests: Guests, runs: int) -> list[Metric]:
    """Both from one run: nothing in it is left to chance. The peer keeps one file per reading."""
    told = _told(guests)
    stored = next(i for i, one in enumerate(told) if one["what"] == _STORED)
    naive = next(one for one in told if one["what"] == _NAIVE)
    found: list[Metric] = []
    for name, unit in (("flash_bytes_per_reading", "B"), ("erases_per_1000", "erases")):
        parts = {"stored": told[stored][name], "acknowledged": told[stored + 1][name]}
        floor = told[stored]["record"] if unit == "B" else None
        note = f"stored {parts['stored']:.0f} + acknowledged one by one {parts['acknowledged']:.0f} {unit}; "
        note += "a Pico W's 256-byte pages, made safe every 10 readings"
        found.append(Metric(name, unit, [sum(parts.values())], naive[name], floor, note, parts))
    return found


def _told(guests: Guests) -> list[dict[str, Any]]:
    path = [micropython.FAKES, guests.firmware]
    done = micropython.run([_DEVICE, "256"], heap="8m", path=path, timeout=600)
    if done.returncode:
        raise Failed(f"{_DEVICE.name}: {done.stdout}{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]
