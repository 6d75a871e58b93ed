"""The body of an image: streamed, of known length, and refused where the frame is none; on both runtimes."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from miniviz_lab import micropython, scenario
from miniviz_lab.bench import images
from miniviz_lab.bench.guest import compiled
from miniviz_lab.scenario import FIRMWARE

HERE = Path(__file__).parent / "scenarios"
RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)
NO_IMAGE = "neither JPEG nor PNG: it begins with "
WORDS = {
    "empty": "the picture is empty",
    "text": NO_IMAGE + "68 65 6C 6C",
    "gif": NO_IMAGE + "47 49 46 38",
    "no end": "the picture has no end marker in its ",
    "cut": "the picture has no end marker in its 3000 bytes",
    "claims more": "the picture ended after 3000 of 5000 bytes",
    "claims less": "the picture has no end marker in its 3000 bytes",
    "never ends": "the picture has no end marker in its 105",
    "garbled": "the picture is garbled: the marker FF 13 has no place in it",
    "garbled head": "the picture is garbled: 0x01 where a marker belongs",
    "png cut": "the picture has no end marker in its 3019 bytes",
    "only zeros": NO_IMAGE + "00 00 00 00",
    "one more": "the picture has 153601 bytes, 204804 as base64; the limit is 204800",
    "absurd": "the picture has 8390520 bytes, 11187360 as base64; the limit is 204800",
}


@cache
def told(runtime: scenario.Runtime) -> dict[str, Any]:
    return {line["case"]: line for line in scenario.run(HERE / "image_body.py", runtime, timeout=240).lines}


@RUNTIMES
def test_every_length_is_exact_and_every_byte_the_picture_s(runtime: scenario.Runtime) -> None:
    assert told(runtime)["whole"]["error"] is None
    assert told(runtime)["largest"]["error"] is None


@RUNTIMES
def test_machine_code_and_words_do_the_same(runtime: scenario.Runtime) -> None:
    native = told(runtime)["twins"]["native"]
    assert native == (runtime == "micropython" and micropython.march() != "")


@RUNTIMES
def test_a_frame_that_is_no_picture_is_refused_with_its_reason(runtime: scenario.Runtime) -> None:
    assert {case: told(runtime)[case]["error"][: len(words)] for case, words in WORDS.items()} == WORDS


def test_the_heap_of_an_upload_does_not_grow_with_the_picture() -> None:
    micropython.for_test()
    # The paths of what is imported lie on the measured heap: a folder with a short name, as bench has it.
    with tempfile.TemporaryDirectory(prefix="miniviz-") as folder:
        large, small, reading = images.ours(compiled(Path(folder), FIRMWARE))
    assert abs(large - small) <= 512
    assert large - reading <= 3584
