"""The data endpoint holds every limit of the platform and stores nothing that breaks one."""

import json
import socket

import pytest
import requests
from miniviz_server import running
from server_client import NOW, endpoint, event, post, refused


@pytest.fixture(scope="module")
def server():
    with running() as server:
        yield server


@pytest.fixture
def unchanged(server):
    """Fails a test that left something in the database."""
    before = [server.count(project.id) for project in server.projects]
    yield
    assert [server.count(project.id) for project in server.projects] == before


def last(server):
    return max(server.events(server.projects[0].id), key=lambda stored: stored.id)


def payload_of(size):
    return {"note": "x" * (size - len('{"note": ""}'))}


@pytest.mark.parametrize(
    "payload",
    [
        {"temperature": 25, "humidity": 55, "switch": "true", "system_status": "running"},
        {"t": -99.9, "big": 10**300, "tiny": 5e-324, "negative zero": -0.0},
        {"": "", "温度": "暖かい", "🌡": "🔥", "nul": "\0"},
        {f"k{n}": n for n in range(8)},
        payload_of(400),
    ],
    ids=["guide", "numbers", "text", "eight keys", "400 bytes"],
)
def test_what_the_limits_allow_is_stored_as_sent(server, payload):
    answer = post(server, event(payload=payload))
    assert answer.status_code == 201
    stored = last(server)
    assert answer.json() == {"id": stored.id}
    assert (stored.timestamp, stored.label_key, stored.payload) == (NOW, "greenhouse-1", payload)
    assert list(map(type, stored.payload.values())) == list(map(type, payload.values()))


@pytest.mark.parametrize("timestamp", [1_577_836_800_000, 253_402_300_799_999])
def test_the_first_and_the_last_timestamp_are_stored(server, timestamp):
    assert post(server, event(timestamp=timestamp)).status_code == 201


def test_both_plans_take_data_and_keep_it_apart(server):
    _, free = server.projects
    before = server.count(free.id)
    assert post(server, event(label_key="free"), url=endpoint(server, free)).status_code == 201
    assert server.count(free.id) == before + 1
    assert [stored.label_key for stored in server.events(free.id, 1)] == ["free"]


def test_a_bearer_token_is_as_good_as_the_query(server):
    project = server.projects[0]
    url = f"{server.url}/api/project/{project.id}"
    for scheme in ("Bearer", "bearer"):
        answer = post(server, event(), {"Authorization": f"{scheme} {project.token}"}, url)
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"timestamp": "1763800000000"}, "wrong_type", "timestamp"),
        ({"timestamp": True}, "wrong_type", "timestamp"),
        ({"timestamp": None}, "wrong_type", "timestamp"),
        ({"timestamp": [NOW]}, "wrong_type", "timestamp"),
        ({"timestamp": NOW + 0.5}, "timestamp_not_whole", "timestamp"),
        ({"timestamp": float(NOW)}, "timestamp_not_whole", "timestamp"),
        ({"timestamp": 0}, "timestamp_too_early", "timestamp"),
        ({"timestamp": -1}, "timestamp_too_early", "timestamp"),
        ({"timestamp": 1_577_836_799_999}, "timestamp_too_early", "timestamp"),
        ({"timestamp": 253_402_300_800_000}, "timestamp_too_late", "timestamp"),
        ({"timestamp": NOW * 1000}, "timestamp_too_late", "timestamp"),
        ({"timestamp": 2**63}, "timestamp_too_late", "timestamp"),
        ({"timestamp": 10**300}, "timestamp_too_late", "timestamp"),
        ({"label_key": ""}, "label_empty", "label_key"),
        ({"label_key": 7}, "wrong_type", "label_key"),
        ({"label_key": None}, "wrong_type", "label_key"),
        ({"label_key": "a\0b"}, "label_nul", "label_key"),
        ({"label_key": "\ud800"}, "broken_text", "label_key"),
        ({"payload": {}}, "payload_empty", "payload"),
        ({"payload": []}, "wrong_type", "payload"),
        ({"payload": "text"}, "wrong_type", "payload"),
        ({"payload": None}, "wrong_type", "payload"),
        ({"payload": {f"k{n}": n for n in range(9)}}, "too_many_keys", "payload"),
        ({"payload": payload_of(401)}, "payload_too_large", "payload"),
        ({"payload": {"t": "温" * 66}}, "payload_too_large", "payload"),
        ({"payload": {"t": True}}, "boolean_value", "payload.t"),
        ({"payload": {"t": None}}, "wrong_type", "payload.t"),
        ({"payload": {"t": {"nested": 1}}}, "wrong_type", "payload.t"),
        ({"payload": {"t": [1]}}, "wrong_type", "payload.t"),
        ({"payload": {"t": "\udc00"}}, "broken_text", "payload.t"),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_what_breaks_a_limit_is_refused_with_its_field(server, changes, code, field):
    refused(post(server, event(**changes)), 422, code, field)


