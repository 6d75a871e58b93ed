"""rp2040py's core compiled for this very Python; the wheel's is made for any Python and takes far longer.

The wheel holds the C files of its core. Where there is a C compiler with this Python's headers they are
compiled once into the user's cache; everywhere else, and after any failure, the wheel's own core runs.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from importlib import import_module, metadata
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

CACHE = Path.home() / ".cache" / "miniviz"
CORE = "rp2040py.native"
COMPILERS = ("cc", "gcc", "clang")
# The last three as for any module of CPython: the code relies on them.
FLAGS = ("-O2", "-w", "-fPIC", "-shared", "-DNDEBUG", "-fwrapv", "-fno-strict-aliasing")
TIMEOUT_S = 600.0  # for one file; the longest takes 20 s on a quiet computer
_SUFFIX = str(sysconfig.get_config_var("EXT_SUFFIX"))  # names the Python, its version and the processor
_INCLUDE = Path(sysconfig.get_path("include"))


class _Finder(MetaPathFinder):
    """Imports the parts of the core from a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        file = self._folder / (name + _SUFFIX)
        return spec_from_file_location(fullname, file) if package == CORE and file.is_file() else None


def use() -> None:
    """Import the compiled core where there can be one; to be called before rp2040py is imported."""
    package = find_spec("rp2040py")
    if CORE in sys.modules or not package or not package.submodule_search_locations:
        return
    folder = built(Path(package.submodule_search_locations[0]) / "native")
    if folder:
        load_from(folder)


def load_from(folder: Path) -> None:
    """From now on the core is imported from this folder."""
    sys.meta_path.insert(0, _Finder(folder))


def built(wheel: Path) -> Path | None:
    """The folder with the compiled core, made now if need be; None: there can be none."""
    sources = sorted(wheel.glob("*.c"))
    if not sources or not list(wheel.glob("*.abi3.so")):  # it is compiled for this Python already
        return None
    folder = CACHE / _name(sources)
    try:
        if not folder.is_dir():
            _build(sources, folder)
    except (OSError, subprocess.SubprocessError):
        return None
    return folder if folder.is_dir() else None


def _name(sources: Sequence[Path]) -> str:
    digest = sha256(repr(FLAGS).encode())
    for source in sources:
        digest.update(source.read_bytes())
    version = metadata.version("rp2040py")
    return f"rp2040py-{version}{_SUFFIX.removesuffix('.so')}-{digest.hexdigest()[:12]}"


def _build(sources: Sequence[Path], folder: Path) -> None:
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if not compiler or not (_INCLUDE / "Python.h").is_file():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with _alone(), TemporaryDirectory(dir=CACHE, prefix="making-") as scratch:
        if folder.is_dir():  # by another process, meanwhile
            return
        print("the emulator's core is compiled for this Python, once (half a minute)", file=sys.stderr)
        made = Path(scratch) / "core"
        made.mkdir()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            largest_first = sorted(sources, key=_size, reverse=True)
            list(pool.map(partial(_compile, compiler, made), largest_first))
        _try(made, [source.stem for source in sources])
        made.rename(folder)  # whole or not at all


def _size(file: Path) -> int:
    return file.stat().st_size


def _compile(compiler: str, folder: Path, source: Path) -> None:
    target = folder / (source.stem + _SUFFIX)
    command = [compiler, *FLAGS, f"-I{_INCLUDE}", "-o", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S)


def _try(folder: Path, names: Sequence[str]) -> None:
    # rp2040py answers a core that cannot be imported with one in Python, a hundred times as slow.
    command = [sys.executable, "-P", __file__, str(folder), *names]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S)


@contextmanager
def _alone() -> Generator[None]:
    """One process at a time; a process that ends lets go of it."""
    with (CACHE / "rp2040py.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _import_all(folder: Path, names: Sequence[str]) -> None:
    load_from(folder)
    for name in names:
        module = import_module(f"{CORE}.{name}")
        if Path(str(module.__file__)).parent != folder:
            raise ImportError(f"{name} is missing in {folder}")


if __name__ == "__main__":
    _import_all(Path(sys.argv[1]), sys.argv[2:])
