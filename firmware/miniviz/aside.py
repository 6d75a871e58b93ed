"""Readings that the platform will never take: outbox/aside, a JSON line each with the reason."""

import json

from . import log, port
from .port import const

_MOST = const(4000)  # bytes; then the file becomes outbox/aside.old and a new one begins


def keep(folder, record, reason):
    """Add a reading; a full flash is no fault of the other readings."""
    line = json.dumps([log.mask(reason), record.timestamp, record.label, record.payload])
    path = folder + "aside"
    try:
        if port.file_size(path) + len(line) > _MOST:
            port.replace(path, folder + "aside.old")
        with open(path, "a") as file:
            file.write(line + "\n")
    except OSError as error:
        log.warning("outbox", "cannot write %s (%s)" % (path, error))
