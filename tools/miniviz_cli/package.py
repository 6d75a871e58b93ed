"""firmware/package.json, for mip, made from firmware/manifest.py: `python -m miniviz_cli.package`."""

import json
from pathlib import Path
from typing import Any

from . import paths


class _Manifest:
    """Plays MicroPython's build for a manifest: notes the packages and the version."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.version = ""
        self.files: list[str] = []

    def execute(self, file: Path) -> None:
        ignored = dict.fromkeys(("include", "require", "module", "add_library", "freeze"), _ignore)
        names = {**ignored, "metadata": self.metadata, "package": self.package}
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)

    def metadata(self, version: str, **_rest: str) -> None:
        self.version = version

    def package(self, name: str) -> None:
        found = (self._home / name).rglob("*.py")
        self.files += sorted(path.relative_to(self._home).as_posix() for path in found)


def _ignore(*_names: Any, **_options: Any) -> None:
    """Libraries come from the board's image; main.py is the user's own."""


def made(home: Path | None = None) -> str:
    """The text of package.json; its addresses are relative to its own."""
    home = home or paths.firmware()
    manifest = _Manifest(home)
    manifest.execute(home / "manifest.py")
    lines = ",\n".join(f"    {json.dumps([name, name])}" for name in manifest.files)
    return f'{{\n  "urls": [\n{lines}\n  ],\n  "deps": [],\n  "version": "{manifest.version}"\n}}\n'


def version() -> str:
    """The firmware's version, as the manifest has it."""
    manifest = _Manifest(paths.firmware())
    manifest.execute(paths.firmware() / "manifest.py")
    return manifest.version


def serial() -> int:
    """When the firmware here was changed last, in UNIX seconds: what boards order versions by."""
    return max(int(file.stat().st_mtime) for file in (paths.firmware() / "miniviz").rglob("*.py"))


def main() -> None:
    """Write it."""
    (paths.firmware() / "package.json").write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main()
