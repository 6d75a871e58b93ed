"""Finding and running the real MicroPython, and scenarios on it."""

import unittest
from pathlib import Path

import pytest
from miniviz_lab import micropython, mpy, scenario
from miniviz_lab.scenario import ScenarioError


@pytest.fixture(autouse=True)
def program() -> Path:
    return micropython.for_test()


def test_it_runs_with_a_path_an_environment_and_a_capped_heap(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("import os\nword = os.getenv('WORD')\n", encoding="utf-8")
    code = "import gc, helper, requests; print(helper.word, gc.mem_free() + gc.mem_alloc())"
    done = micropython.run(["-c", code], heap="64k", path=[tmp_path], env={"WORD": "yes"})
    word, size = done.stdout.split()
    assert word == "yes"
    assert 60_000 < int(size) < 65_536


@pytest.mark.parametrize(("code", "status"), [("1/0", 1), ("import sys; sys.exit(7)", 7), ("pass", 0)])
def test_its_exit_code_tells_how_it_ended(code: str, status: int) -> None:
    done = micropython.run(["-c", code])
    assert done.returncode == status
    assert ("ZeroDivisionError" in done.stdout) == (code == "1/0")


def test_a_wrong_program_is_passed_over_and_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "micropython"
    fake.write_text("#!/bin/sh\necho cpython\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("MICROPYTHON", str(fake))
    assert micropython.find() != fake
    assert str(fake) in micropython.why_missing()


def test_where_it_could_be_installed_ci_fails_and_does_not_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(micropython, "find", lambda: None)
    monkeypatch.setattr(micropython, "has_wheel", lambda: True)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(RuntimeError, match="no MicroPython runs here"):
        micropython.for_test()
    monkeypatch.delenv("CI")
    with pytest.raises(unittest.SkipTest):
        micropython.for_test()
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(micropython, "has_wheel", lambda: False)
    with pytest.raises(unittest.SkipTest):
        micropython.for_test()


SCENARIO = """
import json, sys
import machine, helper_of_mine
print("some log line")
print(json.dumps([sys.implementation.name, hasattr(machine, "ADC"), helper_of_mine.value]))
"""


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_a_scenario_finds_its_neighbours_and_the_fakes(runtime: scenario.Runtime, tmp_path: Path) -> None:
    (tmp_path / "helper_of_mine.py").write_text("value = 3\n", encoding="utf-8")
    (line,) = scenario.run_text(SCENARIO, runtime, tmp_path)
    assert line == [runtime, True, 3]


def test_a_failing_scenario_shows_what_it_printed(tmp_path: Path) -> None:
    for runtime in scenario.RUNTIMES:
        with pytest.raises(ScenarioError, match=r"(?s)few_lines.py on .*ended with 1:.*before.*NameError"):
            scenario.run_text("print('before')\nundefined", runtime, tmp_path)


def test_a_compiled_scenario_runs_from_mpy_with_native_code(tmp_path: Path) -> None:
    native = (
        "@micropython.native\ndef five():\n    return 5\n"
        if micropython.march()
        else "def five():\n    return 5\n"
    )
    code = f"import json, micropython, world\n{native}print(json.dumps([five(), world.__file__[-4:]]))\n"
    compiled = tmp_path / "compiled"
    ((five, suffix),) = scenario.run_text(code, "micropython", tmp_path, compiled_in=compiled)
    assert (five, suffix) == (5, ".mpy")
    assert not list(compiled.rglob("*.py"))


def test_source_that_does_not_compile_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def f(:\n", encoding="utf-8")
    with pytest.raises(SyntaxError, match="mpy-cross refuses"):
        mpy.compile_file(wrong, tmp_path / "wrong.mpy")


def test_the_smallest_heap_of_a_program_is_found(tmp_path: Path) -> None:
    script = tmp_path / "hold.py"
    script.write_text("block = bytearray(20000)\n", encoding="utf-8")
    least = scenario.smallest_heap(lambda heap: micropython.run([script], heap=heap).returncode == 0)
    assert 20_000 < least < 28_000


def test_a_ragged_edge_is_not_taken_for_the_smallest_heap() -> None:
    # Passes from 9000 on, but not between 9400 and 9700: the sizes below are luck.
    assert scenario.smallest_heap(lambda heap: heap >= 9000 and not 9400 <= heap < 9700) >= 9700


def test_no_heap_is_enough_for_what_always_fails() -> None:
    with pytest.raises(ScenarioError, match="1048576 bytes"):
        scenario.smallest_heap(lambda heap: False)
