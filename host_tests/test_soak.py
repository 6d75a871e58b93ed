"""The short form of `miniviz bench soak`: four days of everything going wrong."""

import pytest
from miniviz_cli import paths
from miniviz_lab import micropython, soak


@pytest.mark.parametrize("seed", [1, 20261122])
def test_every_accepted_reading_became_something(seed: int) -> None:
    micropython.for_test()
    report = soak.run(paths.firmware(), 4, seed, timeout=600)
    assert report.faults == [], report.sums
    assert report.sums["cuts"] >= 1 and report.sums["taken"] > 1500
