"""An emulated ESP32: the official MicroPython image in PICSimLab's QEMU, on a network that is only `lo`."""
