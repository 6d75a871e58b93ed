"""The validator: the same verdict and the same byte count on both runtimes, and as CPython's own json."""

import json
import math
import random
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from miniviz import json_size
from miniviz.double import shortest
from miniviz_lab import micropython

HERE = Path(__file__).parent
SCENARIOS = HERE / "scenarios"
FIRMWARE = HERE.parent / "firmware"
sys.path.insert(0, str(SCENARIOS))

from rules_judge import build, judge  # noqa: E402 - the same file runs on MicroPython

# --- cases -------------------------------------------------------------------------------------------------


def tag(value):
    """Describe an object of any type so that both runtimes build the same one."""
    kind = type(value)
    if kind is int:
        return ["int", f"{value:x}"]  # in decimal CPython stops at 4,300 digits
    if kind is float:
        return ["float", struct.pack(">d", value).hex()]
    if kind is str:
        return ["str", [ord(c) for c in value]]
    if value is None or kind is bool:
        return ["const", 0 if value is None else 1 + value]
    if kind is bytes:
        return ["bytes", value.hex()]
    if kind is dict:
        return ["dict", [[tag(k), tag(v)] for k, v in value.items()]]
    return [kind.__name__, [tag(item) for item in value]]


TRAPS = [
    True, False, None, math.nan, math.inf, -math.inf, 1e400, 2**53 + 1, 2**64, -(2**64), 10**399, 10**4299, 0,
    -0.0, 0.0, 23.400000000000002, 9767.8, 477.22632595501886, 1e15, 1e16, 123456789012345680.0, 1e21, 1e22,
    1e23, 1e-4, 1e-5, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 2.0**-44, 9007199254740993.0,
    "", "é", "日本", "🎉", "\ud800", "\udc00\ud800", "\ud83c\udf89", "\x00\x07\b\t\n\v\f\r\x1b\x1f",
    "\x7f\x80", '"\\/',
    b"bytes", [], [1], (), (1, 2), {1, 2}, {}, {"a": 1}, [{"a": [None]}],
]  # fmt: skip
ENDLESS = [10**4300, -(10**9000), 10**600 - 1, 10**600, -(10**1200)]  # the first two have no text on CPython

odd_text = st.text(st.characters(codec=None), max_size=30)
odd_text |= st.sampled_from([trap for trap in TRAPS if isinstance(trap, str)])
good_text = st.text(st.characters(codec="utf-8"), max_size=90)
finite = st.floats(allow_nan=False, allow_infinity=False)
rounded = st.builds(round, st.floats(-1e4, 1e4), st.integers(0, 6))
powers = st.builds(lambda m, e: m * 10.0**e, st.integers(-(10**6), 10**6), st.integers(-330, 300))
numbers = st.integers() | st.integers(-(10**420), 10**420) | finite | rounded | powers
readings = st.integers(-(2**70), 2**70) | finite | rounded | powers | st.text(max_size=20)
good_payloads = st.dictionaries(st.text(max_size=12), readings, min_size=1) | st.dictionaries(
    good_text, numbers | good_text, min_size=1, max_size=9
)
hashable = st.none() | st.booleans() | numbers | odd_text | st.binary(max_size=4)
nested = st.recursive(
    hashable | st.floats() | st.sampled_from(TRAPS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.sets(hashable, max_size=3)
        | st.dictionaries(odd_text, inner, max_size=3)
    ),
    max_leaves=5,
)
one_trap = st.builds(lambda p, k, v: p | {k: v}, good_payloads, odd_text, nested)
wild_payloads = st.dictionaries(hashable, nested, max_size=10) | nested
labels = st.just("greenhouse-1") | odd_text | nested
image_texts = st.text("abcXYZ019-_.:@/", max_size=140) | st.text(max_size=260) | nested
times = st.integers(-10, 2**64) | st.integers(10**12, 3 * 10**12) | nested

DRAWS = [  # how many of which
    (1200, st.tuples(st.just("check"), st.just("pot"), good_payloads)),
    (500, st.tuples(st.just("check"), st.just("pot"), one_trap)),
    (300, st.tuples(st.just("check"), labels, one_trap | wild_payloads)),
    (150, st.tuples(st.just("check_timestamp"), times)),
    (150, st.tuples(st.sampled_from(["check_image_label", "check_image_name"]), image_texts)),
]


@pytest.fixture(scope="module")
def drawn():
    """The cases of this run: the traps one by one, then what hypothesis makes of the strategies."""
    found = [("check", "pot", {"v": trap}) for trap in TRAPS + ENDLESS]
    found += [("check", "pot", trap) for trap in TRAPS]
    found += [("check", trap, {"v": 1}) for trap in TRAPS]
    others = ("check_timestamp", "check_image_label", "check_image_name")
    found += [(what, trap) for what in others for trap in TRAPS + ENDLESS]
    edges = (31, 32, 64, 65, 195, 196, 390, 391, 392)
    found += [("check", "pot", {"v": c * n}) for c in "aé🎉\x7f\n\x01" for n in edges]

    for count, strategy in DRAWS:
        draw(count, strategy, found)
    assert len(found) > 2000
    return [[case[0], *map(tag, case[1:])] for case in found]


