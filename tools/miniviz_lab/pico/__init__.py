"""The official Pico W image on an emulated RP2040, with the devices and the network around it."""

import sys

if sys.platform == "linux":  # elsewhere the wheel's core runs
    from . import native

    native.use()
