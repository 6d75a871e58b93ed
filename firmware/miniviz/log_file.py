"""log.txt: the warnings and errors of a run, written when it ends; until then they cost no flash."""

from . import log, port

PATH = port.const("log.txt")
_MOST = port.const(4096)  # bytes, one block of the flash; then it becomes log.old, and what was that goes


def write():
    """Append what log has kept; a flash that takes nothing is said elsewhere."""
    if not log.kept:
        return
    try:
        if port.file_size(PATH) > _MOST:
            port.replace(PATH, "log.old")
        with open(PATH, "a") as file:
            for stamp, text in log.kept:
                file.write("%s %s\n" % (stamp, text))
    except OSError:
        pass
    del log.kept[:]
