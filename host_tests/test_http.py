"""The session against a server that plays every fault, on both runtimes."""

import json
import re
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from miniviz_lab import scenario
from miniviz_lab.certificates import KINDS, Authority
from miniviz_lab.fault_proxy import FaultProxy, Request
from miniviz_lab.faults import Fault, parse, raw

SCENARIO = Path(__file__).parent / "scenarios" / "http_posts.py"
RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)
WATCHDOG_MS = 8388  # the RP2040's longest
SECRET = "t0ken-in-the-url"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n"
BODY = b'{"id":7}'


def posts(
    runtime: scenario.Runtime,
    entries: list[dict[str, Any]],
    session: dict[str, Any] | None = None,
    **options: Any,
) -> list[dict[str, Any]]:
    """What came of each post; no socket is left open, no secret shown, no wait too long for a watchdog."""
    env = {"POSTS": json.dumps(entries), "SESSION": json.dumps(session or {})}
    result = scenario.run(SCENARIO, runtime, env=env, timeout=120, **options)
    assert SECRET not in result.stdout + result.stderr
    *told, end = result.lines
    assert end["files"] == 0
    assert max(one["gap"] for one in told) < WATCHDOG_MS
    return told


def to(proxy: FaultProxy, **more: Any) -> dict[str, Any]:
    return {"url": f"{proxy.url}/api/project/p?token={SECRET}", "text": "{}", "timeout": 20, **more}


@RUNTIMES
def test_many_posts_share_one_connection(runtime: scenario.Runtime) -> None:
    with FaultProxy() as proxy:
        told = posts(runtime, [to(proxy, again=20, headers={"X-One": "1"}), to(proxy, text="[]")])
    assert [one["status"] for one in told] == [200] * 21
    assert told[20]["text"] == '{"id": 21}'
    assert proxy.connections == 1
    first = proxy.requests[0]
    assert first.target == f"/api/project/p?token={SECRET}"
    assert first.headers["host"] == proxy.url.removeprefix("http://")
    assert first.headers["x-one"] == "1" and "x-one" not in proxy.requests[20].headers


@RUNTIMES
def test_every_kind_of_body_arrives_whole(runtime: scenario.Runtime) -> None:
    with FaultProxy() as proxy:
        entries = [
            to(proxy, text="温度 23.4 °C"),
            to(proxy, text=None, json={"a": [1]}),
            to(proxy, bytes=5000),
            to(proxy, parts=[1, 700, 3], length=704),
            to(proxy, parts=[300] * 900, length=270000),
            to(proxy, parts=[5, 5], headers={"Content-Length": "10"}, once=True),
            to(proxy, text=None),
            {"url": proxy.url},
        ]
        told = posts(runtime, entries)
    assert [one.get("status") for one in told] == [200] * 8, told
    bodies = [request.body for request in proxy.requests]
    assert bodies[0].decode() == "温度 23.4 °C"
    assert json.loads(bodies[1]) == {"a": [1]}
    assert proxy.requests[1].headers["content-type"] == "application/json"
    assert [len(body) for body in bodies[2:]] == [5000, 704, 270000, 10, 0, 0]
    assert proxy.requests[7].target == "/"


@RUNTIMES
def test_what_is_no_request_is_refused_before_it_is_sent(runtime: scenario.Runtime) -> None:
    with FaultProxy() as proxy:
        entries = [
            to(proxy, headers={"X-A": "b\r\nX-Evil: 1"}),
            to(proxy, headers={"X-A\n": "b"}),
            {"url": proxy.url + "/a b"},
            {"url": proxy.url + "/\r\nX-Evil:1"},
            {"url": "ftp://127.0.0.1/"},
            to(proxy, parts=[5]),
            to(proxy, parts=[5, 5], length=9),
            to(proxy, parts=[5, 5], length=11),
        ]
        told = posts(runtime, entries)
        assert proxy.requests == []
    assert all("refused" in one for one in told[:6]), told
    assert [one["words"] for one in told[6:]] == ["the body is not as long as it says"] * 2


@RUNTIMES
@pytest.mark.parametrize("more", [{}, {"parts": [5] * 200, "length": 1000}, {"bytes": 100000}])
def test_a_connection_closed_while_idle_is_opened_again(
    runtime: scenario.Runtime, more: dict[str, Any]
) -> None:
    with FaultProxy(faults=parse("close_idle*3,pass,close_in_request,pass")) as proxy:
        told = posts(runtime, [to(proxy, pause=100, again=5, **more)])
    assert [one.get("status") for one in told] == [200] * 5, told
    # The fifth went to a connection that was alive and then closed unanswered: once more, on a new one.
    assert len(proxy.requests) == 6 and proxy.connections == 5


