"""Whatever a body holds, the answer is 201 with the event stored, or a 4xx with nothing stored."""

import json
import math

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from miniviz_server import running
from server_client import NOW, endpoint, event

QUICK = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

text = st.text(st.characters(), max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=9),
    max_leaves=12,
)
timestamps = st.integers(NOW - 10**12, NOW + 10**12) | values
payloads = st.dictionaries(text, st.integers() | st.floats() | text, max_size=10) | values
events = st.fixed_dictionaries(
    {},
    optional={"timestamp": timestamps, "label_key": text | values, "payload": payloads, "extra": values},
)


@pytest.fixture(scope="module")
def server():
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def session():
    with requests.Session() as session:
        session.headers["Content-Type"] = "application/json"
        yield session


def judge(server, session, raw):
    """Posts, and holds the answer against what the database then has."""
    project = server.projects[0].id
    before = server.count(project)
    answer = session.post(endpoint(server), data=raw, timeout=20)
    assert server.count(project) - before == (answer.status_code == 201)
    if answer.status_code == 201:
        return max(server.events(project), key=lambda stored: stored.id)
    assert 400 <= answer.status_code < 500
    error = answer.json()["error"]
    assert error["code"] and error["message"]
    return None


@QUICK
@given(raw=st.binary(max_size=200))
def test_any_bytes(server, session, raw):
    judge(server, session, raw)


@QUICK
@given(document=events | values)
@example(document=event(payload={"t": float("nan")}))
@example(document=event(label_key="\udfff"))
@example(document=event(payload={"\ud83d": 1}))
def test_any_document(server, session, document):
    stored = judge(server, session, json.dumps(document).encode())
    if stored is not None:
        assert stored.payload == document["payload"]
        assert all(not isinstance(value, float) or math.isfinite(value) for value in stored.payload.values())


@QUICK
@given(data=st.data())
def test_any_small_damage_to_a_good_body(server, session, data):
    raw = bytearray(json.dumps(event(payload={"temperature": 23.4, "note": "a"})).encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    judge(server, session, bytes(raw))


@QUICK
@given(query=st.text(st.characters(exclude_categories=["Cs"]), max_size=20), header=st.binary(max_size=20))
def test_any_token(server, session, query, header):
    project = server.projects[0]
    clean = bytes(byte for byte in header if byte >= 32 and byte != 127)
    answer = session.post(
        f"{server.url}/api/project/{project.id}",
        params={"token": query},
        headers={"Authorization": b"Bearer " + clean},
        data=b"{}",
        timeout=20,
    )
    assert answer.status_code == 401