def draw(count, strategy, found):
    """Append `count` examples of the strategy, the same ones in every run."""

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(case):
        found.append(case)

    collect()


# --- CPython against its own json --------------------------------------------------------------------------


def is_text(value):
    """True for a str that has a UTF-8 form."""
    if type(value) is not str:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_taken(label, payload):
    """The contract once more, written as a judge with all of CPython at hand would."""
    return bool(
        is_text(label)
        and label
        and type(payload) is dict
        and 1 <= len(payload) <= 8
        and all(map(is_text, payload))
        and all(
            type(v) is int or is_text(v) or (type(v) is float and math.isfinite(v)) for v in payload.values()
        )
        and len(json.dumps(payload)) <= 400
    )


def test_the_verdict_is_the_contract_s_and_the_count_is_json_dumps_s(drawn, request):
    sys.set_int_max_str_digits(0)  # for the contract's own json.dumps
    request.addfinalizer(lambda: sys.set_int_max_str_digits(4300))
    taken = refused = 0
    for case in drawn:
        if case[0] != "check":
            continue
        label, payload = build(case[1]), build(case[2])
        rule, message, counted, _ = judge(case)
        assert (rule == "") is is_taken(label, payload), (label, payload, message)
        if counted is not None:
            assert counted == len(json.dumps(payload)), payload
        taken += rule == ""
        refused += rule != ""
    assert taken > 500 and refused > 500


@given(finite | rounded | powers)
@settings(max_examples=2000, deadline=None)
def test_a_float_counts_as_its_repr(value):
    assert json_size.size({"": value}) == len(repr(value)) + 6


@pytest.mark.parametrize("exponent", [0, 1, 2, 979, 1023, 1075, 1076, 2045, 2046])
def test_a_float_at_the_edges_of_its_binade_counts_as_its_repr(exponent):
    """Exponent 0 holds the denormals, of fewer bits; below a power of two the next float is nearer."""
    draw = random.Random(exponent)
    for mantissa in [0, 1, 2**51, 2**52 - 1, *(draw.randrange(2**52) for _ in range(400))]:
        value = struct.unpack(">d", (exponent << 52 | mantissa).to_bytes(8, "big"))[0]
        assert json_size.size({"": value}) == len(repr(value)) + 6
        if value:
            assert shortest(value, json_size._parse(repr(value))[1]) == json_size._parse(repr(value))


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.integers(1, 9))
@settings(max_examples=2000, deadline=None)
def test_a_board_s_32_bit_text_counts_as_the_platform_will_write_it(value, digits):
    """A board writes 1e+07 and 23.4 with %g; the platform reads that text and writes its own."""
    text = f"{value:.{digits}g}"
    text = text if "e" in text or "." in text else text + ".0"
    assert json_size._float_size(float(text), text) == len(repr(float(text)))


# --- MicroPython against CPython ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def judged(drawn, tmp_path_factory):
    """MicroPython's answers to the same cases, from one process."""
    micropython.for_test()
    folder = tmp_path_factory.mktemp("rules")
    file = folder / "cases.jsonl"
    file.write_text("".join(json.dumps(case) + "\n" for case in drawn), encoding="ascii")
    script = [str(SCENARIOS / "rules_judge.py"), str(file)]
    # The heap is for the cases: MicroPython keeps every character that chr() makes for good.
    done = micropython.run(script, cwd=folder, path=[FIRMWARE, SCENARIOS], heap="64m", timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    return [json.loads(bytes.fromhex(line)) for line in done.stdout.split()]


def test_micropython_gives_the_same_verdict_and_count(drawn, judged):
    for case, answer in zip(drawn, judged, strict=True):
        ours = judge(case)
        assert answer[:1] + answer[2:3] == ours[:1] + ours[2:3], (case, answer, ours)
        if ours[0] != "key":  # of several such keys any may be named: dicts keep no order there
            assert answer[1] == ours[1], case


def test_what_micropython_sends_is_valid_json_of_the_same_values(drawn, judged):
    seen = 0
    for case, answer in zip(drawn, judged, strict=True):
        if case[0] == "check" and answer[0] == "":
            sent, meant = json.loads(answer[3]), build(case[2])
            assert sent.keys() == meant.keys()
            assert all(is_sent_as(sent[key], value) for key, value in meant.items()), (sent, meant)
            seen += 1
    assert seen > 500


def is_sent_as(sent, meant):
    """Equal; a 64-bit float may come one unit in the last place off: MicroPython's own text is no nearer."""
    if type(meant) is float:
        return sent in (meant, math.nextafter(meant, math.inf), math.nextafter(meant, -math.inf))
    return sent == meant
