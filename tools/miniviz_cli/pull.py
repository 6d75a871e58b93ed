"""`miniviz pull`: what a board has kept (readings, what was set aside, log, post-mortem) into a folder."""

import json
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer

from . import mpremote, onboard, stored_readings
from .errors import UserError

READINGS = "readings.jsonl"
# All but the program: what deploy brought is named in its record, and config.json holds secrets.
_LIST = (
    onboard.DIGEST
    + """
try:
    with open("deployed.json") as f:
        ours = set(json.load(f)["files"])
except (OSError, ValueError, KeyError):
    ours = set()
ours.update(("deployed.json", "config.json", "boot.py", "main.py"))
found = {}
def walk(folder):
    for entry in os.ilistdir(folder or "."):
        name = folder + entry[0]
        if entry[1] == 0x4000:
            if name not in ("rom", "lib", "miniviz", "versions"):
                walk(name + "/")
        elif name not in ours:
            found[name] = digest(name)
walk("")
print("files", end=" ")
json.dump(found, sys.stdout)
print()
"""
)


def pull(
    folder: Annotated[Path, typer.Argument(help="Where to put it; made if it is not there.")],
    port: Annotated[str | None, typer.Option(help="Its serial port; default: the first USB one.")] = None,
) -> None:
    """Copy what the board has kept into a folder; nothing on the board changes."""
    files: dict[str, str] = json.loads(onboard.answer(port, _LIST, "files "))
    targets = {name: folder / _safe(name) for name in files}
    wanted = {name: path for name, path in targets.items() if _digest(path) != files[name]}
    for path in targets.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    if wanted:
        mpremote.run(port, [["fs", "cp", "-f", f":{name}", str(path)] for name, path in wanted.items()])
    for name, path in wanted.items():
        if _digest(path) != files[name]:
            raise UserError(
                f"{name} did not arrive as the board has it; is the board still writing? Pull again"
            )
    for name in sorted(files):
        typer.echo(f"  {name}{'' if name in wanted else ' (was here already)'}")
    _hide_password(folder / "state.json")
    typer.echo(f"files of the board in {folder}: {len(files)}")
    count = stored_readings.write(folder / "outbox", folder / READINGS)
    if count:
        typer.echo(f"readings that wait on it, one a line, in {folder / READINGS}: {count}")


def _hide_password(state: Path) -> None:
    """The setup page's network has a password of the board's own; it is on the box, and stays there."""
    try:
        found = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if isinstance(found, dict) and "portal_password" in found:
        state.write_text(json.dumps({**found, "portal_password": "********"}), encoding="utf-8")


def _safe(name: str) -> Path:
    """A path below the folder, whatever a board calls its files."""
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", "..", ".")]
    return Path(*parts)


def _digest(path: Path) -> str | None:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else None
