"""The firmware's log lines on this computer's terminal."""

import re

from rich.console import Console
from rich.text import Text

_LINE = re.compile(r"^(?P<time>\d{4}-\S+Z|\+[\d.]+s|\+\?) (?P<level>[DIWE]) (?P<who>[\w.]+): ")
_STYLES = {"D": "dim", "I": "", "W": "yellow", "E": "bold red"}
_console = Console(highlight=False, soft_wrap=True)


def show(line: str, host_time: str | None = None) -> None:
    """Print one line of the board's, its level in colour where the terminal has any."""
    text = styled(line)
    _console.print(Text.assemble((host_time + " ", "dim"), text) if host_time else text)


def styled(line: str) -> Text:
    """The line with the styles of its level; a line that is no log line stays as it is."""
    text = Text(line)
    if match := _LINE.match(line):
        text.stylize(_STYLES[match["level"]])
        text.stylize("cyan", match.start("time"), match.end("time"))
        text.stylize("bold", match.start("who"), match.end("who"))
    elif line.startswith("stopped: "):
        text.stylize("bold")
    return text
