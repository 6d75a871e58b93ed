"""When a failed send is tried again: full jitter up to a cap, or as the server wishes."""

import json
from pathlib import Path
from typing import Any

import pytest
from answers import Answers
from miniviz_lab import scenario
from test_app import balanced, run

RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)

WAITS = """
import json
from miniviz.retry import Backoff

def waits(failures, **wish):
    one, found = Backoff(lambda: 0), []
    for _ in range(400):
        one.failures = failures
        one.failed(**wish)
        found.append(one.wait_ms())
    return found

print(json.dumps([waits(0), waits(3), waits(6), waits(50)]))
wishes = [{"retry_after": 37}, {"retry_after": 0}, {"retry_after": 10**9}, {"slow": True}]
wishes.append({"retry_after": 60, "slow": True})
print(json.dumps([max(waits(3, **wish)) for wish in wishes]))
one = Backoff(lambda: 0)
for _ in range(9):
    one.failed()
grown = one.failures
one.succeeded()
print(json.dumps([grown, one.failures, one.wait_ms(), one.ready()]))
"""


@RUNTIMES
def test_pauses_double_up_to_a_cap_with_full_jitter_or_follow_the_server(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    jittered, wished, end = scenario.run_text(WAITS, runtime, tmp_path)
    for waits, most in zip(jittered, (5000, 40000, 300000, 300000), strict=True):
        assert 0 <= min(waits) < most / 20 and most * 0.95 < max(waits) < most
        assert abs(sum(waits) / len(waits) - most / 2) < most / 10  # even, from nothing to the most
    assert wished == [37000, 0, 86400000, 900000, 60000]
    assert end == [9, 0, 0, True]


@RUNTIMES
@pytest.mark.parametrize(("answer", "seconds"), [("429", 37), ("429-date", 90)])
def test_a_server_that_names_its_time_is_left_alone_until_then(
    runtime: scenario.Runtime, answer: str, seconds: int, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"sensors": [{"type": "dht22", "pin": 15, "every": 10}], "send_every": 1}
    with Answers() as server:
        told, printed = run(
            runtime, server.url, tmp_path, project=answer, seconds=10 * seconds, settings=settings
        )
        tries = len(server.requests)
        bodies = {json.dumps(json.loads(body), sort_keys=True) for _, _, body in server.requests}
    assert balanced(told) and told["delivered"] == 0 and len(bodies) == 1
    assert 9 <= tries <= 10
    assert f"next try in {seconds} s" in printed
