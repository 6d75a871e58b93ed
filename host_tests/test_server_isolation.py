"""Two users cannot see, guess or change each other's things: every route of the application is tried."""

import re

import pytest
import requests
from miniviz_server import Event, Settings, create_app, running
from person import Person
from server_client import NOW
from starlette.routing import Mount

SECRET = "ada-only-7f3a"
# What anybody may open, with or without an account, and what it is for.
PUBLIC = {"/", "/register", "/login", "/logout", "/openapi.json", "/static"}
# Boards fetch their version without an account: the same open files for everyone.
PUBLIC |= {"/firmware/{board}/manifest.json", "/firmware/{board}/{name:path}"}
# The lab belongs to whoever sits at the machine, and exists only with --lab.
LAB = "/_lab/"


def routes(app):
    """(method, path) of every route, however deeply it is included."""
    found = set()
    for route in flat(app.routes):
        if isinstance(route, Mount):
            found.add(("GET", route.path))
        elif path := getattr(route, "path", None):
            found |= {(method, path) for method in route.methods or {"GET"}}
    return sorted(found)


def flat(given):
    for route in given:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from flat(inner.routes)


@pytest.fixture(scope="module")
def app_routes(tmp_path_factory):
    app = create_app(tmp_path_factory.mktemp("db") / "a.sqlite", Settings(lab=True))
    found = routes(app)
    app.state.store.close()
    return found


@pytest.fixture(scope="module")
def world():
    """Ada's project with a secret in everything; Bob, who has his own, and a stranger."""
    with running(settings=Settings(lab=True)) as server:
        ada, bob = Person(server, "ada@example.org"), Person(server, "bob@example.org")
        project_id, token = ada.project(SECRET)
        server.store.add(project_id, Event(NOW, SECRET, {SECRET: 1}))
        url = f"{server.url}/api/project/{project_id}"
        requests.post(
            url, json={"label_key": SECRET}, headers={"Authorization": f"Bearer {token}"}, timeout=9
        )
        bob.project("Bob's")
        yield server, ada, {"Bob": bob, "a stranger": Person(server)}, project_id, token


def snapshot(server, project_id):
    project = server.store.projects.get(project_id)
    return project, server.count(project_id), server.events(project_id)


def test_the_walk_knows_every_kind_of_route(app_routes):
    paths = {path for _, path in app_routes}
    assert {"/projects/{project_id}", "/projects/{project_id}/delete", "/api/project/{project_id}"} <= paths
    assert {"/projects/{project_id}/database/export.csv", "/static", "/_lab/reset"} <= paths
    strange = [
        path
        for path in paths
        if "{project_id}" not in path and path not in PUBLIC and not path.startswith(LAB)
    ]
    assert sorted(strange) == ["/account", "/account/password", "/projects"], "does the walk try it well?"


def test_nobody_else_sees_or_changes_anything(world, app_routes):
    server, ada, others, project_id, token = world
    before = snapshot(server, project_id)
    tried = 0
    for method, path in app_routes:
        if path.startswith(LAB):
            continue
        # Whatever else a path names (a chart, a rule, an image): an id that could be right.
        filled = re.sub(r"\{[^}]+\}", "1", path.replace("{project_id}", project_id))
        for name, person in others.items():
            fields = {"name": "stolen", "plan": "free", "confirmation": SECRET, "event": "1", "up_to": "99"}
            fields |= {"csrf": person.csrf()} if method != "GET" else {}
            answer = person.web.request(
                method, server.url + filled, data=fields if method != "GET" else None, timeout=10
            )
            what = f"{name}: {method} {path} -> {answer.status_code}"
            assert answer.status_code < 500, what
            assert SECRET not in answer.text and token not in answer.text, what
            if "{project_id}" in path:
                refused = (401,) if path.startswith("/api/") else (404,)
                assert answer.status_code in refused, what
            tried += 1
            if path == "/logout" and name == "Bob":
                person.log_in("bob@example.org")
    assert tried > 40
    assert snapshot(server, project_id) == before
    assert SECRET in ada.get(f"/projects/{project_id}/database?period=all").text


def test_another_project_of_ones_own_opens_no_door(world):
    server, _, others, project_id, _ = world
    bob = others["Bob"]
    bob.log_in("bob@example.org")
    own, own_token = bob.project("Bob's second")
    event = server.events(project_id)[0]
    for path in (
        f"/projects/{own}/database/delete?period=all",
        f"/projects/{own}/database/delete-all?period=all",
    ):
        bob.post(path, event=event.id, up_to=10**6, confirmation="delete")
    assert server.count(project_id) == 1
    url = f"{server.url}/api/project/{project_id}"
    answer = requests.post(url, json={}, headers={"Authorization": f"Bearer {own_token}"}, timeout=9)
    assert answer.status_code == 401


def test_an_id_of_somebody_else_and_one_of_nobody_get_the_same_answer(world):
    _, _, others, project_id, _ = world
    nobody = "00000000-0000-4000-8000-000000000000"
    for person in others.values():
        answers = [person.get(f"/projects/{one}/database") for one in (project_id, nobody)]
        assert answers[0].text == answers[1].text and answers[0].status_code == answers[1].status_code


def test_the_owner_can(world, app_routes):
    _, ada, _, project_id, _ = world
    for method, path in app_routes:
        if method == "GET" and "{project_id}" in path and path.count("{") == 1 and not path.endswith("/live"):
            assert ada.get(path.replace("{project_id}", project_id)).status_code == 200, path
