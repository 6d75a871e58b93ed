"""`miniviz freeze`: the folder is complete, and make is told exactly where it is."""

import shlex

from command import miniviz, one_sentence


def test_freeze(tmp_path):
    out = tmp_path / "to build"
    done = miniviz("freeze", out, "--board", "pico2_w", "--micropython", "mp")
    assert done.returncode == 0, done.stderr
    calls = [shlex.split(line) for line in done.stdout.splitlines() if line.startswith("  ")]
    make = ["make", "-C", "mp/ports/rp2", "BOARD=RPI_PICO2_W"]
    assert calls == [
        [*make, "submodules"],
        [*make, f"FROZEN_MANIFEST={out / 'manifest.py'}"],
        ["miniviz", "flash", "--board", "pico2_w", "--file", "mp/ports/rp2/build-RPI_PICO2_W/firmware.uf2"],
    ]
    assert {"main.py", "manifest.py", "miniviz"} == {path.name for path in out.iterdir()}
    assert (out / "miniviz" / "sensors" / "dht22.py").is_file()
    assert "is not empty" in one_sentence(miniviz("freeze", out, "--board", "pico2_w"))
