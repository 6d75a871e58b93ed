"""Several dashboards per project: each has charts of its own, one is always there."""

import pytest
import requests
from miniviz_server import PROJECTS, running
from miniviz_server.dashboards import MOST_DASHBOARDS
from server_client import refused

PROJECT, OTHER = (project.id for project in PROJECTS)
CHART = {"type": "line", "name": "Warmth", "metrics": ["t"]}


@pytest.fixture
def server():
    with running() as server:
        yield server


def call(server, method, path, body=None, project=PROJECT):
    url = f"{server.url}/projects/{project}{path}"
    return requests.request(method, url, json=body, timeout=20)


def add(server, name):
    answer = call(server, "POST", "/dashboards", {"name": name})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def names(server, dashboard=""):
    answer = call(server, "GET", f"/charts?dashboard={dashboard}")
    assert answer.status_code == 200, answer.text
    return [chart["name"] for chart in answer.json()["charts"]]


def chart(server, name, dashboard=""):
    made = call(server, "POST", f"/charts?dashboard={dashboard}", CHART | {"name": name})
    assert made.status_code == 201, made.text
    return made.json()["id"]


def test_each_dashboard_has_its_own_charts_and_the_first_needs_no_name(server):
    chart(server, "early")
    roof = add(server, "Roof")
    chart(server, "on the roof", roof)
    chart(server, "late")
    assert (names(server), names(server, roof)) == (["early", "late"], ["on the roof"])
    assert names(server, PROJECT) == ["early", "late"]
    page = call(server, "GET", f"/visualize?dashboard={roof}").text
    assert page.index(">Dashboard</a>") < page.index('aria-current="page">Roof</a>')


def test_renaming_keeps_order_and_charts(server):
    chart(server, "a")
    roof = add(server, "Roof")
    assert call(server, "PUT", f"/dashboards/{PROJECT}", {"name": "Ground <floor>"}).json() == {
        "id": PROJECT,
        "name": "Ground <floor>",
    }
    assert call(server, "PUT", f"/dashboards/{roof}", {"name": "Attic"}).status_code == 200
    page = call(server, "GET", "/visualize").text
    assert page.index("Ground &lt;floor&gt;</a>") < page.index(">Attic</a>")
    assert names(server) == ["a"]


def test_deleting_takes_the_charts_along_but_never_the_last_dashboard(server):
    chart(server, "a")
    sentence = refused(call(server, "DELETE", f"/dashboards/{PROJECT}"), 422, "last_dashboard")
    assert "only dashboard" in sentence and names(server) == ["a"]
    roof = add(server, "Roof")
    chart(server, "b", roof)
    assert call(server, "DELETE", f"/dashboards/{PROJECT}").status_code == 204
    assert names(server) == names(server, roof) == ["b"]
    chart(server, "c")
    assert names(server, roof) == ["b", "c"]
    refused(call(server, "GET", f"/charts?dashboard={PROJECT}"), 404, "unknown_dashboard", "dashboard")


def test_charts_are_arranged_within_their_dashboard(server):
    roof = add(server, "Roof")
    first = [chart(server, name) for name in "ab"]
    other = [chart(server, name, roof) for name in "cd"]
    assert call(server, "PUT", "/charts/order", {"order": other[::-1]}).status_code == 200
    assert (names(server), names(server, roof)) == (["a", "b"], ["d", "c"])
    call(server, "PUT", "/charts/order", {"order": first[::-1]})
    assert (names(server), names(server, roof)) == (["b", "a"], ["d", "c"])


def test_a_dashboard_is_its_projects_own(server):
    roof = add(server, "Roof")
    for method, path, body in (
        ("GET", f"/visualize?dashboard={roof}", None),
        ("GET", f"/charts?dashboard={roof}", None),
        ("POST", f"/charts?dashboard={roof}", CHART),
        ("PUT", f"/dashboards/{roof}", {"name": "stolen"}),
        ("DELETE", f"/dashboards/{roof}", None),
    ):
        refused(call(server, method, path, body, OTHER), 404, "unknown_dashboard", "dashboard")
    assert ">Roof</a>" in call(server, "GET", "/visualize").text


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, 5, None, "a\0b"])
def test_a_name_that_is_none_is_refused(server, name):
    refused(call(server, "POST", "/dashboards", {"name": name}), 422, "wrong_value", "name")
    refused(call(server, "PUT", f"/dashboards/{PROJECT}", {"name": name}), 422, "wrong_value", "name")


def test_there_is_an_end_to_dashboards(server):
    for n in range(MOST_DASHBOARDS - 1):
        add(server, f"{n}")
    refused(call(server, "POST", "/dashboards", {"name": "one more"}), 422, "too_many_dashboards")


def test_another_sites_page_makes_and_deletes_none(server):
    url = f"{server.url}/projects/{PROJECT}/dashboards"
    foreign = {"Origin": "http://evil.example"}
    assert requests.post(url, json={"name": "x"}, headers=foreign, timeout=20).status_code == 403
    roof = add(server, "Roof")
    assert requests.delete(f"{url}/{roof}", headers=foreign, timeout=20).status_code == 403
    assert ">Roof</a>" in call(server, "GET", "/visualize").text
