"""The emulator's core is compiled for this Python where that can be done; elsewhere the wheel's own runs."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("elsewhere the wheel's core runs", allow_module_level=True)
pytest.importorskip("rp2040py", reason="the emulator is not available for this computer")

TOOLS = Path(__file__).parents[1] / "tools"
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
can_compile = pytest.mark.skipif(
    not COMPILER or not Path(sysconfig.get_path("include"), "Python.h").is_file(),
    reason="no C compiler with this Python's headers",
)
# A core of one small part stands for rp2040py's: the real one takes half a minute.
PART = """
#include <Python.h>
static struct PyModuleDef part = {PyModuleDef_HEAD_INIT, "_part", NULL, -1, NULL};
PyMODINIT_FUNC PyInit__part(void) { return PyModule_Create(&part); }
"""
FOUND = """
import importlib.util
import miniviz_lab.pico
print(importlib.util.find_spec("rp2040py.native._part").origin)
"""
LOADED = """
import sys
import miniviz_lab.pico
import rp2040py
print(sys.modules[rp2040py.RP2040.__module__].__file__)
"""


class Home:
    """A user's: a cache of their own, a wheel and what they have for a compiler."""

    def __init__(self, folder: Path) -> None:
        self.cache, self.bin = folder / ".cache" / "miniviz", folder / "bin"
        self.calls = folder / "calls"
        self.environment = {
            "HOME": str(folder),
            "PATH": str(self.bin),
            "PYTHONPATH": os.pathsep.join((str(folder / "wheel"), str(TOOLS))),
        }
        native = folder / "wheel" / "rp2040py" / "native"
        native.mkdir(parents=True)
        self.bin.mkdir()
        (native.parent / "__init__.py").touch()
        (native / "__init__.py").touch()
        (native / "_part.c").write_text(PART)
        self.wheels = native / "_part.abi3.so"
        self.wheels.touch()

    def compiler(self, acts: str) -> None:
        """The compiler: a shell script that also counts how often it is called."""
        script = self.bin / "cc"
        script.write_text(f"#!/bin/sh\necho called >> '{self.calls}'\n{acts}\n")
        script.chmod(0o755)

    def start(self) -> "subprocess.Popen[str]":
        """A program that uses the emulator."""
        command = [sys.executable, "-c", FOUND]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def left(self) -> list[str]:
        """What is in the cache."""
        return sorted(file.name for file in self.cache.glob("*"))


def ended(program: "subprocess.Popen[str]") -> tuple[Path, str]:
    """The core that it found, and what it said."""
    out, said = program.communicate(timeout=300)
    assert program.returncode == 0, said
    return Path(out.strip()), said


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Without a compiler, until the test gives it one."""
    return Home(tmp_path)


def working(before: str = "") -> str:
    """The script of one that works; the real one finds its own parts by PATH."""
    return f"{before}\nPATH='{os.environ['PATH']}' exec '{COMPILER}' \"$@\""


def test_without_a_compiler_the_wheels_core_runs(home: Home) -> None:
    assert ended(home.start()) == (home.wheels, "")


@pytest.mark.parametrize(
    "acts",
    [
        "echo 'no such target' >&2; exit 1",
        "exit 0",  # it makes nothing
        'while [ "$1" != -o ]; do shift; done; echo scrap > "$2"',
        "kill -9 $$",
    ],
    ids=["refuses", "makes nothing", "makes scrap", "dies"],
)
def test_a_broken_compiler_is_no_error(home: Home, acts: str) -> None:
    home.compiler(acts)
    found, said = ended(home.start())
    assert found == home.wheels
    assert "Traceback" not in said
    assert home.calls.read_text() == "called\n"
    assert home.left() == ["rp2040py.lock"]


def test_a_cache_that_cannot_be_written_is_no_error(home: Home) -> None:
    home.compiler("exit 1")
    (home.cache.parent).write_text("a file where the folder should be")
    found, _ = ended(home.start())
    assert found == home.wheels


@can_compile
def test_two_starts_at_once_make_one_core_and_both_use_it(home: Home) -> None:
    home.compiler(working("/bin/sleep 1"))
    programs = [home.start(), home.start()]
    (one, said), (other, also_said) = map(ended, programs)
    assert one == other
    assert one.parent.parent == home.cache
    assert home.calls.read_text() == "called\n"
    assert (said + also_said).count("once (half a minute)\n") == 1
    assert home.left() == sorted(["rp2040py.lock", one.parent.name])


@can_compile
def test_other_sources_get_a_core_of_their_own(home: Home) -> None:
    home.compiler(working())
    first, _ = ended(home.start())
    again, said = ended(home.start())
    assert (again, said) == (first, "")
    home.wheels.with_name("_part.c").write_text(PART + "/* repaired */")
    second, _ = ended(home.start())
    assert second.name == first.name and second.parent != first.parent
    assert home.calls.read_text() == 2 * "called\n"


@can_compile
def test_a_wheel_made_for_this_python_is_left_alone(home: Home) -> None:
    home.compiler(working())
    made = home.wheels.with_name("_part" + str(sysconfig.get_config_var("EXT_SUFFIX")))
    home.wheels.rename(made)
    assert ended(home.start()) == (made, "")


@can_compile
def test_the_compiled_core_is_the_one_that_runs() -> None:
    environment = {**os.environ, "PYTHONPATH": str(TOOLS)}
    ran = subprocess.run([sys.executable, "-c", LOADED], env=environment, stdout=subprocess.PIPE, check=True)
    core = Path(ran.stdout.decode().strip())
    assert core.parent.parent == Path.home() / ".cache" / "miniviz", core
