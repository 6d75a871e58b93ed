"""The fakes against the official stubs: what a board has not, a fake must not offer."""

import ast
import json
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from miniviz_lab.micropython import FAKES
from miniviz_lab.stubs import stubs_for

PORTS = ("rp2", "esp32")
MODULES = {
    "rp2": ["machine", "network", "dht", "onewire", "ds18x20", "rp2"],
    "esp32": ["machine", "network", "dht", "onewire", "ds18x20", "esp32", "camera"],
}
# No package of stubs has this module, which official images do not have either.
FACTS = {"camera": Path(__file__).parent / "facts" / "camera.pyi"}
# Lists the modules' public names, and how each callable may be called.
LIST = """
import inspect, json, sys
import world

def shape(call):
    p = inspect.signature(call).parameters.values()
    plain = [one for one in p if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    most = 99 if any(one.kind is one.VAR_POSITIONAL for one in p) else len(plain)
    return {"least": sum(one.default is one.empty for one in plain), "most": most,
            "names": [one.name for one in p if one.kind is one.KEYWORD_ONLY]}

def public(holder):
    return [name for name in vars(holder) if not name.startswith("_") or name in ("__init__", "__call__")]

def members(cls):
    found = {}
    for parent in reversed(cls.__mro__[:-1]):
        if parent not in (Exception, BaseException):
            for name in public(parent):
                one = vars(parent)[name]
                found[name] = shape(one) if callable(one) else None
    return found

camera = {"type": "esp32"} if "camera" in sys.argv else None
world.reset(port=sys.argv[1], camera=camera)
told = {}
for name in sys.argv[2:]:
    module, told[name] = __import__(name), {}
    for one in public(module):
        value = getattr(module, one)
        if inspect.isclass(value):
            told[name][one] = members(value)
        elif not inspect.ismodule(value):
            told[name][one] = {"()": shape(value)} if callable(value) else None
print(json.dumps(told))
"""


@dataclass
class Calls:
    """How a stub lets something be called, over all its overloads."""

    least: int = 99
    most: int = 0
    names: set[str] = field(default_factory=set[str])
    any_name: bool = False

    def add(self, function: ast.FunctionDef, *, method: bool) -> None:
        given = function.args
        plain = len(given.posonlyargs) + len(given.args)
        self.least = min(self.least, plain - len(given.defaults) - method)
        self.most = max(self.most, 99 if given.vararg else plain - method)
        self.names |= {one.arg for one in (*given.args, *given.kwonlyargs)}
        self.any_name = self.any_name or given.kwarg is not None


@cache
def stub(port: str, module: str) -> dict[str, Any]:
    """name -> Calls, None for a value, or for a class a dict of the same."""
    return _names(parsed(port, module).body, method=False)


def parsed(port: str, module: str) -> ast.Module:
    """The module's stub, or the file of facts that stands for one."""
    folder = stubs_for(port)
    places = folder / f"{module}.pyi", folder / module / "__init__.pyi"
    file = FACTS[module] if module in FACTS else next(file for file in places if file.exists())
    return ast.parse(file.read_text(encoding="utf-8"))


def _names(body: list[ast.stmt], *, method: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, Calls()).add(node, method=method)
        elif isinstance(node, ast.ClassDef):
            inherited: dict[str, Any] = {}
            for base in node.bases:
                inherited |= found.get(ast.unparse(base)) or {}
            found[node.name] = inherited | _names(node.body, method=True)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = None
    return found


@cache
def offered(port: str) -> dict[str, Any]:
    """What the fakes of a port offer."""
    command = [sys.executable, "-c", LIST, port, *MODULES[port]]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(FAKES)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def beyond(name: str, fake: dict[str, Any], real: Calls) -> list[str]:
    """Where the fake takes a call that the stub refuses."""
    wrong: list[str] = []
    # A fake's *args stand for "none or one": it counts what it gets by itself.
    if fake["most"] != 99 and fake["most"] > real.most + len(real.names):
        wrong.append(f"{name} takes {fake['most']} arguments, the board {real.most}")
    unknown = set(fake["names"]) - real.names
    if unknown and not real.any_name:
        wrong.append(f"{name} takes {sorted(unknown)}, the board has no such argument")
    if real.least < 99 and fake["least"] < real.least and fake["most"] != 99:
        wrong.append(f"{name} is content with {fake['least']} arguments, the board wants {real.least}")
    return wrong


# The board's C code takes these, its stub does not list them.
KNOWN_GAPS = {
    "rp2 machine.Timer.__init__ is content with 0 arguments, the board wants 1",
    "rp2 network.WLAN.connect takes ['channel', 'security'], the board has no such argument",
    "rp2 network.WLAN.scan takes ['bssid', 'passive', 'ssid'], the board has no such argument",
}


@pytest.mark.parametrize(
    ("port", "module"), [(port, name) for port, names in MODULES.items() for name in names]
)
def test_a_fake_offers_nothing_the_board_has_not(port: str, module: str) -> None:
    real, wrong = stub(port, module), list[str]()
    for name, fake in offered(port)[module].items():
        where = f"{port} {module}.{name}"
        if name not in real:
            wrong.append(f"{where} is not on the board")
        elif isinstance(real[name], Calls):
            wrong += beyond(where, fake["()"], real[name])
        elif isinstance(real[name], dict):
            for member, shape in fake.items():
                if member not in real[name]:
                    if member != "__init__":
                        wrong.append(f"{where}.{member} is not on the board")
                elif shape is not None and isinstance(real[name][member], Calls):
                    shape = {
                        **shape,
                        "least": shape["least"] - 1,
                        "most": shape["most"] - (shape["most"] != 99),
                    }
                    wrong += beyond(f"{where}.{member}", shape, real[name][member])
    assert [one for one in wrong if one not in KNOWN_GAPS] == []


@pytest.mark.parametrize("port", PORTS)
def test_the_constants_are_the_boards_own(port: str, tmp_path: Path) -> None:
    modules = ["machine", "network", "esp32", "camera"] if port == "esp32" else ["machine", "network"]
    camera = {"type": "esp32"} if port == "esp32" else None
    code = f"import world\nworld.reset(port={port!r}, camera={camera})\nimport {', '.join(modules)}\n"
    wanted: dict[str, int] = {}
    for module in modules:
        tree = parsed(port, module)
        holders = [("", tree.body)] + [
            (node.name + ".", node.body) for node in tree.body if isinstance(node, ast.ClassDef)
        ]
        for prefix, body in holders:
            for node in body:
                if isinstance(node, ast.AnnAssign) and "Final" in ast.unparse(node.annotation):
                    wanted[f"{module}.{prefix}{ast.unparse(node.target)}"] = ast.literal_eval(
                        node.value or "0"
                    )
    shown = "\n".join(f"try: print({name!r}, {name})\nexcept AttributeError: pass" for name in wanted)
    done = subprocess.run(
        [sys.executable, "-c", code + shown],
        env={"PYTHONPATH": str(FAKES)},
        capture_output=True,
        text=True,
        check=True,
    )
    played = dict(line.split() for line in done.stdout.splitlines())
    assert len(played) > 15
    assert {name: int(value) for name, value in played.items()} == {name: wanted[name] for name in played}


def test_a_port_without_stubs_is_named() -> None:
    with pytest.raises(ValueError, match="no stubs for port 'stm32'; there are rp2, esp32"):
        stubs_for("stm32")
