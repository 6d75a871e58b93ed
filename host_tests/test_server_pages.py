"""The page: what it shows, what it escapes, and that it needs nothing from elsewhere."""

import hashlib
import re
from pathlib import Path

import pytest
import requests
from miniviz_server import PROJECTS, running
from miniviz_server.pages import ROWS, columns
from miniviz_server.records import StoredEvent
from server_client import NOW, endpoint, event, post

STATIC = Path(__file__).parents[1] / "tools" / "miniviz_server" / "static"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def server():
    with running() as server:
        yield server


def page(server, path="", project=0):
    return requests.get(f"{server.url}/projects/{PROJECTS[project].id}{path}", timeout=10)


def cells(html):
    rows = re.findall(r"<tr data-id.*?</tr>", html, re.DOTALL)
    return [re.findall(r"<td[^>]*>(?:<time[^>]*>)?(.*?)(?:</time>)?</td>", row) for row in rows]


def test_the_front_door_leads_to_the_demo_project(server):
    answer = requests.get(server.url, timeout=10)
    assert answer.url == f"{server.url}/projects/{PROJECTS[0].id}"
    assert "Demo (Pro)" in answer.text and PROJECTS[0].token in answer.text


def test_an_empty_project_says_how_to_fill_it(server):
    html = page(server).text
    assert "No readings yet" in html and f"{server.url}/api/project/{PROJECTS[0].id}" in html
    post(server, event())
    assert "No readings yet" not in page(server).text


def test_the_table_has_a_column_per_metric_and_the_newest_row_first(server):
    post(server, event(timestamp=NOW, payload={"temperature": 21, "humidity": 55.0}))
    post(server, event(timestamp=NOW + 2, payload={"temperature": 22.5, "switch": "true"}))
    post(server, event(timestamp=NOW + 1, label_key="balcony", payload={"temperature": -1}))
    for path in ("", "/table"):
        html = page(server, path).text
        headings = re.findall(r"<th[^>]*>(.*?)</th>", html)
        assert headings == ["timestamp", "label_key", "temperature", "humidity", "switch"]
        assert cells(html) == [
            ["2025-11-22T08:26:40.002Z", "greenhouse-1", "22.5", "", "true"],
            ["2025-11-22T08:26:40.001Z", "balcony", "-1", "", ""],
            ["2025-11-22T08:26:40.000Z", "greenhouse-1", "21", "55.0", ""],
        ]
        assert "3 events" in html


def test_older_events_are_pages_away(server):
    for n in range(ROWS * 2 + 1):
        post(server, event(timestamp=NOW + n, payload={"n": n}))
    seen, url = [], f"{server.url}/projects/{PROJECTS[0].id}"
    while url:
        html = requests.get(url, timeout=10).text
        seen += [row[2] for row in cells(html)]
        older = re.search(r'href="([^"]*)"[^>]*>Older', html)
        url = server.url + older[1].replace("&amp;", "&") if older else None
    assert seen == [str(n) for n in reversed(range(ROWS * 2 + 1))]


@pytest.mark.parametrize("query", ["before=x&event=1", "before=-1&event=1", f"before={2**63}&event={2**70}"])
def test_a_place_that_is_none_is_refused(server, query):
    assert page(server, f"?{query}").status_code == 422


def test_a_place_before_all_events_leads_back(server):
    post(server, event())
    assert "Back to the newest" in page(server, "?before=1&event=1").text


def test_what_a_device_sends_is_text_and_never_markup(server):
    payload = {SCRIPT: SCRIPT, "<img src=x onerror=alert(1)>": '"><svg onload=1>'}
    assert post(server, event(label_key=SCRIPT, payload=payload)).status_code == 201
    for path in ("", "/table"):
        html = page(server, path).text
        assert SCRIPT not in html and "<img src=x" not in html and "<svg onload" not in html
        assert "&lt;script&gt;" in html


def test_every_answer_carries_the_headers_that_keep_it_harmless(server):
    project = f"/projects/{PROJECTS[0].id}"
    for path in (
        "/",
        project,
        f"{project}/table",
        f"{project}/events",
        "/static/app.css",
        "/nowhere",
        "/api",
    ):
        headers = requests.get(server.url + path, timeout=10).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy


def test_an_unknown_page_is_a_page_for_a_browser_and_json_for_a_program(server):
    for path in ("/nowhere", "/projects/none", "/projects/none/live", "/static/none.css"):
        url = server.url + path
        page_answer = requests.get(url, headers={"Accept": "text/html"}, timeout=10)
        assert page_answer.status_code == 404 and "Open the demo project" in page_answer.text
        program = requests.get(url, timeout=10)
        assert program.status_code == 404 and program.json()["error"]["message"]


def test_the_chart_gets_its_events_oldest_first(server):
    for n in (2, 0, 1):
        post(server, event(timestamp=NOW + n, payload={"n": n}))
    found = page(server, "/events").json()["events"]
    assert [one["payload"]["n"] for one in found] == [0, 1, 2]
    assert set(found[0]) == {"id", "timestamp", "label_key", "payload"}


def test_projects_do_not_see_each_other(server):
    post(server, event(label_key="only-free"), url=endpoint(server, PROJECTS[1]))
    assert "only-free" in page(server, project=1).text
    for path in ("", "/table", "/events"):
        assert "only-free" not in page(server, path).text


def test_a_new_metric_gets_the_last_column():
    rows = [StoredEvent(3, 3, "a", {"new": 1, "t": 1}), StoredEvent(1, 1, "a", {"t": 1, "h": 2})]
    assert columns(rows) == ["t", "h", "new"]


def test_nothing_comes_from_elsewhere():
    # An address may stand in a name space or a comment, never where a browser would fetch it.
    fetches = re.compile(r"""(?:src|href|action)=["']?(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//""")
    files = [file for room in (STATIC, STATIC.parent / "templates") for file in room.rglob("*.*")]
    assert len(files) > 10
    for file in files:
        assert not fetches.search(file.read_text()), file


@pytest.mark.parametrize("library", ["htmx", "uplot"])
def test_the_vendored_files_are_the_published_ones(library):
    room = STATIC / library
    digests = [line.split() for line in (room / "SHA256SUMS").read_text().splitlines()]
    ours = {"README.md", "SHA256SUMS"}
    assert {name for _, name in digests} == {file.name for file in room.iterdir()} - ours
    for digest, name in digests:
        assert hashlib.sha256((room / name).read_bytes()).hexdigest() == digest


def test_the_api_is_described_without_a_page_from_a_cdn(server):
    described = requests.get(f"{server.url}/openapi.json", timeout=10).json()
    assert set(described["paths"]) == {"/api/project/{project_id}", "/api/project/{project_id}/image"}
    responses = described["paths"]["/api/project/{project_id}"]["post"]["responses"]
    assert {"201", "400", "401", "404", "413", "415", "422"} <= set(responses)
    for path in ("/docs", "/redoc"):
        assert requests.get(server.url + path, timeout=10).status_code == 404
