"""The power goes at every flash operation of an update: a whole version starts, and the next update comes."""

from pathlib import Path

import pytest
from miniviz_lab import micropython
from miniviz_lab.micropython import FAKES
from miniviz_lab.scenario import FIRMWARE

SCENARIO = Path(__file__).parent / "scenarios" / "update_power.py"


@pytest.mark.parametrize(("program", "least_cuts"), [(32, 3000), (256, 800)])
def test_every_cut_leaves_a_version_that_runs(program: int, least_cuts: int) -> None:
    micropython.for_test()
    done = micropython.run([SCENARIO, str(program), "96"], heap="16m", path=[FAKES, FIRMWARE], timeout=600)
    assert done.returncode == 0, done.stdout[-2000:]
    cuts = int(done.stdout.rsplit('{"cuts": ', 1)[1].split("}")[0])
    assert cuts >= least_cuts
