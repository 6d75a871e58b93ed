"""The README's tables of settings, renewed from the firmware's own: `python -m miniviz_cli.setting_table`."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from . import firmware_code, paths

_HEAD = "| setting | default | allowed | |\n| --- | --- | --- | --- |\n"
_UNSAID = "?"
Fields = Mapping[str, tuple[Any, ...]]


def renew(text: str) -> str:
    """The README with every table as the firmware has it; what is said of each setting stays."""
    said = _said(text)
    for name, rows in (("settings", settings()), ("sensors", sensors()), ("cameras", cameras())):
        table = _HEAD + "".join(_row(path, spec, said.get(path, _UNSAID)) for path, spec in rows)
        begin, end = f"<!-- {name}: made", f"<!-- /{name} -->"
        first, _, rest = text.partition(begin)
        head, _, old = rest.partition("\n\n")
        text = first + begin + head + "\n\n" + table + "\n" + end + old.partition(end)[2]
    return text


def unsaid(text: str) -> list[str]:
    """The settings of which the README says nothing."""
    return [path for path, words in _said(text).items() if words in ("", _UNSAID)]


def settings() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every field of config.json but those of a type of sensor or camera."""
    module: Any = firmware_code.config()
    inner = {
        "wifi": ("wifi[].", module._WIFI),
        "miniviz": ("miniviz.", module._MINIVIZ),
        "sensors": ("sensors[].", module._SENSOR),
        "camera": ("camera.", module._CAMERA),
        "update": ("update.", module._UPDATE),
    }
    for name, spec in module._ROOT.items():
        yield name, spec
        prefix, table = inner.get(name, ("", {}))
        yield from ((prefix + key, found) for key, found in table.items())


def sensors() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """What each type of sensor adds."""
    return _own(firmware_code.sensors())


def cameras() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """What each type of camera adds."""
    return _own(firmware_code.cameras())


def _own(package: firmware_code.Types) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for kind in package.TYPES:
        for key, spec in package.fields(kind).items():
            yield f"{kind}.{key}", cast("tuple[Any, ...]", spec)


def _row(path: str, spec: tuple[Any, ...], words: str) -> str:
    return f"| `{path}` | {_default(spec)} | {_allowed(spec)} | {words} |\n"


def _default(spec: tuple[Any, ...]) -> str:
    default = spec[1]
    if default is ...:
        return "required"
    if default in (None, "", {}):
        return "none"
    if isinstance(default, tuple):
        return ", ".join(f"`{one}`" for one in cast("tuple[str, ...]", default))
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _allowed(spec: tuple[Any, ...]) -> str:
    kind, limits = spec[0], spec[2:]
    if kind == "choice":
        return ", ".join(f"`{one}`" for one in limits[0])
    if kind in ("int", "number"):
        return f"{limits[0]} to {limits[1]}"
    if kind == "str":
        return f"{limits[0]} to {limits[1]} characters"
    if kind == "list":
        return f"{limits[0]} to {limits[1]} of them"
    return {"bool": "`true`, `false`", "pin": "a GPIO", "map": "names", "object": "an object"}[kind]


def _said(text: str) -> dict[str, str]:
    rows = re.findall(r"^\| `([\w\[\].]+)` \| [^|]* \| [^|]* \| ([^|]*) \|$", text, re.M)
    return {path: words.strip() for path, words in rows}


def main() -> None:
    """Write it."""
    file = paths.CHECKOUT / "README.md"
    file.write_text(renew(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