@RUNTIMES
def test_a_stream_that_can_be_read_only_once_is_not_sent_twice(runtime: scenario.Runtime) -> None:
    with FaultProxy(faults=parse("pass,close_in_request,pass")) as proxy:
        once = {"parts": [5, 5], "headers": {"Content-Length": "10"}, "once": True}
        told = posts(runtime, [to(proxy, again=3, **once)])
    assert [one.get("status") for one in told] == [200, None, 200]
    assert told[1]["words"] == "the server closed the connection"


@RUNTIMES
def test_a_head_leaves_in_one_write_and_at_once(runtime: scenario.Runtime) -> None:
    """Nagle's algorithm and the other side's delayed acknowledgement cost 40 ms where either is missing."""
    with FaultProxy(faults=parse("pass*2,close_idle,pass")) as proxy:
        small, large = to(proxy, headers={"X-One": "1"}, again=2), to(proxy, bytes=5000)
        stream = to(proxy, parts=[1000] * 3, length=3000)
        told = posts(runtime, [small, {**large, "pause": 50}, {**stream, "pause": 100}])
        heads = [_head_size(request) for request in proxy.requests]
    assert [one.get("status") for one in told] == [200] * 4
    no_delay = [6, 1, 1]  # IPPROTO_TCP, TCP_NODELAY, on
    assert [one["options"] for one in told] == [[no_delay], [], [], [no_delay]]
    assert told[0]["writes"] == told[1]["writes"] == [heads[0] + 2]  # with its body
    assert told[2]["writes"] == [heads[2], 5000]
    assert told[3]["writes"] == [heads[3], 1000, 1000, 1000]


def _head_size(request: Request) -> int:
    """The bytes of a request's head as the session writes it."""
    first = f"POST {request.target} HTTP/1.1"
    lines = [first, *(f"{name}: {value}" for name, value in request.headers.items()), "", ""]
    return len("\r\n".join(lines))


FAULTS = {
    "refuse": "",  # at connect() or at the first byte, as the network decides
    "black_hole": "silent (time-out)",
    "hang_up": "",
    "silent": "silent (time-out)",
    "reset_in_request": "the connection broke",
    "reset_in_answer": "",
    "close_in_request": "the server closed the connection",
    "cut_body": "within its answer",
    "drip": "silent (time-out)",
    "garbage": "the answer is not HTTP",
    "endless_header": "the answer's head has no end",
}


@RUNTIMES
def test_every_fault_ends_in_words_by_the_deadline(runtime: scenario.Runtime) -> None:
    with FaultProxy(faults=[Fault(name) for name in FAULTS]) as proxy:
        told = posts(runtime, [to(proxy, again=len(FAULTS), timeout=0.8), to(proxy)])
    for (name, words), one in zip(FAULTS.items(), told, strict=False):
        assert words in one["words"], (name, one)
        assert one["ms"] < WATCHDOG_MS
    assert told[-1]["status"] == 200 and proxy.left == 0
    assert proxy.connections == len(FAULTS) + 1  # each fault closes its connection


@RUNTIMES
def test_a_huge_answer_is_cut_and_its_connection_closed(runtime: scenario.Runtime) -> None:
    long = raw(OK.replace(b"8", b"9000") + b"y" * 9000)
    with FaultProxy(faults=[*parse("huge"), long]) as proxy:
        told = posts(runtime, [to(proxy, again=3)])
    assert [one["size"] for one in told] == [2048, 2048, 9]
    assert [request.connection for request in proxy.requests] == [1, 2, 2]


@RUNTIMES
def test_statuses_and_the_headers_that_matter(runtime: scenario.Runtime) -> None:
    with FaultProxy(faults=parse("401,403,404,408,413,429:37,429:date,500,503:5")) as proxy:
        told = posts(runtime, [to(proxy, again=10)])
    assert [one["status"] for one in told] == [401, 403, 404, 408, 413, 429, 429, 500, 503, 200]
    assert told[5]["headers"] == {"retry-after": "37"}
    assert told[6]["headers"]["retry-after"].endswith(" GMT")
    assert proxy.connections == 1


