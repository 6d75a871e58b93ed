"""The whole firmware through every fault of the network: no reading is lost."""

import json
import ssl
from pathlib import Path
from typing import Any

import pytest
from miniviz_lab import scenario
from miniviz_lab.certificates import KINDS, Authority
from miniviz_lab.fault_proxy import FaultProxy
from miniviz_lab.faults import NAMES, parse
from miniviz_server.runner import running

SCENARIO = Path(__file__).parent / "scenarios" / "app_run.py"
SECRETS = ("s3cret/token+", "s3cret%2Ftoken%2B", "correct horse")  # the token also as it stands in the url
RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)
HEAP = 256 << 10  # fakes and fault scripts included; the smallest that will do is held in test_app.py
TLS_HEAP = 256 << 10  # the fakes fill what TLS needs in one piece
START = 1790000000000
WATCHDOG_MS = 8388  # of an RP2040
DEADLINE_MS = 15000  # http.DEADLINE_S
SLACK_MS = 2000  # of a step, for what is no exchange: WiFi, sensors
SECONDS = 300

# What is played first -> what the log must say; afterwards everything passes.
PLAIN = {
    "refuse*3": "no answer: ",
    "black_hole*2": "the server is silent (time-out)",
    "hang_up*2": "no answer: ",
    "silent*2": "the server is silent (time-out)",
    "close_idle*5": "",
    "reset_in_request*2": "no answer: ",
    "reset_in_answer*3": "no answer: ",
    "close_in_request*2": "the server closed the connection",
    "close_in_body*2": "no answer: ",
    "cut_body*3": "within its answer",
    "drip*2": "",
    "garbage*3": "the answer is not HTTP",
    "huge*3": "no JSON in the answer",
    "endless_header*3": "the answer's head has no end",
    "portal*3": "no JSON in the answer: a captive portal",
    "redirect_same*3": "",
    "redirect_other*3": "HTTP 307, sent elsewhere: a captive portal, or a wrong url?",
    "401": "the token is not accepted",
    "403": "does not allow this",
    "404": "there is no such project",
    "400*2": "a reading was set aside: HTTP 400",
    "408*3": "HTTP 408",
    "413*2": "a reading was set aside: HTTP 413",
    "early_413*2": "a reading was set aside: HTTP 413",
    "429:37*2": "HTTP 429, not now: as asked for; ",
    "429:date": "HTTP 429",
    "500*3": "HTTP 500",
    "503:5*3": "HTTP 503",
}
TLS = {
    "expired*2": "has expired",
    "not_yet_valid*2": "is not valid yet",
    "wrong_host*2": "the certificate is not for localhost",
    "unknown_issuer*2": "nobody that ca.der knows vouches",
    "self_signed*2": "nobody that ca.der knows vouches",
    "redirect_plain*2": "HTTP 307, sent elsewhere",
    "close_idle*5": "",
    "black_hole": "the server is silent (time-out)",
    "silent": "the server is silent (time-out)",
    "drip": "",
    "reset_in_answer*2": "no answer: ",
    "cut_body*2": "no answer: ",
}
SET_ASIDE = {"400*2": 2, "413*2": 2, "early_413*2": 2}
SLOWLY = {"401", "403", "404"}  # retried after a quarter of an hour


def test_the_matrix_is_complete() -> None:
    played = {script.split("*")[0] for script in (*PLAIN, *TLS)}
    assert set(NAMES) - {"pass"} <= played


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compiled") / "mpy"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, ssl.SSLContext]]:
    authority, folder = Authority(), tmp_path_factory.mktemp("tls")
    return authority.der, {kind: authority.context(kind, folder) for kind in KINDS}


def run(
    runtime: scenario.Runtime, url: str, folder: Path, compiled: Path, heap: int = HEAP, **script: Any
) -> tuple[dict[str, Any], str]:
    """The firmware's closing figures and its log without a secret; nothing took too long or stayed open."""
    told = {"seconds": SECONDS, "watched": True, **script}
    told["settings"] = {"log": "debug", **script.get("settings", {})}
    env = {"URL": url, "PROJECT": "p", "TOKEN": SECRETS[0], "SCENARIO": json.dumps(told)}
    limits: dict[str, Any] = {"heap": heap, "compiled_in": compiled} if runtime == "micropython" else {}
    result = scenario.run(SCENARIO, runtime, folder=folder, env=env, timeout=180, **limits)
    for secret in SECRETS:
        assert secret not in result.stdout + result.stderr
    end = result.lines[-1]
    assert end["taken"] == end["delivered"] + end["waiting"] + end["aside"] + end["dropped"]
    assert end["longest"] < DEADLINE_MS + SLACK_MS
    grown = end["grown"]
    assert grown["hungry"] < WATCHDOG_MS
    assert runtime == "cpython" or grown["grown"] < 1024, grown
    # urequests leaves its socket open where the answer is no HTTP.
    assert end["files"] == 0 == grown["opened"] or script.get("settings", {}).get("transport") == "urequests"
    return end, result.stdout


