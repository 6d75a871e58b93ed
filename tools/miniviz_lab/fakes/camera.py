"""The module `camera` of micropython-camera-API 0.6.2, where the world's ESP32 has an image with it."""

import world
import world_scene

if world.port != "esp32" or not world.camera or world.camera["type"] != "esp32":
    raise ImportError("no module named 'camera'")


class PixelFormat:
    RGB565, YUV422, YUV420, GRAYSCALE, JPEG, RGB888, RAW, RGB444, RGB555 = range(9)


class GrabMode:
    WHEN_EMPTY, LATEST = 0, 1


class FrameSize:
    R96X96, QQVGA, R128x128, QCIF, HQVGA, R240X240, QVGA, R320X320, CIF, HVGA, VGA, SVGA, XGA, HD = range(14)
    SXGA, UXGA, FHD = 14, 15, 16


_PIXELS = {
    FrameSize.QQVGA: (160, 120),
    FrameSize.QVGA: (320, 240),
    FrameSize.VGA: (640, 480),
    FrameSize.SVGA: (800, 600),
    FrameSize.XGA: (1024, 768),
    FrameSize.HD: (1280, 720),
    FrameSize.SXGA: (1280, 1024),
    FrameSize.UXGA: (1600, 1200),
}


class Camera:
    def __init__(
        self,
        *,
        pixel_format=PixelFormat.RGB565,
        frame_size=FrameSize.QVGA,
        jpeg_quality=85,
        fb_count=1,
        grab_mode=GrabMode.WHEN_EMPTY,
        xclk_freq=20000000,
        init=True,
    ):
        if not 0 <= jpeg_quality <= 100:
            raise ValueError("jpeg quality must be in range 0-100")
        if xclk_freq > 40000000:
            raise ValueError("xclk frequency cannot be grather than 40MHz")
        if grab_mode not in (0, 1):
            raise ValueError("Invalid grab_mode")
        if world.state.get("camera_open"):
            raise RuntimeError("Camera already initialized")
        self._format, self._frame_size, self._quality = pixel_format, frame_size, jpeg_quality
        self._buffer, self._frames, self._ready = None, 0, False
        if world.strikes("camera_absent"):
            raise OSError("Camera Not Found")
        self.init()
        if self.capture() is None:
            self.deinit()
            raise OSError(
                "Failed to capture initial frame. Construct a new object with appropriate configuration."
            )

    def init(self):
        self._ready = world.state["camera_open"] = True

    def deinit(self):
        self._check()
        self._die()
        self._ready = world.state["camera_open"] = False

    def capture(self):
        self._check()
        self._die()
        world.sleep_ms(80)
        if world.strikes("camera_stuck") or world.strikes("camera_absent"):
            return None
        self._buffer = bytearray(self._data())
        # Signed items, as the module has it: view[0] == 0xFF is never true.
        return memoryview(self._buffer).cast("b") if hasattr(memoryview, "cast") else _signed(self._buffer)

    def free_buffer(self):
        self._die()

    def frame_available(self):
        self._check()
        return True

    def reconfigure(self, *, frame_size=None, pixel_format=None, grab_mode=None, fb_count=None):
        self._check()
        self._die()
        self._frame_size = self._frame_size if frame_size is None else frame_size
        self._format = self._format if pixel_format is None else pixel_format

    @property
    def quality(self):
        return self._quality

    @quality.setter
    def quality(self, value):
        self._check()
        if not 0 <= value <= 100:
            raise ValueError("Invalid setting for quality")
        self._quality = value

    def _check(self):
        if not self._ready:
            raise OSError(2)

    def _die(self):
        # The memory belongs to the driver: whoever kept the view reads something else from now on.
        if self._buffer is not None:
            self._buffer[:] = b"\xa5" * len(self._buffer)
            self._buffer = None

    def _data(self):
        if self._format != PixelFormat.JPEG:
            return bytes(2 * 16)
        width, height = _PIXELS[self._frame_size]
        pieces = world_scene.jpeg(width, height, self._quality, world.camera.get("detail", 0.5))
        data = b"".join(pieces)
        if world.strikes("camera_endless"):
            data = data[:-2] + b"\x12\x34"
        if world.strikes("camera_cut") or world.strikes("camera_unplugged"):
            data = data[: len(data) // 2] + bytes(len(data) // 2)
        if world.strikes("camera_noise"):
            start, end = world_scene.noisy(pieces)
            data = (
                data[:start] + bytes([world_scene.noise(data[i], i) for i in range(start, end)]) + data[end:]
            )
        if world.strikes("camera_dummy"):
            data = b"\x00" + data
        if world.strikes("camera_length"):
            data = b""
        return data + bytes(5)


def _signed(buffer):
    from array import array

    return memoryview(array("b", buffer))
