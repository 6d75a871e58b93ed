"""The camera of a world, by its settings:

{"type": "arducam_mini", "sensor": "ov2640",    or ov5642
 "spi": 0, "cs": 17, "i2c": 0}                  and sck, mosi, miso, scl, sda where they are not the bus's own
{"type": "arducam_mega", "id": 134, ...}         0x85 is the 5MP, 0x86 the 3MP
{"type": "esp32"}                                the module `camera` is in the firmware image

All may have "detail": bits per pixel that the scene adds to a picture, and "capture_ms".
"""

import world_bus
import world_faults


def connect(settings):
    """Solder the camera to its wires."""
    kind = settings["type"]
    if kind == "arducam_mini":
        from _arducam_mini import ArducamMini
        from _arducam_sensors import SENSORS

        sensor = SENSORS[settings.get("sensor", "ov2640")]()
        world_bus.connect_spi(settings.get("spi", 0), settings["cs"], ArducamMini(settings, sensor))
        world_bus.connect_i2c(settings.get("i2c", 0), sensor)
    elif kind == "arducam_mega":
        from _arducam_mega import ArducamMega

        world_bus.connect_spi(settings.get("spi", 0), settings["cs"], ArducamMega(settings))
    elif kind != "esp32":
        raise ValueError("the world has no camera '%s'; it has arducam_mini, arducam_mega, esp32" % kind)


def replug(settings):
    """Plug the camera in again after camera_unplugged: it has forgotten its settings."""
    world_faults.remove("camera_absent")
    world_bus.reset()
    connect(settings)
