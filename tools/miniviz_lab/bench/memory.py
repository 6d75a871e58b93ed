"""What the firmware holds in RAM and on flash, and what a reading allocates."""

import tempfile
from pathlib import Path

from miniviz_lab import mpy

from .guest import Guests, sink
from .metric import Metric

_BOARD = "armv6m"  # sizes are those that a Pico W loads


def heap(guests: Guests, runs: int) -> list[Metric]:
    """reading_heap: the smallest heap for 100 readings of the whole firmware."""
    with sink() as env:
        env |= {"COUNT": "20" if guests.quick else "100"}
        ours = guests.smallest_heap("ours_steady", env, low=32 << 10)
        peer = guests.smallest_heap("peer_reading", env)
        floor = guests.smallest_heap("floor_reading", env, low=1024)
    modules = {"MODULES": ",".join(_steady(guests))}
    imported = guests.smallest_heap("ours_import", modules, low=32 << 10)
    note = (
        f"64-bit host, where an object is twice a board's; {imported:,} B only to import the steady modules"
    )
    return [Metric("reading_heap", "B", [ours], peer, floor, note, {"imported": imported})]


def allocation(guests: Guests, runs: int) -> list[Metric]:
    """alloc_per_reading: bytes taken from the heap per reading, and what 10,000 leave behind."""
    count = "200" if guests.quick else "10000"
    with sink() as env:
        few = {**env, "COUNT": "100", "ALLOC": "1"}
        told = [guests.run("ours_steady", few) for _ in range(runs)]
        growth = guests.run("ours_steady", {**env, "COUNT": count})["growth"]
        peer, floor = (guests.run(name, few)["alloc"] for name in ("peer_reading", "floor_reading"))
    parts = {"idle_step": told[0]["idle"], "growth": growth, "held": told[0]["held"]}
    note = f"a round without a reading: {parts['idle_step']} B; after {count} readings {growth} B more held"
    return [Metric("alloc_per_reading", "B", [one["alloc"] for one in told], peer, floor, note, parts)]


def imports(guests: Guests, runs: int) -> list[Metric]:
    """import_heap: the heap that holds the modules of the steady state; the floor is their .mpy bytes."""
    modules = _steady(guests)
    env = {"MODULES": ",".join(modules)}
    held = [guests.run("ours_import", env)["held"] for _ in range(runs)]
    loaded = sum(_file(guests.folder / "firmware", name).stat().st_size for name in modules)
    note = f"{len(modules)} modules; the floor is the .mpy bytes they were loaded from"
    return [Metric("import_heap", "B", held, None, loaded, note)]


def sizes(guests: Guests, runs: int) -> list[Metric]:
    """size_mpy: .mpy bytes in steady state with a DHT22, with an ArduCAM too, and of all."""
    with tempfile.TemporaryDirectory(prefix="miniviz-bench-") as folder:
        mpy.compile_tree(guests.firmware / "miniviz", Path(folder) / "miniviz", _BOARD)
        steady, camera = _steady(guests), _with_camera(guests)
        bytes_of = {name: _file(Path(folder), name).stat().st_size for name in {*steady, *camera}}
        everything = sum(file.stat().st_size for file in Path(folder).rglob("*.mpy"))

    def loaded(modules: list[str]) -> int:
        return sum(bytes_of[name] for name in modules)

    return [
        Metric("size_mpy", "B", [loaded(steady)], note=f"one DHT22: {len(steady)} modules"),
        Metric(
            "size_mpy_arducam",
            "B",
            [loaded(camera)],
            note=f"one DHT22 and an ArduCAM, after a picture: {len(camera)} modules",
        ),
        Metric("size_mpy_all", "B", [everything], note="all that is deployed"),
    ]


def _steady(guests: Guests) -> list[str]:
    """The firmware's modules that are loaded once readings flow."""
    with sink() as env:
        return guests.run("ours_steady", {**env, "COUNT": "3"})["modules"]


def _with_camera(guests: Guests) -> list[str]:
    """Those that are loaded once an ArduCAM's pictures flow too."""
    with sink() as env:
        return guests.run("ours_camera", {**env, "CAMERA": "arducam_mini"})["modules"]


def _file(folder: Path, module: str) -> Path:
    path = folder / module.replace(".", "/")
    return path / "__init__.mpy" if path.is_dir() else path.with_suffix(".mpy")
