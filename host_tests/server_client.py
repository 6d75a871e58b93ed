"""What the server's tests share: an event, a way to post it, and the same from another process."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import requests

TOOLS = Path(__file__).parents[1] / "tools"
NOW = 1_763_800_000_000
READY_SECONDS = 20

_SERVE = """
import sys
from miniviz_server import CannotServe, DatabaseUnusable, serve
try:
    serve(database=sys.argv[1], port=int(sys.argv[2]), json_line=sys.argv[3] == "json")
except (CannotServe, DatabaseUnusable) as error:
    sys.exit(str(error))
"""


def event(**changes):
    """An event that every limit allows, with these fields changed."""
    return {"timestamp": NOW, "label_key": "greenhouse-1", "payload": {"temperature": 23.4}} | changes


def endpoint(server, project=None, token=None):
    project = project or server.projects[0]
    return f"{server.url}/api/project/{project.id}?token={token or project.token}"


def post(server, body, headers=None, url=None):
    """Sends bytes as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | (headers or {})
    return requests.post(url or endpoint(server), data=raw, headers=headers, timeout=20)


def refused(response, status, code, field=None):
    """Holds an answer against the refusal it ought to be; gives its sentence back."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert (error["code"], error["field"]) == (code, field), error
    assert error["message"].endswith((".", "...")), error
    return error["message"]


def start(database, port=0, style="json"):
    """The server in a process of its own."""
    command = [sys.executable, "-c", _SERVE, str(database), str(port), style]
    environment = os.environ | {"PYTHONPATH": str(TOOLS)}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def ready_line(process):
    """The next line on its standard output; a server that stays silent is ended, and the line is empty."""
    watchdog = threading.Timer(READY_SECONDS, process.kill)
    watchdog.start()
    try:
        return process.stdout.readline()
    finally:
        watchdog.cancel()


@contextlib.contextmanager
def served(database, style="json"):
    """A server process that gets Ctrl-C in the end, however the test went."""
    process = start(database, style=style)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        process.stdout.close()
        process.stderr.close()


def wait_until(condition, seconds=5.0):
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
