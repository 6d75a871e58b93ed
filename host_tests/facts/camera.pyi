"""The module `camera` of micropython-camera-API, as its README and typings describe it: facts."""

from typing import Final

class GrabMode:
    WHEN_EMPTY: Final[int] = 0
    LATEST: Final[int] = 1

class PixelFormat:
    RGB565: Final[int] = 0
    YUV422: Final[int] = 1
    YUV420: Final[int] = 2
    GRAYSCALE: Final[int] = 3
    JPEG: Final[int] = 4
    RGB888: Final[int] = 5
    RAW: Final[int] = 6
    RGB444: Final[int] = 7
    RGB555: Final[int] = 8

class FrameSize:
    R96X96: Final[int] = 0
    QQVGA: Final[int] = 1
    R128x128: Final[int] = 2
    QCIF: Final[int] = 3
    HQVGA: Final[int] = 4
    R240X240: Final[int] = 5
    QVGA: Final[int] = 6
    R320X320: Final[int] = 7
    CIF: Final[int] = 8
    HVGA: Final[int] = 9
    VGA: Final[int] = 10
    SVGA: Final[int] = 11
    XGA: Final[int] = 12
    HD: Final[int] = 13
    SXGA: Final[int] = 14
    UXGA: Final[int] = 15
    FHD: Final[int] = 16

class Camera:
    quality: int
    def __init__(
        self,
        *,
        data_pins: list[int] | None = None,
        pclk_pin: int | None = None,
        vsync_pin: int | None = None,
        href_pin: int | None = None,
        sda_pin: int | None = None,
        scl_pin: int | None = None,
        xclk_pin: int | None = None,
        xclk_freq: int = 20000000,
        powerdown_pin: int = -1,
        reset_pin: int = -1,
        i2c: object | None = None,
        pixel_format: int = 0,
        frame_size: int = 6,
        jpeg_quality: int = 85,
        fb_count: int = 1,
        grab_mode: int = 0,
        init: bool = True,
    ) -> None: ...
    def init(self) -> None: ...
    def deinit(self) -> None: ...
    def capture(self) -> memoryview | None: ...
    def free_buffer(self) -> None: ...
    def frame_available(self) -> bool: ...
    def reconfigure(
        self,
        *,
        frame_size: int | None = None,
        pixel_format: int | None = None,
        grab_mode: int | None = None,
        fb_count: int | None = None,
    ) -> None: ...
