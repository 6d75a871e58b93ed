"""Segments as erase blocks: earlier formats, copies, lost files, other chips, the heap."""

from pathlib import Path
from typing import Any

import pytest
from miniviz_lab import micropython, scenario
from miniviz_lab.micropython import FAKES
from miniviz_lab.scenario import FIRMWARE

BLOCKS = Path(__file__).parent / "scenarios" / "outbox_blocks.py"
READ = """
import json
from miniviz.store import Store

one, found = Store(), []
while one.peek():
    found.append(one.peek()[3]["n"])
    one.done()
print(json.dumps({"found": found}))
"""


def played(what: str, folder: Path) -> scenario.Result:
    """Run one of the scenario's cases."""
    micropython.for_test()
    done = micropython.run([BLOCKS, what], cwd=folder, heap="4m", path=[FAKES, FIRMWARE], timeout=60)
    assert done.returncode == 0, done.stdout
    return scenario.Result(0, done.stdout, "")


def told(what: str, folder: Path) -> dict[str, Any]:
    """What a case printed."""
    lines = played(what, folder).lines
    assert len(lines) == 1
    return dict(lines[0])


def test_an_outbox_of_files_is_read_on_and_goes_back_to_files(tmp_path: Path) -> None:
    case = told("earlier", tmp_path)
    assert case["found"] == list(range(320)) and case["dropped"] == 0
    assert 4096 in case["kinds"].values()


def test_a_segment_that_is_on_the_flash_twice_is_only_read(tmp_path: Path) -> None:
    assert told("copied", tmp_path) == {"found": list(range(20)), "same": True}


def test_nothing_is_programmed_where_the_segment_no_longer_stands(tmp_path: Path) -> None:
    case = told("gone", tmp_path)
    assert case["same"] and case["wrong"] == 0, case
    assert case["dropped"] == 9 and case["found"] == [7]


def test_erased_bytes_are_read_with_less_than_64_kb_in_one_piece(tmp_path: Path) -> None:
    assert told("full_heap", tmp_path) == {"found": list(range(20))}


def test_on_another_file_system_segments_stay_files(tmp_path: Path) -> None:
    case = told("elsewhere", tmp_path)
    assert case["found"] == list(range(200)) and case["programmed"] == 0
    assert 4096 not in case["kinds"].values()


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_both_runtimes_read_a_block_with_its_marks(runtime: scenario.Runtime, tmp_path: Path) -> None:
    played("taken", tmp_path)
    assert scenario.run_text(READ, runtime, tmp_path) == [{"found": list(range(11, 30))}]
