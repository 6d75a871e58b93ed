"""The power goes at every flash operation: nothing accepted is lost or spoilt, at most one arrives twice."""

from pathlib import Path

import pytest
from miniviz_lab import micropython
from miniviz_lab.micropython import FAKES
from miniviz_lab.scenario import FIRMWARE

SCENARIO = Path(__file__).parent / "scenarios" / "power_cuts.py"


@pytest.mark.parametrize(
    ("readings", "program", "policy", "least_cuts"),
    [
        (200, 32, "none", 2400),
        (200, 256, "none", 1400),
        (260, 256, "drop_oldest", 600),
        (260, 32, "thin", 600),
        (200, 32, "none direct", 1500),
        (200, 256, "none direct", 1200),
        (260, 256, "drop_oldest direct", 600),
        (260, 32, "thin direct", 1200),
        (260, 256, "keep_oldest direct", 900),
    ],
)
def test_every_cut_leaves_what_was_accepted(
    readings: int, program: int, policy: str, least_cuts: int
) -> None:
    micropython.for_test()
    how, *direct = policy.split()
    args = [SCENARIO, str(readings), str(program), how, "24", *direct]
    done = micropython.run(args, heap="16m", path=[FAKES, FIRMWARE], timeout=600)
    assert done.returncode == 0, done.stdout[-2000:]
    cuts = int(done.stdout.rsplit('{"cuts": ', 1)[1].split(",")[0])
    assert cuts >= least_cuts
