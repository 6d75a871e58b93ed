"""The device's validator and the server, written apart from each other, give the same verdict."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st
from miniviz import rules
from miniviz_server import body, verdict
from miniviz_server.problem import Problem
from server_client import NOW, event

text = st.text(st.characters(), max_size=60)
values = st.integers() | st.floats() | text | st.booleans() | st.none() | st.lists(st.integers(), max_size=2)
good = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text
payloads = st.dictionaries(text, values, max_size=9) | st.dictionaries(text, good, min_size=1, max_size=9)


def device_takes(timestamp, label, payload):
    try:
        rules.check_timestamp(timestamp)
        rules.check(label, payload)
    except rules.Refused:
        return False
    return True


def server_takes(document):
    try:
        verdict.judge(body.parse(json.dumps(document).encode()))
    except Problem:
        return False
    return True


@settings(max_examples=1000, deadline=None)
@given(payload=payloads)
@example(payload={"t": "x" * 391})
@example(payload={"t": "x" * 392})
@example(payload={"t": "\x7f" * 65})
@example(payload={"t": 10**392})
@example(payload={"t": 10**400})
@example(payload={"t": 1e308 * 10})
@example(payload={"\ud800": 1})
def test_on_any_payload(payload):
    assert device_takes(NOW, "a", payload) == server_takes(event(label_key="a", payload=payload))


@settings(max_examples=300, deadline=None)
@given(timestamp=st.integers(0, 2 * rules.MAX_MS) | st.floats() | st.booleans(), label=text | st.none())
@example(timestamp=rules.MIN_MS, label="a")
@example(timestamp=rules.MIN_MS - 1, label="a")
@example(timestamp=rules.MAX_MS, label="a")
@example(timestamp=rules.MAX_MS + 1, label="a")
def test_on_any_timestamp_and_label(timestamp, label):
    if label and "\0" in label:
        # Only the server refuses this: no document forbids it, but databases cannot keep it.
        assert not server_takes(event(label_key=label))
        return
    document = event(timestamp=timestamp, label_key=label)
    assert device_takes(timestamp, label, document["payload"]) == server_takes(document)
