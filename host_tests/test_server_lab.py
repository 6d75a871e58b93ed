"""For those who test devices: chosen faults, the Requests page, the plan's pace."""

import json
import re
import time
from pathlib import Path

import pytest
import requests
from miniviz_server import PROJECTS, Settings, create_app, running
from miniviz_server.clock import clock
from miniviz_server.faults import Fault
from person import Person
from server_client import endpoint, event, post, refused
from starlette.testclient import TestClient


@pytest.fixture
def server():
    with running(settings=Settings(lab=True)) as server:
        yield server
    clock.offset_ms = 0


def lab(server, method, path, **options):
    return requests.request(method, f"{server.url}/_lab/{path}", timeout=30, **options)


def faulty(server, *faults, **more):
    answer = lab(server, "PUT", "faults", json={"faults": list(faults)} | more)
    assert answer.status_code == 200, answer.text


def stored(server):
    return server.count(server.projects[0].id)


def test_there_is_no_lab_unless_asked_for():
    with running() as server:
        for path in ("health", "seed", "reset", "faults", "requests", "clock"):
            assert lab(server, "GET", path).status_code == 404
        assert "/_lab" not in requests.get(f"{server.url}/openapi.json", timeout=10).text


def test_the_lab_answers_this_machine_only(tmp_path):
    app = create_app(tmp_path / "a.sqlite", Settings(lab=True))
    for base, peer in (("http://127.0.0.1", "192.0.2.7"), ("http://rebound.example", "127.0.0.1")):
        with TestClient(app, base_url=base, client=(peer, 1)) as away:
            assert away.get("/_lab/health").status_code == 404
            assert away.post("/_lab/reset").status_code == 404
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as here:
        assert here.get("/_lab/health").json()["status"] == "ok"
        assert here.post("/_lab/reset", headers={"Origin": "http://evil.example"}).status_code == 403


def test_a_status_with_its_retry_after_for_a_number_of_calls(server):
    faulty(server, {"status": 503, "retry_after": 7, "count": 2, "skip": 1})
    answers = [post(server, event()) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 503, 503, 201]
    assert answers[1].headers["Retry-After"] == "7"
    refused(answers[1], 503, "lab_fault")
    assert stored(server) == 2
    (told,) = lab(server, "GET", "faults").json()["faults"]
    assert (told["met"], told["struck"]) == (4, 2)


def test_a_captive_portal(server):
    faulty(
        server,
        {"status": 200, "body": "<html>Please log in</html>", "retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"},
    )
    answer = post(server, event())
    assert (answer.status_code, answer.text) == (200, "<html>Please log in</html>")
    assert stored(server) == 0


@pytest.mark.parametrize("after", [False, True])
def test_a_call_that_is_dropped(server, after):
    faulty(server, {"drop": True, "count": 1, "after_storing": after})
    with pytest.raises(requests.ConnectionError):
        post(server, event())
    assert stored(server) == after
    assert post(server, event()).status_code == 201


def test_an_answer_that_is_cut_off(server):
    faulty(server, {"cut": True, "count": 1})
    with pytest.raises(requests.exceptions.RequestException):
        post(server, event())
    assert stored(server) == 1
    assert post(server, event()).status_code == 201


def test_a_delay(server):
    faulty(server, {"delay": 0.4, "count": 1})
    started = time.monotonic()
    assert post(server, event()).status_code == 201
    assert time.monotonic() - started >= 0.4


def test_a_probability_falls_the_same_way_with_the_same_seed(server):
    def run():
        faulty(server, {"status": 500, "probability": 0.5}, seed=7)
        return [post(server, event()).status_code for _ in range(20)]

    first = run()
    assert set(first) == {201, 500} and run() == first


def test_a_fault_meets_only_what_it_is_for(server):
    pro, free = server.projects
    faulty(server, {"status": 500, "project": free.id}, {"status": 502, "on": "image"})
    assert post(server, event()).status_code == 201
    assert post(server, event(), url=endpoint(server, free)).status_code == 500
    assert (
        post(server, {}, url=f"{server.url}/api/project/{pro.id}/image?token={pro.token}").status_code == 502
    )
    assert lab(server, "DELETE", "faults").json() == {"faults": []}
    assert post(server, event(), url=endpoint(server, free)).status_code == 201


@pytest.mark.parametrize(
    "fault",
    [{}, {"status": 503, "drop": True}, {"status": 99}, {"probability": 2, "status": 500}, {"nonsense": 1}],
)
def test_a_fault_that_is_none_is_refused(server, fault):
    assert lab(server, "PUT", "faults", json={"faults": [fault]}).status_code == 422


