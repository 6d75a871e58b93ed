"""What each answer of the platform means, through our session and through each runtime's own `requests`."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from answers import SCRIPT, Answers
from miniviz_lab import scenario

SCENARIO = Path(__file__).parent / "scenarios" / "client_outcomes.py"

# PROTOCOL "What an answer means to the sender": answer -> outcome, a part of its reason.
EXPECTED = {
    "ok": ("delivered", "id 41"),
    "created": ("delivered", "id None"),
    "portal": ("try again", "no JSON in the answer: a captive portal"),
    "list": ("try again", "no JSON in the answer"),
    "400": ("rejected", "refused for good: payload is 412 bytes"),
    "413": ("rejected", "too large"),
    "415": ("rejected", "HTTP 415"),
    "422": ("rejected", "label_key is missing"),
    "401": ("misconfigured", "the token is not accepted: bad token"),
    "403": ("misconfigured", "plan"),
    "404": ("misconfigured", "there is no such project: no project"),
    "408": ("try again", "HTTP 408"),
    "425": ("try again", "HTTP 425"),
    "429": ("try again", "HTTP 429"),
    "429-date": ("try again", "HTTP 429"),
    "429-odd": ("try again", "HTTP 429"),
    "500": ("try again", "HTTP 500"),
    "503": ("try again", "later"),
    "garbage": ("try again", "no answer"),
    "cut": ("try again", ""),
    "silent": ("try again", "the server is silent"),
    "reset": ("try again", "no answer"),
    "close": ("try again", "no answer"),
}
RETRY_AFTER = {"429": (37, 37), "429-date": (88, 91), "503": (5, 5)}


TRANSPORTS = pytest.mark.parametrize("transport", ["session", "urequests"])


@TRANSPORTS
@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_every_answer_becomes_its_outcome(runtime: scenario.Runtime, transport: str) -> None:
    assert set(EXPECTED) == set(SCRIPT) - {"302", "image"}  # a redirect is the transport's business
    with Answers() as server:
        env = {"URL": server.url, "ANSWERS": ",".join(EXPECTED), "TRANSPORT": transport}
        result = scenario.run(SCENARIO, runtime, env=env, timeout=120)
    assert len(result.lines) == 2 * len(EXPECTED)
    for line in result.lines:
        kind, words = EXPECTED[line["answer"]]
        assert (line["kind"], words in line["reason"]) == (kind, True), line
        low, high = RETRY_AFTER.get(line["answer"], (None, None))
        if low is None:
            assert line["retry_after"] is None
        else:
            assert low <= line["retry_after"] <= high
    for secret in ("s3cret", "plain-token"):
        assert secret not in result.stdout + result.stderr


@TRANSPORTS
@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_the_request_is_the_contract_s_in_both_ways_to_authenticate(
    runtime: scenario.Runtime, transport: str
) -> None:
    with Answers() as server:
        env = {"URL": server.url, "ANSWERS": "ok", "TRANSPORT": transport}
        scenario.run(SCENARIO, runtime, env=env)
    (target, headers, body), (bearer_target, bearer_headers, bearer_body) = server.requests
    assert target == f"/api/project/ok?token={quote('s3cret/token+ü', safe='')}"
    assert "authorization" not in headers
    assert bearer_target == "/api/project/ok"
    assert bearer_headers["authorization"] == "Bearer plain-token"
    assert headers["content-type"] == "application/json"
    reading = {
        "timestamp": 1731129600000,
        "label_key": "日本 balcony",
        "payload": {"temperature": 23.4, "note": "ok"},
    }
    assert json.loads(body) == json.loads(bearer_body) == reading


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_an_unknown_host_is_named_as_such(runtime: scenario.Runtime) -> None:
    env = {"URL": "http://no-such-host.invalid", "ANSWERS": "ok"}
    for line in scenario.run(SCENARIO, runtime, env=env).lines:
        assert line["kind"] == "try again"
        assert line["reason"] == "no answer: the host of miniviz.url is unknown, or there is no DNS"