def nothing_lost(end: dict[str, Any], proxy: FaultProxy, aside: int = 0) -> None:
    """What the firmware counts as delivered is with the server; all but what was set aside is delivered."""
    stored = {json.loads(body)["timestamp"] for body in proxy.stored}
    assert proxy.left == 0
    assert end["aside"] == aside and end["dropped"] == 0 and end["waiting"] == 0
    assert end["delivered"] == len(stored) == end["taken"] - aside


@RUNTIMES
@pytest.mark.parametrize("script", PLAIN)
def test_no_fault_of_the_network_costs_a_reading(
    runtime: scenario.Runtime, script: str, tmp_path: Path, compiled: Path
) -> None:
    with FaultProxy(faults=parse("pass*2," + script), drip=0.002) as proxy:
        seconds = 1200 if script in SLOWLY else SECONDS
        # At most 64 readings wait in RAM, hence one a minute where a quarter of an hour passes.
        every = 60 if script in SLOWLY else 10
        settings = {"sensors": [{"type": "dht22", "pin": 15, "every": every}]}
        end, printed = run(runtime, proxy.url, tmp_path, compiled, seconds=seconds, settings=settings)
        nothing_lost(end, proxy, SET_ASIDE.get(script, 0))
    assert PLAIN[script] in printed


@RUNTIMES
@pytest.mark.parametrize("script", TLS)
def test_no_fault_of_tls_costs_a_reading(
    runtime: scenario.Runtime,
    script: str,
    tmp_path: Path,
    compiled: Path,
    tls: tuple[bytes, dict[str, ssl.SSLContext]],
) -> None:
    root, contexts = tls
    (tmp_path / "ca.der").write_bytes(root)
    with FaultProxy(faults=parse("pass," + script), contexts=contexts, drip=0.002) as proxy:
        end, printed = run(runtime, proxy.url, tmp_path, compiled, TLS_HEAP)
        nothing_lost(end, proxy)
    assert TLS[script] in printed


WITHOUT_AN_ANSWER = {
    "dns_fails": "no address for 127.0.0.1: is DNS down",
    "nobody_listens": "no answer: ",
}


@RUNTIMES
@pytest.mark.parametrize("kind", WITHOUT_AN_ANSWER)
def test_without_a_name_or_a_listener_no_reading_is_lost(
    kind: str, runtime: scenario.Runtime, tmp_path: Path, compiled: Path
) -> None:
    with FaultProxy(faults=parse("close_idle*30")) as proxy:
        end, printed = run(runtime, proxy.url, tmp_path, compiled, **{kind: [50, 120]})
        proxy._faults.clear()
        nothing_lost(end, proxy)
    assert WITHOUT_AN_ANSWER[kind] in printed


@RUNTIMES
def test_a_loss_of_wifi_costs_no_reading(runtime: scenario.Runtime, tmp_path: Path, compiled: Path) -> None:
    world = {"faults": [{"fault": "wifi_gone", "start": 50, "end": 130}]}
    with FaultProxy() as proxy:
        end, printed = run(runtime, proxy.url, tmp_path, compiled, world=world)
        nothing_lost(end, proxy)
    assert "W wifi" in printed


@RUNTIMES
def test_a_time_server_that_lies_by_a_day_moves_no_reading(
    runtime: scenario.Runtime, tmp_path: Path, compiled: Path
) -> None:
    settings = {"sensors": [{"type": "dht22", "pin": 15, "every": 60}]}
    with FaultProxy() as proxy:
        end, printed = run(
            runtime, proxy.url, tmp_path, compiled, seconds=4500, settings=settings, ntp_lies=[3590, 4200]
        )
        nothing_lost(end, proxy)
        times = [json.loads(body)["timestamp"] for body in proxy.stored]
    assert "differs by 8640" in printed or "differs by 8639" in printed
    assert max(times) - min(times) < 4500000


