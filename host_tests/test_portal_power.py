"""The power goes while the portal stores settings: the old or the new ones are there, never half of any."""

from pathlib import Path

import pytest
from miniviz_lab import micropython
from miniviz_lab.micropython import FAKES
from miniviz_lab.scenario import FIRMWARE

SCENARIO = Path(__file__).parent / "scenarios" / "portal_cuts.py"


@pytest.mark.parametrize("there", ["old", "new", "bad"])
@pytest.mark.parametrize("program", [32, 256])
def test_every_cut_leaves_whole_settings(program: int, there: str) -> None:
    micropython.for_test()
    done = micropython.run([SCENARIO, str(program), there], heap="16m", path=[FAKES, FIRMWARE], timeout=300)
    assert done.returncode == 0, done.stdout[-2000:]
    told = done.stdout.rsplit('{"cuts": ', 1)[1]
    assert int(told.split(",")[0]) >= 20, told
    assert int(told.split(": ")[1].rstrip("}\n")) >= 4, told
