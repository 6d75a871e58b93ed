"""What a browser encodes, the board reads; what it escapes, a browser reads: for any text."""

import json
import random
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from miniviz_lab import scenario

SCENARIO = Path(__file__).parent / "scenarios" / "form_pairs.py"
HARD = "+%&=;<>\"'`#?/ \\{}é☕😀\u00a0\u200d\u202eß&amp;%41"


def text(chance: random.Random) -> str:
    """Up to 40 characters, the awkward ones more often than not, none of them a control character."""
    plain = [
        chr(chance.choice((chance.randrange(32, 127), chance.randrange(0xA0, 0xD800)))) for _ in range(20)
    ]
    return "".join(
        chance.choices([*HARD, *plain, chr(chance.randrange(0x10000, 0x110000))], k=chance.randrange(40))
    )


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_any_text_survives_the_form_and_the_page(runtime: scenario.Runtime, tmp_path: Path) -> None:
    chance = random.Random(7)
    wanted = [{"a": text(chance), "b": text(chance)} for _ in range(400)]
    bodies = [urlencode({**one, "unknown": "x"}) for one in wanted]
    (tmp_path / "bodies.json").write_text(json.dumps(bodies))
    lines = scenario.run(SCENARIO, runtime, folder=tmp_path).lines
    assert [line[0] for line in lines] == wanted
    for found, escaped in lines:
        for name, value in escaped.items():
            assert unescape(value) == found[name]
            assert not set(value) & set("<>\"'")


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_what_is_no_form_is_refused(runtime: scenario.Runtime, tmp_path: Path) -> None:
    bad = [
        "a=%",
        "a=%4",
        "a=%zz",
        "a=% 1",
        "a=%+1",
        "a=%ff",
        "a=%c3%28",
        "a=%ed%a0%80",
        "a=%00",
        "a=x%0ay",
        "a=%7F",
    ]
    good = {
        "": {},
        "a": {"a": ""},
        "&&a=1&&": {"a": "1"},
        "a==&b": {"a": "=", "b": ""},
        "a=%2b%C3%a9": {"a": "+é"},
    }
    (tmp_path / "bodies.json").write_text(json.dumps([*bad, *good]))
    lines = scenario.run(SCENARIO, runtime, folder=tmp_path).lines
    assert lines[: len(bad)] == [["refused"]] * len(bad)
    assert [line[0] for line in lines[len(bad) :]] == list(good.values())