@RUNTIMES
def test_a_redirect_is_followed_on_the_same_server_only(runtime: scenario.Runtime) -> None:
    absolute = raw(b"HTTP/1.1 308 M\r\nContent-Length: 0\r\nLocation: //elsewhere.example/x\r\n\r\n")
    seen = raw(b"HTTP/1.1 303 M\r\nContent-Length: 0\r\nLocation: /x\r\n\r\n")
    with FaultProxy(faults=[*parse("redirect_same,pass,redirect_other"), absolute, seen]) as proxy:
        told = posts(runtime, [to(proxy, again=4), to(proxy, parts=[3, 4], length=7)])
    assert [one["status"] for one in told] == [200, 307, 308, 303, 200]
    assert [len(request.body) for request in proxy.requests] == [2, 2, 2, 2, 2, 7]


ANSWERS = {
    "content-length": OK + BODY,
    "lower case": OK.lower().replace(b"http", b"HTTP") + BODY,
    "until closed": b"HTTP/1.1 200 OK\r\n\r\n" + BODY,
    "HTTP/1.0": OK.replace(b"1.1", b"1.0") + BODY,
    "close": OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + BODY,
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\n" + OK + BODY,
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'3\r\n{"i\r\n5;x=y\r\nd":7}\r\n0\r\n\r\n',
    "trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n8\r\n"
    + BODY
    + b"\r\n0\r\nA: b\r\n\r\n",
    "bare newlines": b"HTTP/1.1 200 OK\nContent-Length: 8\n\n" + BODY,
    "no reason": b"HTTP/1.1 200\r\nContent-Length:8\r\n\r\n" + BODY,
    "long lines": OK[:-4]
    + b"\r\nX-Long: "
    + b"z" * 3000
    + b"\r\nSet-Cookie: "
    + b"c" * 511
    + b"\r\n\r\n"
    + BODY,
    "many lines": OK[:-4] + b"\r\nX-A: b" * 400 + b"\r\n\r\n" + BODY,
}
KEPT_OPEN = set(ANSWERS) - {"until closed", "HTTP/1.0", "close"}


@RUNTIMES
def test_every_form_of_an_answer_is_understood(runtime: scenario.Runtime) -> None:
    for pieces in (False, True):
        faults = []
        for name, answer in ANSWERS.items():
            faults += [raw(answer)] if name in KEPT_OPEN else [Fault("raw_close", raw=answer)]
        with FaultProxy(faults=faults, slow_raw=0.0001 if pieces else 0) as proxy:
            told = posts(runtime, [to(proxy, again=len(ANSWERS))])
        for name, one in zip(ANSWERS, told, strict=True):
            assert (one.get("status"), one.get("text")) == (200, BODY.decode()), (name, pieces, one)
        assert proxy.connections == len(ANSWERS) - len(KEPT_OPEN) + 1


@RUNTIMES
def test_damaged_answers_are_no_answers(runtime: scenario.Runtime) -> None:
    damaged = [
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n....",
        OK.replace(b"8", b"eight") + BODY,
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 8\xff\xfe\r\n\r\n" + BODY,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
    ]
    with FaultProxy(faults=[raw(answer) for answer in damaged]) as proxy:
        told = posts(runtime, [to(proxy, again=len(damaged), timeout=1), to(proxy)])
    assert all("words" in one for one in told[:-1]), told
    assert told[-1]["status"] == 200


@RUNTIMES
def test_a_refusal_counts_although_its_rest_is_lost(runtime: scenario.Runtime) -> None:
    cut = Fault("raw_close", raw=b"HTTP/1.1 413 Too Large\r\nContent-Length: 100\r\n\r\n{")
    with FaultProxy(faults=[cut, Fault("early_413")]) as proxy:
        told = posts(runtime, [to(proxy), to(proxy, parts=[100_000] * 80, length=8_000_000), to(proxy)])
    assert [one.get("status") for one in told] == [413, 413, 200], told


@RUNTIMES
def test_a_network_that_swallows_the_first_packet_ends_by_the_deadline(runtime: scenario.Runtime) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux drops the packets of a full backlog")
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        told = posts(
            runtime, [{"url": f"http://127.0.0.1:{listener.getsockname()[1]}/?{SECRET}", "timeout": 1.5}]
        )
    assert "silent" in told[0]["words"] and 1400 < told[0]["ms"] < WATCHDOG_MS