@RUNTIMES
@pytest.mark.parametrize("liar", ["one.test", "two.test"])
def test_a_time_server_that_lies_by_a_day_from_the_first_sync_on_stamps_no_reading(
    runtime: scenario.Runtime, liar: str, tmp_path: Path, compiled: Path
) -> None:
    settings = {"ntp": ["one.test", "two.test", "three.test"]}
    with FaultProxy() as proxy:
        end, _ = run(runtime, proxy.url, tmp_path, compiled, settings=settings, liar=liar)
        nothing_lost(end, proxy)
        times = [json.loads(body)["timestamp"] for body in proxy.stored]
    assert all(START <= time < START + 2 * SECONDS * 1000 for time in times)


@pytest.mark.parametrize("policy", ["drop_oldest", "keep_oldest", "thin"])
def test_a_full_flash_keeps_what_its_policy_says_and_counts_the_rest(
    policy: str, tmp_path: Path, compiled: Path
) -> None:
    settings = {
        "when_full": policy,
        "store_every": 0,
        "sensors": [{"type": "dht22", "pin": 15, "every": 5}],
    }
    with FaultProxy(faults=parse("close_idle*12")) as proxy:  # else it goes on by the old connection
        end, _ = run(
            "micropython",
            proxy.url,
            tmp_path,
            compiled,
            1 << 20,  # the chip's own bytes stand on this heap
            seconds=12000,
            settings=settings,
            flash=20,  # with room for fewer than four segments thin drops the oldest
            nobody_listens=[30, 9000],
        )
        times = [json.loads(body)["timestamp"] for body in proxy.stored]
    assert end["waiting"] == 0 and end["dropped"] > 100
    assert end["delivered"] == len(times) == len(set(times)) == end["taken"] - end["dropped"]
    gaps = {
        kind: [t for t in times if START + low <= t < START + high]
        for kind, low, high in (("early", 100000, 1000000), ("late", 8000000, 9000000))
    }
    assert times == sorted(times)
    assert bool(gaps["early"]) is (policy != "drop_oldest")
    assert bool(gaps["late"]) is (policy != "keep_oldest")


@RUNTIMES
def test_the_heap_is_back_where_it_was_after_many_faults(
    runtime: scenario.Runtime, tmp_path: Path, compiled: Path
) -> None:
    if runtime == "cpython":
        pytest.skip("CPython's heap is not bounded")
    script = "refuse,reset_in_request,huge,garbage,reset_in_answer,cut_body,endless_header,portal,503,429:2,"
    script = script.replace(",", ",pass,")  # else the pauses grow
    heaps: list[int] = []
    for faults in ("pass", script, script * 3):
        with FaultProxy(faults=parse(faults)) as proxy:
            end, _ = run(runtime, proxy.url, tmp_path, compiled, seconds=1500)
            heaps.append(end["heap"])
            nothing_lost(end, proxy)
    # The files that put a failure into words are loaded by the first one and stay; nothing grows after that.
    assert heaps[1] - heaps[0] < 12_288, heaps
    assert abs(heaps[2] - heaps[1]) < 2048, heaps


@RUNTIMES
def test_a_mixture_in_front_of_the_real_server_stores_each_reading_once_or_twice(
    runtime: scenario.Runtime, tmp_path: Path, compiled: Path
) -> None:
    script = (
        "pass*3,reset_in_answer,close_idle,503:2,drip,cut_body,garbage,pass*2,silent,reset_in_request,portal"
    )
    with running() as server:
        project = server.projects[0]
        with FaultProxy(server.url, parse(script), drip=0.001) as proxy:
            env = {"auth": "bearer", "token": project.token, "project": project.id, "label": "greenhouse"}
            settings = {"miniviz": {"url": proxy.url, **env}}
            end, _ = run(runtime, proxy.url, tmp_path, compiled, settings=settings)
            nothing_lost(end, proxy)
        events = server.events(project.id)
    twice = len(events) - len({event.timestamp for event in events})
    assert end["delivered"] == len({event.timestamp for event in events})
    assert twice <= 2  # the two answers that were lost on their way back


@RUNTIMES
def test_the_other_transport_survives_what_it_can(
    runtime: scenario.Runtime, tmp_path: Path, compiled: Path
) -> None:
    script = "refuse,pass,reset_in_request,pass,close_in_request,pass,portal,pass,503,pass,429:3,400,garbage"
    with FaultProxy(faults=parse(script)) as proxy:
        end, _ = run(runtime, proxy.url, tmp_path, compiled, settings={"transport": "urequests"})
        nothing_lost(end, proxy, aside=1)
