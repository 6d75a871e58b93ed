"""What a run leaves behind: its warnings in log.txt, its crash in postmortem.json and one row made of it."""

import json

from . import log, port
from .port import const

PATH = const("postmortem.json")
_LOG = const("log.txt")
_LOG_MOST = const(4096)  # bytes, one block of the flash; then it becomes log.old, and what was that goes
_MOST = const(1200)  # the end of a traceback says most


def write(boot, text, cause, uptime_ms):
    """Keep a crash; text is masked already. The last one counts."""
    found = {
        "boot": boot,
        "text": text[-_MOST:],
        "cause": cause,
        "uptime": uptime_ms,
        "heap": port.mem_free(),
    }
    try:
        with open(PATH, "w") as file:
            json.dump(found, file)
    except OSError:  # a full flash is perhaps the very reason
        pass


def write_log():
    """Append the warnings and errors that log has kept: until the end of a run they cost no flash."""
    if not log.kept:
        return
    try:
        if port.file_size(_LOG) > _LOG_MOST:
            port.replace(_LOG, "log.old")
        with open(_LOG, "a") as file:
            for stamp, text in log.kept:
                file.write("%s %s\n" % (stamp, text))
    except OSError:  # a flash that takes nothing is said elsewhere
        pass
    del log.kept[:]


def row():
    """The payload of the last crash that was not reported yet, or None."""
    try:
        with open(PATH) as file:
            found = json.load(file)
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("reported"):
        return None
    lines = [line.strip() for line in found["text"].strip().split("\n")]
    where = [line for line in lines if line.startswith("File ")]
    row = {"crash": _short(lines[-1], 100), "boot": found["boot"], "cause": found["cause"]}
    if where:
        row["where"] = _short(where[-1], 80)
    for key in ("uptime", "heap"):
        if found.get(key) is not None:
            row["crash_" + key] = found[key]
    return row


def reported():
    """The row is queued: it is made once."""
    with open(PATH) as file:
        found = json.load(file)
    found["reported"] = True
    with open(PATH, "w") as file:
        json.dump(found, file)


def _short(text, most):
    """Plain characters only: others count six bytes each to the platform."""
    return "".join(c if " " <= c <= "~" else "?" for c in text)[:most]
