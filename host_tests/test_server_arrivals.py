"""Readings that arrive together: one transaction, and one that cannot be stored costs the others nothing."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from miniviz_server import PROJECTS, Project, running
from server_client import NOW, event, post, refused


@pytest.fixture
def server():
    with running() as server:
        yield server


def test_a_project_that_vanishes_in_between_takes_no_other_reading_along(server, monkeypatch):
    gone = Project("gone-id", "gone-token", "Gone", "free")
    server.store.projects.add(gone)
    # A busy moment: everything that is posted meanwhile waits for one transaction.
    held, batches, real = threading.Event(), [], server.store.add_all

    def add_all(found):
        held.wait(20)
        batches.append(len(found))
        return real(found)

    monkeypatch.setattr(server.store, "add_all", add_all)
    url = f"{server.url}/api/project/gone-id?token=gone-token"
    assert server.store.projects.recent("gone-id") == gone
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(post, server, event(timestamp=NOW))
        others = [pool.submit(post, server, event(timestamp=NOW + n)) for n in range(1, 4)]
        lost = pool.submit(post, server, event(), None, url)
        server.store.projects.delete("gone-id")
        server.store.projects._recent["gone-id"] = (gone, float("inf"))
        held.set()
        assert [one.result().status_code for one in (first, *others)] == [201] * 4
        refused(lost.result(), 404, "unknown_project", "project_id")
    assert server.count(PROJECTS[0].id) == 4


def test_a_token_that_was_changed_is_refused_at_once(server):
    mine = Project("mine-id", "mine-token", "Mine", "free")
    server.store.projects.add(mine)
    url = f"{server.url}/api/project/mine-id?token="
    assert post(server, event(), url=url + "mine-token").status_code == 201
    server.store.projects.change("mine-id", token="another-token")
    refused(post(server, event(), url=url + "mine-token"), 401, "token_wrong", "token")
    assert post(server, event(), url=url + "another-token").status_code == 201
    server.store.projects.delete("mine-id")
    refused(post(server, event(), url=url + "another-token"), 404, "unknown_project", "project_id")


def test_another_process_learns_of_a_change_within_a_second(server, monkeypatch):
    mine = Project("mine-id", "mine-token", "Mine", "free")
    server.store.projects.add(mine)
    assert server.store.projects.recent("mine-id") == mine
    with server.store.writing() as connection:
        connection.exec_driver_sql("UPDATE projects SET token = 'new' WHERE id = 'mine-id'")
    now = __import__("time").monotonic()
    monkeypatch.setattr("miniviz_server.projects.time.monotonic", lambda: now + 1.1)
    assert server.store.projects.recent("mine-id").token == "new"


def test_the_answer_and_its_head_come_in_one_piece(server):
    project = server.projects[0]
    with requests.Session() as session:
        for n in range(3):
            answer = session.post(
                f"{server.url}/api/project/{project.id}?token={project.token}",
                data=json.dumps(event(timestamp=NOW + n)),
                timeout=10,
            )
            assert answer.json() == {"id": n + 1} and answer.headers["X-Content-Type-Options"] == "nosniff"
