"""kill -9 in the middle of 8 clients' ingest: what was acknowledged is there afterwards."""

import itertools
import json
import threading

import pytest
import requests
from miniviz_server.store import Store
from postgres_server import new_database
from postgres_server import pytestmark as postgres_marks
from server_client import NOW, event, ready_line, start

CLIENTS = 8
_names = itertools.count()


def send(url, client, acknowledged):
    """Sends until the server is gone; keeps what it was promised."""
    with requests.Session() as session:
        for n in range(100_000):
            try:
                answer = session.post(
                    url, json=event(timestamp=NOW + n, label_key=f"client-{client}"), timeout=10
                )
            except requests.RequestException:
                return
            if answer.status_code == 201:
                acknowledged.append((f"client-{client}", NOW + n))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=postgres_marks)])
def database(request, tmp_path):
    if request.param == "sqlite":
        return tmp_path / "a.sqlite"
    return new_database(request.getfixturevalue("postgres_address"), f"kill{next(_names)}")


@pytest.mark.parametrize("after", [50, 400])
def test_no_acknowledged_event_is_lost_and_none_is_stored_twice(database, after):
    process = start(database)
    line = json.loads(ready_line(process))
    project = line["projects"][0]
    url = f"{line['url']}/api/project/{project['id']}?token={project['token']}"
    acknowledged = [[] for _ in range(CLIENTS)]
    threads = [threading.Thread(target=send, args=(url, n, acknowledged[n])) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    while sum(map(len, acknowledged)) < after and process.poll() is None:
        threading.Event().wait(0.005)
    process.kill()
    for thread in threads:
        thread.join(30)
    process.communicate(timeout=10)
    promised = {one for part in acknowledged for one in part}
    store = Store(database)
    found = [(one.label_key, one.timestamp) for one in store.newest(project["id"], 10**6)]
    stored = set(found)
    metrics = {(one.label_key, one.metric) for one in store.catalogue(project["id"])}
    store.close()
    assert len(promised) >= after
    assert promised <= stored
    assert len(found) == len(stored)
    assert metrics == {(label, "temperature") for label, _ in stored}
