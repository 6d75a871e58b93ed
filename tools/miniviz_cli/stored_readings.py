"""The readings in an outbox that was copied from a board, read by the firmware's own code."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import firmware_code

_OURS = re.compile(r"\d{8}(-\d+)?\.seg|ack")


def write(outbox: Path, file: Path) -> int:
    """A JSON line for each reading that still waits, oldest first; how many. Without any there is no file."""
    lines = [json.dumps(reading, ensure_ascii=False) for reading in _waiting(outbox)]
    if lines:
        file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    else:
        file.unlink(missing_ok=True)
    return len(lines)


def _waiting(outbox: Path) -> Iterator[dict[str, object]]:
    if not outbox.is_dir():
        return
    with tempfile.TemporaryDirectory(prefix="miniviz-") as folder:
        copy = Path(folder) / "outbox"  # reading it acknowledges
        copy.mkdir()
        for file in outbox.iterdir():
            if _OURS.fullmatch(file.name):
                shutil.copyfile(file, copy / file.name)
        store = firmware_code.store().Store(str(copy))
        while found := store.peek():
            boot, time, label, payload = found
            # Before a board's first sync there is only the time since that boot.
            at = {"boot": boot, "uptime_ms": time} if boot else {"timestamp": time}
            yield {**at, "label": label, "payload": payload}
            store.done()
