"""A PostgreSQL of the tests' own: in a temporary folder, on a free port of 127.0.0.1, gone afterwards."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest


def _programs():
    """The folder with initdb and postgres, or None. Debian keeps them off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    return versions[-1] if versions else Path(found).parent if found else None


PROGRAMS = _programs()

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(
        PROGRAMS is None and "CI" not in os.environ,
        reason="no PostgreSQL on this machine (apt-get install postgresql)",
    ),
]


def _user():
    """PostgreSQL refuses to run as root: then the first user there is who is not."""
    if os.getuid():
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def started():
    """The address of a server with an empty database, as SQLAlchemy reads it, without the database's name."""
    user = _user()
    with tempfile.TemporaryDirectory(prefix="miniviz-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        if user:
            os.chown(folder, user["user"], user["group"])
        command = [
            PROGRAMS / "initdb",
            "-D",
            data,
            "-U",
            "miniviz",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)
        port = _free_port()
        command = [PROGRAMS / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder]
        log = (Path(folder) / "log").open("wb")
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **user)
        try:
            _wait(port, process, Path(folder) / "log")
            yield f"postgresql+psycopg://miniviz@127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
            log.close()


def _wait(port, process, log):
    command = [PROGRAMS / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"]
    deadline = time.monotonic() + 60
    while subprocess.run(command).returncode:
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def new_database(address, name):
    """An empty database on that server."""
    import psycopg

    plain = address.replace("+psycopg", "")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{address}/{name}"
