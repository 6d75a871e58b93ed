"""Files that somebody is working on: a change is noticed, and acted upon once it is complete."""

import time
from collections.abc import Iterable
from pathlib import Path

_LOOK_SECONDS = 0.3
_QUIET_SECONDS = 0.5  # an editor saves several files one after the other

State = dict[Path, tuple[int, int]]


def state(places: Iterable[Path]) -> State:
    """Time and size of every file; a folder counts with all that is in it."""
    found: State = {}
    for place in places:
        for file in [place] if place.is_file() else sorted(place.rglob("*")):
            try:
                facts = file.stat()
            except OSError:  # renamed away in this moment
                continue
            if file.is_file() and "__pycache__" not in file.parts:
                found[file] = (facts.st_mtime_ns, facts.st_size)
    return found


def change(places: list[Path], before: State) -> State:
    """Wait for a change, then for quiet; what is there now."""
    while (now := state(places)) == before:
        time.sleep(_LOOK_SECONDS)
    while True:
        time.sleep(_QUIET_SECONDS)
        later = state(places)
        if later == now:
            return now
        now = later
