"""Freezes the firmware into an image: make BOARD=RPI_PICO_W FROZEN_MANIFEST=PATH/firmware/manifest.py

package.json, for `mip`, is made from this file: `python -m miniviz_cli.package`.
"""

# ruff: noqa: F821 - MicroPython's build defines these names.

metadata(version="0.1.0", description="Sensor readings to Miniviz", license="MIT")

# A manifest replaces the port's own: the official images carry these libraries too.
include("$(PORT_DIR)/boards/manifest.py")
require("bundle-networking")
require("dht")
require("ds18x20")
require("onewire")

package("miniviz")
# A frozen main.py starts by itself at boot. mip leaves it out: there, main.py is the user's own.
module("main.py")
