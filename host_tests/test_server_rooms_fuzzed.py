"""The pages' own routes of Visualize, Database, Images and Rules: whatever comes, they never answer 500."""

import json

import pytest
import requests
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from miniviz_server import (
    PROJECTS,
    Settings,
    chartpages,
    database_pages,
    image_pages,
    pages,
    rulepages,
    running,
)
from server_client import event, post

schemathesis = pytest.importorskip("schemathesis")

BASE = f"/projects/{PROJECTS[0].id}"
CHART = {"type": "line", "name": "A", "labels": ["a"], "metrics": ["t"], "range": "24h", "aggregate": "mean"}
CHART |= {"interval": 0, "low": 0, "high": 100, "size": 1}
RULE = {"name": "A", "description": "", "label_key": "", "operator": ">", "metric": "t", "threshold": 1}
RULE |= {"minutes": 0, "cooldown_minutes": 0, "notify_recovered": True, "enabled": True, "id": ""}
RULE |= {"channel": "webhook", "target": "http://127.0.0.1:9/x"}
# (method, path, a document that the route takes)
WRITES = [
    ("POST", "/charts", CHART),
    ("PUT", "/charts/{chart}", CHART),
    ("PUT", "/charts/order", {"order": ["a"]}),
    ("POST", "/dashboards", {"name": "A"}),
    ("PUT", "/dashboards/{dashboard}", {"name": "A"}),
    ("POST", "/rules", RULE),
    ("PUT", "/rules/{rule}", RULE),
    ("POST", "/rules/test", RULE),
]
quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def server():
    with running(settings=Settings(lab=True)) as server:
        post(server, event(label_key="a", payload={"t": 1}))
        yield server


@pytest.fixture(scope="module")
def ids(server):
    """A chart, a dashboard and a rule that are there."""

    def made(path, document):
        answer = requests.post(server.url + BASE + path, json=document, timeout=20)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    rule = RULE | {"target": "https://example.org/x"}
    return {
        "{chart}": made("/charts", CHART),
        "{dashboard}": made("/dashboards", {"name": "A"}),
        "{rule}": made("/rules", rule),
    }


def forms():
    """Every route that reads a document, so that a new one is not forgotten here."""
    found = set()
    for router in (chartpages.router, rulepages.router):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            found |= {(method, route.path) for method in route.methods - {"GET", "DELETE"}}
    return found


def test_every_route_that_writes_is_tried():
    named = {"{chart}": "{chart_id}", "{dashboard}": "{dashboard_id}", "{rule}": "{rule_id}"}
    tried = set()
    for method, path, _ in WRITES:
        for ours, theirs in named.items():
            path = path.replace(ours, theirs)
        tried.add((method, "/projects/{project_id}" + path))
    assert forms() == tried


@pytest.mark.parametrize(("method", "path", "document"), WRITES)
def test_no_document_ends_in_500(server, ids, method, path, document):
    for name, found in ids.items():
        path = path.replace(name, found)
    url = server.url + BASE + path

    @quick
    @given(changes=st.dictionaries(st.sampled_from(sorted(document)), values, min_size=1, max_size=3))
    def fields(changes):
        body = json.dumps(document | changes)
        sent = requests.request(
            method, url, data=body, headers={"Content-Type": "application/json"}, timeout=30
        )
        assert sent.status_code < 500, f"{body} -> {sent.text}"

    @quick
    @given(whole=values)
    def documents(whole):
        answer = requests.request(
            method, url, data=json.dumps(whole), headers={"Content-Type": "application/json"}, timeout=30
        )
        assert answer.status_code < 500, f"{whole!r} -> {answer.text}"

    fields()
    documents()
    if path == "/dashboards":
        return
    assert requests.get(f"{server.url}{BASE}/visualize", timeout=20).status_code == 200
    assert requests.get(f"{server.url}{BASE}/charts", timeout=20).status_code == 200
    assert requests.get(f"{server.url}{BASE}/rules/data", timeout=20).status_code == 200


def hidden():
    """What OpenAPI would say of the pages' routes."""
    routes = []
    for module in (pages, chartpages, database_pages, image_pages, rulepages):
        for route in module.router.routes:
            route.include_in_schema = True
            routes.append(route)
    try:
        return get_openapi(title="pages", version="1", routes=routes)
    finally:
        for route in routes:
            route.include_in_schema = False


def test_no_path_or_query_ends_in_500(server):
    schema = schemathesis.openapi.from_dict(hidden())
    operations = [found.ok() for found in schema.get_all_operations()]
    asked = [one for one in operations if one.method == "get" and not one.path.endswith("/live")]
    assert len(asked) > 12
    for operation in asked:
        hammer(server, operation)


def hammer(server, operation):
    modes = schemathesis.GenerationMode
    cases = operation.as_strategy(generation_mode=modes.POSITIVE)
    cases |= operation.as_strategy(generation_mode=modes.NEGATIVE)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def calls(case):
        case.path_parameters = dict(case.path_parameters or {}) | {"project_id": PROJECTS[0].id}
        answer = case.call(base_url=server.url, timeout=30)
        assert answer.status_code < 500, f"{operation.label}: {answer.text[:500]}"

    calls()


def test_what_one_owns_opens_nothing_of_another_project(server, ids):
    other = f"{server.url}/projects/{PROJECTS[1].id}"
    tried = [(method, path, document) for method, path, document in WRITES if "{" in path]
    tried += [("DELETE", path, None) for _, path, _ in tried]
    tried += [("GET", "/charts/{chart}/data", None), ("GET", "/charts?dashboard={dashboard}", None)]
    for method, path, document in tried:
        for name, found in ids.items():
            path = path.replace(name, found)
        answer = requests.request(method, other + path, json=document, timeout=20)
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code}"
