"""Weeks of a device's life in minutes: every reading that was accepted must have become something."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miniviz_lab import micropython
from miniviz_lab.micropython import FAKES

DEVICE = Path(__file__).with_name("soak_device.py")


@dataclass(frozen=True)
class Report:
    """The sums of one run, and what is wrong with them."""

    sums: dict[str, Any]
    faults: list[str]


def run(firmware: Path, days: float, seed: int, timeout: float = 3600) -> Report:
    """Run the device; raises RuntimeError if it ends with an exception."""
    with tempfile.TemporaryDirectory(prefix="miniviz-soak-") as folder:
        args = [DEVICE, str(days), str(seed)]
        done = micropython.run(args, cwd=folder, heap="8m", path=[FAKES, firmware], timeout=timeout)
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"')]
    if done.returncode or not lines:
        raise RuntimeError(f"the soak with seed {seed} ended early:\n{(done.stdout + done.stderr)[-2000:]}")
    sums: dict[str, Any] = json.loads(lines[-1])
    return Report(sums, faults(sums))


def faults(sums: dict[str, Any]) -> list[str]:
    """What contradicts "nothing accepted is lost"; empty if all is well."""
    found: list[str] = []
    least, most = sums["dropped_reported"]
    # A reading whose answer or whose mark was lost waits on and may be dropped: reported, and yet delivered.
    gone = sums["missing"] + sums["dropped_but_delivered"]
    if not (least <= gone and sums["missing"] <= most):
        found.append(
            f"{sums['missing']} accepted readings are gone, {least} to {most} were reported as dropped"
        )
    whole = sums["delivered"] + sums["stored"] + sums["set_aside"] + sums["missing"]
    if whole != sums["accepted"]:
        found.append(f"accepted {sums['accepted']}, but the parts make {whole}")
    if sums["twice"] > sums["cuts"] + sums["lost_answers"]:
        found.append(f"{sums['twice']} readings came twice with {sums['cuts']} power cuts")
    if sums["flash_wrong"]:
        found.append("the flash was programmed without an erase")
    return found