@RUNTIMES
def test_a_closed_port_and_a_name_without_address_are_said_so(runtime: scenario.Runtime) -> None:
    told = posts(runtime, [{"url": "http://127.0.0.1:9/?" + SECRET}, {"url": "http://a..b/?" + SECRET}])
    assert re.fullmatch(r"cannot connect to 127.0.0.1: error \d+", told[0]["words"])
    assert told[1]["words"] == "no address for a..b: is DNS down, or the url misspelt?"


WORDS = {
    "good": None,
    "expired": "has expired",
    "not_yet_valid": "is not valid yet; is this clock right? It says 20",
    "wrong_host": "the certificate is not for localhost",
    "unknown_issuer": "nobody that ca.der knows vouches",
    "self_signed": "nobody that ca.der knows vouches",
}


@pytest.fixture(scope="module", params=["p256", "rsa"])
def authority(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Authority, Path, dict[str, ssl.SSLContext]]]:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(request.param)
    (folder / "ca.der").write_bytes(authority.der)
    (folder / "bad.der").write_bytes(b"no certificate")
    yield authority, folder, {kind: authority.context(kind, folder) for kind in KINDS}


@RUNTIMES
def test_only_the_right_certificate_is_talked_to(
    runtime: scenario.Runtime, authority: tuple[Authority, Path, dict[str, ssl.SSLContext]]
) -> None:
    _, folder, contexts = authority
    faults = [Fault(kind) for kind in KINDS if kind != "good"]
    with FaultProxy(faults=faults, contexts=contexts) as proxy:
        told = posts(runtime, [to(proxy, again=len(faults) + 3)], folder=folder)
    for fault, one in zip(faults, told, strict=False):
        assert WORDS[fault.name] in one["words"], (fault, one)
    assert [one["status"] for one in told[len(faults) :]] == [200, 200, 200]
    assert len(proxy.requests) == 3 and proxy.connections == len(faults) + 1


@RUNTIMES
def test_tls_faults_besides_the_certificate(
    runtime: scenario.Runtime, authority: tuple[Authority, Path, dict[str, ssl.SSLContext]]
) -> None:
    _, folder, contexts = authority
    script = (
        "pass,close_idle,pass,silent,reset_in_answer,drip,black_hole,redirect_plain,redirect_same,pass,huge"
    )
    with FaultProxy(faults=parse(script), contexts=contexts) as proxy:
        told = posts(
            runtime, [to(proxy, again=10, pause=50, timeout=2), to(proxy, bytes=300000)], folder=folder
        )
        assert [one.get("status") for one in told] == [
            200,
            200,
            200,
            None,
            None,
            None,
            None,
            307,
            200,
            200,
            200,
        ]
        assert posts(runtime, [to(proxy)], {"ca": "none.der"}, folder=folder)[0]["words"].startswith(
            "none.der, "
        )
        assert (
            "is no certificate" in posts(runtime, [to(proxy)], {"ca": "bad.der"}, folder=folder)[0]["words"]
        )
    with FaultProxy(faults=parse("not_yet_valid,self_signed"), contexts=contexts) as proxy:
        told = posts(runtime, [to(proxy)], {"year": 2021}, folder=folder)
        assert "the clock is not set (it says 2021)" in told[0]["words"]
        assert posts(runtime, [to(proxy)], {"insecure": True}, folder=folder)[0]["status"] == 200
    with FaultProxy() as plain:
        url = plain.url.replace("http://127.0.0.1", "https://localhost")
        told = posts(runtime, [{"url": url, "timeout": 2}], folder=folder)
        assert "no TLS connection to localhost" in told[0]["words"] or "silent" in told[0]["words"]


def test_the_compiled_session_needs_little_memory_and_gives_it_back(tmp_path: Path) -> None:
    """A heap of 64 KB on this 64-bit host, where objects are twice as large as on a board."""
    script = "pass,huge,garbage,endless_header,drip,cut_body,reset_in_answer,portal,429:9"
    free = []
    for rounds in (1, 4):
        with FaultProxy(faults=parse(script) * rounds) as proxy:
            entries = [to(proxy, again=9 * rounds, timeout=0.5), to(proxy, parts=[1000] * 200, length=200000)]
            env = {"POSTS": json.dumps(entries)}
            compiled = tmp_path / "mpy"
            result = scenario.run(
                SCENARIO, "micropython", env=env, heap=64 << 10, compiled_in=compiled, timeout=120
            )
            assert result.lines[-2].get("status") == 200, result.lines
            assert proxy.left == 0
            free.append(result.lines[-1]["free"])
    assert abs(free[0] - free[1]) < 512, free
