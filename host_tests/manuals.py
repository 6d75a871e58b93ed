"""What the manuals say: their files, the commands in their blocks, the code between their backticks."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *ROOT.glob("tools/*/README.md"),
        *ROOT.glob("boards/*/README.md"),
    ]
)
_SHELL = ("", "sh", "bash", "console")


def commands(file: Path) -> list[str]:
    """Every command of a shell block, fenced or indented, without its comment; a quoted text may go on."""
    found: list[str] = []
    open_one = ""
    for line in _shell_lines(file.read_text(encoding="utf-8")):
        open_one = f"{open_one}\n{line}" if open_one else line.strip()
        try:
            words = shlex.split(open_one, comments=True)
        except ValueError:  # a quotation mark is open still
            continue
        if words:
            found.append(open_one if "\n" in open_one else re.sub(r"\s+#.*", "", open_one))
        open_one = ""
    assert not open_one, f"{file.name}: {open_one}"
    return found


def inline(file: Path) -> Iterator[str]:
    """The code between single backticks, outside of blocks."""
    text = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.S | re.M)
    yield from re.findall(r"`([^`\n]+)`", text)


def block(file: Path, heading: str, language: str) -> str:
    """The first block of this language below a heading."""
    below = file.read_text(encoding="utf-8").split(f"\n## {heading}\n", 1)[1]
    match = re.search(rf"^```{language}\n(.*?)^```", below, re.S | re.M)
    assert match, heading
    return match[1]


def table(file: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    below = file.read_text(encoding="utf-8").split(f"\n## {heading}\n", 1)[1]
    rows = re.search(r"^\|.*?(?=\n\n)", below, re.S | re.M)
    assert rows, heading
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[0].splitlines()[2:]]


def _shell_lines(text: str) -> Iterator[str]:
    language = None
    before = ""
    for line in text.splitlines():
        if line.startswith("```"):
            language = line[3:].strip() if language is None else None
        elif language in _SHELL or (language is None and line.startswith("    ") and not _in_list(before)):
            yield line
        before = line if line.strip() and not line.startswith("    ") else before


def _in_list(before: str) -> bool:
    return re.match(r"\s*([-*]|\d+\.) ", before) is not None