def test_the_size_is_counted_as_cpython_writes_the_payload(server):
    # 65 characters of 6 bytes and the frame of 10; one more does not fit.
    assert post(server, event(payload={"t": "温" * 65})).status_code == 201
    message = refused(post(server, event(payload={"t": "温" * 66})), 422, "payload_too_large", "payload")
    assert f"payload is {len(json.dumps({'t': '温' * 66}))} bytes" in message
    assert "the limit is 400" in message
    assert '"t" with 398' in message


def test_the_sentences_say_how_to_mend_a_timestamp(server):
    seconds = refused(post(server, event(timestamp=NOW // 1000)), 422, "timestamp_too_early", "timestamp")
    assert "looks like seconds" in seconds and "multiply by 1000" in seconds
    unset = refused(post(server, event(timestamp=86_400)), 422, "timestamp_too_early", "timestamp")
    assert "clock was probably never set" in unset


@pytest.mark.parametrize("field", ["timestamp", "label_key", "payload"])
@pytest.mark.usefixtures("unchanged")
def test_every_field_is_required(server, field):
    body = event()
    del body[field]
    refused(post(server, body), 422, "missing_field", field)


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true"])
@pytest.mark.usefixtures("unchanged")
def test_a_document_that_is_no_object_is_refused(server, body):
    refused(post(server, body), 422, "not_an_object")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b" \n", "empty_body"),
        (b"{", "malformed_json"),
        (b"timestamp=1", "malformed_json"),
        (b"{'timestamp': 1}", "malformed_json"),
        (b"\xff\xfe", "malformed_json"),
        (b"\xef\xbb\xbf{}", "malformed_json"),
        (json.dumps(event()).encode("utf-16"), "malformed_json"),
        (b"[" * 60_000, "malformed_json"),
        (b'{"a":' * 12_000, "malformed_json"),
        (b'{"timestamp": NaN}', "malformed_json"),
        (b'{"timestamp": -Infinity}', "malformed_json"),
        (json.dumps(event()).encode() + b"{}", "malformed_json"),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_a_body_that_is_no_json_is_refused(server, body, code):
    refused(post(server, body), 400, code)


@pytest.mark.usefixtures("unchanged")
def test_numbers_beyond_what_can_be_held_are_refused(server):
    body = json.dumps(event()).replace("23.4", "1e400").encode()
    refused(post(server, body), 422, "number_not_finite", "payload.temperature")
    for digits in (401, 5_000, 60_000):
        body = json.dumps(event()).replace("23.4", "9" * digits).encode()
        refused(post(server, body), 422, "number_too_long")


@pytest.mark.usefixtures("unchanged")
def test_a_key_that_stands_twice_is_refused(server):
    body = json.dumps(event()).replace('"temperature": 23.4', '"t": 1, "t": 2').encode()
    refused(post(server, body), 400, "duplicate_key", "t")


@pytest.mark.parametrize("size", [65_537, 1_000_000, 12_000_000])
@pytest.mark.usefixtures("unchanged")
def test_a_huge_body_is_refused_and_the_client_reads_why(server, size):
    message = refused(post(server, b" " * size), 413, "body_too_large")
    assert f"{size} bytes" in message


@pytest.mark.usefixtures("unchanged")
def test_a_huge_body_in_chunks_is_refused(server):
    chunks = (b"x" * 65_536 for _ in range(40))
    headers = {"Content-Type": "application/json"}
    refused(requests.post(endpoint(server), data=chunks, headers=headers, timeout=20), 413, "body_too_large")


@pytest.mark.usefixtures("unchanged")
def test_a_body_announced_as_endless_is_refused_before_it_is_sent(server):
    host, port = server.url.removeprefix("http://").split(":")
    target = endpoint(server).removeprefix(server.url)
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {10**15}\r\n\r\n"
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.usefixtures("unchanged")
def test_a_body_that_is_cut_off_harms_nobody(server):
    host, port = server.url.removeprefix("http://").split(":")
    target = endpoint(server).removeprefix(server.url)
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(f'POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{{"a"'.encode())
    refused(post(server, b"{"), 400, "malformed_json")


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml"])
@pytest.mark.usefixtures("unchanged")
def test_another_kind_of_body_is_refused(server, kind):
    refused(post(server, event(), {"Content-Type": kind}), 415, "not_json", "Content-Type")


@pytest.mark.usefixtures("unchanged")
def test_a_compressed_body_is_refused(server):
    headers = {"Content-Encoding": "gzip"}
    refused(post(server, event(), headers), 415, "compressed", "Content-Encoding")


def test_json_by_its_other_names_is_taken(server):
    # The last one is what `curl -d` says when nobody names a type.
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/x-www-form-urlencoded"):
        assert post(server, event(), {"Content-Type": kind}).status_code == 201


@pytest.mark.parametrize(
    "project_id", ["unknown", "%00", "%F0%9F%8C%A1", "'%20OR%201=1", "D3300000-0000-4000-8000-000000000001"]
)
@pytest.mark.usefixtures("unchanged")
def test_an_unknown_project_is_404(server, project_id):
    url = f"{server.url}/api/project/{project_id}?token={server.projects[0].token}"
    refused(post(server, event(), url=url), 404, "unknown_project", "project_id")


@pytest.mark.usefixtures("unchanged")
def test_a_wrong_or_missing_token_is_401(server):
    pro, free = server.projects
    bare = f"{server.url}/api/project/{pro.id}"
    for token in (free.token, pro.token[:-1], pro.token.upper(), "%F0%9F%8C%A1", "%00", "%ff"):
        url = f"{bare}?token={token}"
        answer = post(server, event(), url=url)
        refused(answer, 401, "token_wrong", "token")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    for url in (bare, f"{bare}?token=", f"{bare}?Token={pro.token}"):
        refused(post(server, event(), url=url), 401, "token_missing", "token")
    basic = {"Authorization": f"Basic {pro.token}"}
    refused(post(server, event(), basic, bare), 401, "token_missing", "token")


@pytest.mark.usefixtures("unchanged")
def test_a_good_token_does_not_hide_an_old_one(server):
    old = {"Authorization": "Bearer old"}
    refused(post(server, event(), old), 401, "token_wrong", "token")
    refused(post(server, event(), url=endpoint(server) + "&token=old"), 401, "token_wrong", "token")


@pytest.mark.usefixtures("unchanged")
def test_other_methods_and_addresses_are_refused_as_json(server):
    for method in ("GET", "PUT", "DELETE"):
        answer = requests.request(method, endpoint(server), timeout=20)
        refused(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "POST"
    browser = {"Accept": "text/html"}
    for path in ("/api", "/api/project", "/api/project/", f"/api/project/{server.projects[0].id}/"):
        refused(requests.post(server.url + path, headers=browser, timeout=20), 404, "not_found")


def test_no_refusal_repeats_a_token(server):
    for answer in (
        post(server, b"{", url=endpoint(server)),
        post(server, event(), url=endpoint(server, token="hunter2")),
        requests.get(endpoint(server), timeout=20),
    ):
        assert server.projects[0].token not in answer.text
        assert "hunter2" not in answer.text
