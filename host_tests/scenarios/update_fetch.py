"""Looks for an update at $URL from the folder that it runs in; prints what became of it.

SCENARIO is JSON: `token`, `pointer` (version.json), `again`, `free` (bytes of flash), `ca`, `running`.
"""

import gc
import json
import os

from miniviz import download, port, switch, upgrade

SCENARIO = json.loads(os.getenv("SCENARIO"))


class Settings:
    url, board, project = os.getenv("URL"), "any", "a project"
    token = SCENARIO.get("token", "the-token")
    sensors, sleep, send_every = ({"every": 60},), False, 60
    update = {"url": None, "every": 24, "within": 15, "key": SCENARIO.get("key")}


def files(folder):
    """Every file below it."""
    found = []
    try:
        names = sorted(port.names(folder))
    except OSError:
        return found
    for name in names:
        path = folder + "/" + name
        found += [path] if "." in name else files(path)
    return found


def sockets():
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:  # not Linux
        return 0


def running():
    """The folder of the version that runs, which may be an archive."""
    where = SCENARIO.get("running", "running")
    return port.mount(where) if where.endswith(".bin") else where


def look():
    session = download.Download(ca=SCENARIO.get("ca", "ca.der"))
    found = upgrade.Upgrade(Settings, session.get, running(), again=SCENARIO.get("again"))
    fetched = []
    try:
        for name in found.steps():
            fetched += [name] if name else []
        return {"version": found.version, "fetched": fetched}
    except Exception as error:  # noqa: BLE001 the test reads the sentence
        return {"error": str(error), "kind": error.__class__.__name__, "fetched": fetched}
    finally:
        session.close()


if "pointer" in SCENARIO:
    switch.save(SCENARIO["pointer"])
if "free" in SCENARIO:
    port.disk_free = lambda path: SCENARIO["free"]
before = sockets()
told = look()
gc.collect()
told["sockets"] = sockets() - before
told["files"] = files("versions")
told["pointer"] = switch.load()
print(json.dumps(told))
