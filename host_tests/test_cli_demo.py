"""`miniviz demo`: real MicroPython, real server, real page; and a tidy end."""

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from command import MINIVIZ, environment, miniviz
from miniviz_cli.closing import Closing, parse
from miniviz_lab import micropython

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")


@pytest.fixture
def binary():
    return micropython.for_test()


@pytest.mark.usefixtures("binary")
def test_headless_demo_delivers_and_loses_nothing():
    done = miniviz("demo", "--for", 20)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on MicroPython, heap 256k" in done.stdout
    count = re.fullmatch(r"delivered (\d+) readings, (\d+) pictures, 0 lost", done.stdout.splitlines()[-1])
    assert count, done.stdout
    assert int(count[1]) >= 5 and int(count[2]) >= 1


def test_demo_runs_on_cpython_and_says_so(tmp_path):
    database = tmp_path / "kept.sqlite"
    done = miniviz("demo", "--for", 16, "--runtime", "cpython", "--database", database)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "firmware  on CPython" in done.stdout
    assert database.exists()
    again = miniviz("demo", "--for", 5, "--runtime", "cpython", "--database", database)
    assert again.returncode == 1, "the readings that were there already do not count"
    assert re.search(r"^delivered [0-4] readings, [01] pictures, 0 lost$", again.stdout, re.M)
    assert "fewer than 5 readings and a picture" in again.stderr


@posix
@pytest.mark.usefixtures("binary")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_page_is_up_early_and_the_end_is_clean(sign):
    with subprocess.Popen(
        [*MINIVIZ, "demo", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout
        url = ""
        for line in process.stdout:
            url = url or (line.split()[1] if line.startswith("  page ") else "")
            if "joined home" in line:
                break
        with urllib.request.urlopen(url, timeout=10) as page:
            assert page.status == 200
        time.sleep(1)
        process.send_signal(sign)
        rest, errors = process.communicate(timeout=30)
    assert process.returncode == 0, rest + errors
    assert "stopped: taken" in rest
    assert rest.splitlines()[-1].endswith(", 0 lost")
    assert not errors
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", int(url.rstrip("/").rpartition(":")[2])), 2)


def test_taken_port_is_one_sentence_when_it_was_asked_for():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = miniviz("demo", "--for", 3, "--port", taken.getsockname()[1], "--runtime", "cpython")
    assert done.returncode == 1
    assert "in use by another program" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("numbers", "stored", "lost"),
    [
        ((8, 8, 0, 0, 0), 8, 0),
        ((8, 6, 2, 0, 0), 6, 0),
        ((8, 6, 2, 0, 0), 7, 0),  # an answer that was lost on its way back
        ((8, 6, 1, 1, 0), 6, 1),
        ((9, 5, 2, 0, 2), 5, 2),
    ],
)
def test_lost_is_what_neither_arrived_nor_waits(numbers, stored, lost):
    assert Closing(*numbers).lost(stored) == lost


def test_closing_line_is_found():
    line = "stopped: taken 8, delivered 5, waiting 1, set aside 2, dropped 0"
    assert parse(line) == Closing(8, 5, 1, 2, 0)
    assert parse(line + ", pictures 3") == Closing(8, 5, 1, 2, 0, 3)
    assert Closing(8, 5, 1, 2, 0, 3).lost_pictures(2) == 1
    assert parse("stopped: not really") is None
