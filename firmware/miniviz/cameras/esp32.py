"""A camera on the ESP32's own bus, by the module `camera` of micropython-camera-API 0.6.2 and newer."""

from ..port import const
from . import CameraError

_FRAME_SIZES = (  # size -> its name in camera.FrameSize
    ("160x120", "QQVGA"),
    ("320x240", "QVGA"),
    ("640x480", "VGA"),
    ("800x600", "SVGA"),
    ("1024x768", "XGA"),
    ("1280x720", "HD"),
    ("1280x1024", "SXGA"),
    ("1600x1200", "UXGA"),
)
SIZES = tuple(size for size, _ in _FRAME_SIZES)
QUALITIES = (20, 40, 60, 80)

FIELDS = {
    "size": ("choice", "640x480", SIZES),
    "quality": ("int", 80, 1, 100),
    "warm_up": ("int", 5, 0, 20),  # frames thrown away until exposure and white balance have settled
    "xclk_mhz": ("int", 10, 6, 20),  # 20 MHz can cut WiFi's throughput
    "image": ("str", None, 1, 100),  # the firmware image for this board, by board.json
}

_SHORT = const(45000)  # bytes of the chip's own memory in one piece that a TLS connection needs
_OWN = const(600000)  # no region of the chip's own memory is so large; PSRAM is, and no help to TLS
_CHUNK = const(1024)


class Camera:
    """Started for the first picture, and again after it was stopped for memory's sake."""

    SIZES = SIZES
    QUALITIES = QUALITIES

    def __init__(self, entry):
        try:
            import camera
        except ImportError:
            image = entry["image"] or "for your board"
            message = "this MicroPython has no module `camera`; flash the image %s of micropython-camera-API"
            raise CameraError(message % image + " 0.6.2 or newer (github.com/cnadler86)")
        self._module = camera
        self._warm_up = entry["warm_up"]
        self._hertz = entry["xclk_mhz"] * 1000000
        self._setting = None
        self._driver = None

    def set(self, size, quality):
        """Size and quality of the pictures to come."""
        if self._setting != (size, quality):
            self._setting = (size, quality)
            if self._driver is not None:
                self._driver.reconfigure(frame_size=self._size())
                self._driver.quality = quality
                self._drop(2)

    def capture(self):
        """The next picture, in the chip's PSRAM."""
        if self._driver is None:
            self._start()
        view = self._driver.capture()
        if view is None:
            raise CameraError("the camera gives no picture; check its ribbon cable and the 5 V supply")
        return Frame(self, view)

    def release(self):
        """Give the picture's memory back; the camera's own as well, where a connection would lack it."""
        if self._driver is not None:
            self._driver.free_buffer()
            if _memory_is_short():
                self.close()

    def close(self):
        """Stop the camera."""
        if self._driver is not None:
            driver, self._driver = self._driver, None
            driver.deinit()

    def _start(self):
        camera = self._module
        try:
            self._driver = camera.Camera(
                pixel_format=camera.PixelFormat.JPEG,  # the module's own default is RGB565
                frame_size=self._size(),
                jpeg_quality=self._setting[1],
                fb_count=2,
                grab_mode=camera.GrabMode.LATEST,
                xclk_freq=self._hertz,
            )
        except (OSError, RuntimeError) as error:
            raise CameraError("the camera does not start (%s); check its ribbon cable and PSRAM" % error)
        self._drop(self._warm_up)

    def _drop(self, frames):
        for _ in range(frames):
            self._driver.capture()
            self._driver.free_buffer()

    def _size(self):
        return getattr(self._module.FrameSize, dict(_FRAME_SIZES)[self._setting[0]])


class Frame:
    """A picture in PSRAM; the view dies with the next capture."""

    format = "jpeg"

    def __init__(self, camera, view):
        self.size = _trimmed(view)
        self._camera = camera
        self._view = view
        self._at = 0

    def readinto(self, buf):
        """Copy the next bytes; their count, 0 at the end."""
        count = min(len(buf), self.size - self._at, _CHUNK)
        # bytes() because the view's items are signed, and a slice of it fits no other memoryview.
        buf[:count] = bytes(self._view[self._at : self._at + count])
        self._at += count
        return count

    def close(self):
        """Give the picture back."""
        self._view = None
        self.size = self._at = 0
        self._camera.release()


def _trimmed(view):
    """The size up to the last FF D9, after which the driver leaves padding; all of it without one."""
    end = len(view)
    while end > 0:
        start = max(0, end - _CHUNK)
        found = bytes(view[start:end]).rfind(b"\xff\xd9")
        if found >= 0:
            return start + found + 2
        end = start + 1 if start else 0  # the marker may lie across the edge
    return len(view)


def _memory_is_short():
    try:
        import esp32

        regions = esp32.idf_heap_info(esp32.HEAP_DATA)
    except (ImportError, AttributeError):  # another port's `esp32`
        return False
    return max([largest for size, _, largest, _ in regions if size < _OWN] or [_SHORT]) < _SHORT
