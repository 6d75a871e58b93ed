"""The whole firmware, updated again and again on a flash of the Pico W's size, while readings wait."""

import json
from pathlib import Path

from miniviz_cli import boards, staging
from miniviz_lab import micropython
from miniviz_lab.micropython import FAKES
from miniviz_lab.scenario import FIRMWARE

SCENARIO = Path(__file__).parent / "scenarios" / "update_room.py"
WAITING = 16  # blocks of readings: about 2,000 of them
UPDATES = 4
OUTBOX_KEEPS_FREE = 36  # KB, see store.py: with less it would give up its oldest readings


def test_any_number_of_updates_fits_a_pico_w(tmp_path: Path) -> None:
    micropython.for_test()
    staging.stage_code(tmp_path, boards.load("pico_w").mpy.arch)
    script = [SCENARIO, str(tmp_path / "miniviz"), str(WAITING), str(UPDATES)]
    done = micropython.run(script, heap="64m", path=[FAKES, FIRMWARE], timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["least"] >= OUTBOX_KEEPS_FREE
    assert len(set(told["rest"])) == 1, "an update leaves something behind"
    # What one version takes beside the one that was deployed.
    assert told["deployed"] - told["rest"][0] <= 150