def test_seed_and_reset(server):
    ada = Person(server, "ada@example.org")
    project_id, token = ada.project()
    wanted = {"project": project_id, "events": 2500, "labels": ["x", "y"], "days": 3}
    assert lab(server, "POST", "seed", json=wanted).json() == {"events": 2500}
    found = server.events(project_id, 3000)
    assert {one.label_key for one in found} == {"x", "y"} and len(found) == 2500
    assert abs(found[0].timestamp - found[-1].timestamp - 3 * 86_400_000) < 300_000
    assert lab(server, "POST", "seed", json={"project": "none"}).status_code == 404
    assert lab(server, "POST", "seed").json() == {"events": 1000}
    faulty(server, {"status": 500})
    lab(server, "PUT", "clock", json={"offset_ms": 5})
    assert lab(server, "POST", "reset").json() == {"status": "empty"}
    assert ada.get("/projects").status_code == 401
    assert (
        post(server, event(), url=f"{server.url}/api/project/{project_id}?token={token}").status_code == 404
    )
    assert post(server, event()).status_code == 201 and stored(server) == 1
    assert clock.offset_ms == 0
    ada.register("ada@example.org")
    assert ada.get("/projects").status_code == 200


def test_the_requests_page_shows_each_call_and_no_secret(server):
    ada = Person(server, "ada@example.org")
    project_id, token = ada.project()
    url = f"{server.url}/api/project/{project_id}"
    post(server, event(payload={"note": f"<script> {token}"}), url=f"{url}?a=1&token={token}&b=2")
    post(server, event(payload={}), {"Authorization": f"Bearer {token}", "Cookie": "a=hunter2"}, url)
    post(server, event(), url=f"{url}?token=hunter2")
    page = ada.get(f"/projects/{project_id}/requests").text
    calls = lab(server, "GET", "requests").text
    inside = page.split('id="calls"')[1]
    for text in (inside, calls):
        assert token not in text and "hunter2" not in text
    assert (
        "a=1&amp;token=***&amp;b=2" in inside and "&lt;script&gt; ***" in inside and "<script>" not in inside
    )
    assert ["payload_empty" in inside, "token_wrong" in inside, "stored" in inside] == [True] * 3
    told = lab(server, "GET", "requests").json()["requests"]
    assert [call["status"] for call in told] == [401, 422, 201]
    assert all(call["milliseconds"] >= 0 and call["project_id"] == project_id for call in told)
    assert told[1]["verdict"] == "payload_empty" and ["authorization", "***"] in told[1]["request_headers"]
    assert lab(server, "DELETE", "requests").json() == {"requests": []}


def test_a_struck_call_is_marked_on_the_requests_page(server):
    faulty(server, {"drop": True, "delay": 0.01})
    with pytest.raises(requests.ConnectionError):
        post(server, event())
    page = requests.get(f"{server.url}/projects/{PROJECTS[0].id}/requests/rows", timeout=10).text
    assert "lab: drop, delay 0.01 s" in page and "no answer" in page


def test_strict_pace_holds_each_label_to_its_plan():
    with running(settings=Settings(lab=True, strict_pace=True)) as server:
        try:
            for project, seconds in zip(server.projects, (15, 60), strict=True):
                url = endpoint(server, project)
                assert post(server, event(), url=url).status_code == 201
                early = post(server, event(), url=url)
                assert str(seconds) in refused(early, 429, "too_fast", "label_key")
                assert 0 < int(early.headers["Retry-After"]) <= seconds
                assert post(server, event(label_key="other"), url=url).status_code == 201
                clock.offset_ms += seconds * 1000
                assert post(server, event(), url=url).status_code == 201
        finally:
            clock.offset_ms = 0


def test_a_lab_s_clock_ends_with_its_server():
    with running(settings=Settings(lab=True)) as server:
        lab(server, "PUT", "clock", json={"offset_ms": 10**12})
        assert lab(server, "GET", "clock").json()["offset_ms"] == 10**12
    assert clock.offset_ms == 0


def test_the_pace_is_nobodys_business_otherwise(server):
    assert [post(server, event()).status_code for _ in range(3)] == [201] * 3


def test_the_manual_names_every_call_and_its_example_is_taken(server):
    manual = (Path(__file__).parents[1] / "tools" / "miniviz_server" / "README.md").read_text()
    paths = requests.get(f"{server.url}/openapi.json", timeout=10).json()["paths"]
    for path, methods in paths.items():
        if path.startswith("/_lab/"):
            assert all(f"{method.upper()} {path}" in manual for method in methods), path
    example = re.search(r"-d '\n(\{.*?\})'", manual, re.DOTALL)[1]
    assert lab(server, "PUT", "faults", json=json.loads(example)).status_code == 200
    for field in Fault.model_fields:
        assert f"`{field}`" in manual, field
