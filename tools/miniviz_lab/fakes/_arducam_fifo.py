"""The picture memory of the played ArduCAMs: filled by a capture, read out once from its beginning."""

import world
import world_scene
import world_time

_PADDING = bytes(11)  # the memory is filled in whole words, and some more
_ABSURD = 8390520


class Fifo:
    def __init__(self, settings):
        self.detail = settings.get("detail", 0.5)
        self._capture_us = 1000 * settings.get("capture_ms", 120)
        self.forget()

    def forget(self):
        """Nothing is captured."""
        self._pieces, self._ready, self.size = [], None, 0
        self._piece = self._place = self._sent = 0
        self._lost = None

    def capture(self, width, height, quality):
        """Start a picture."""
        self.forget()
        if world.strikes("camera_stuck"):
            return
        picture = world_scene.jpeg(width, height, quality, self.detail)
        self._pieces = picture + [_PADDING]
        if world.strikes("camera_endless"):
            self._pieces[-2] = b"\x12\x34"
        if world.strikes("camera_dummy"):
            self._pieces.insert(0, b"\x00")
        self.size = sum(len(piece) for piece in self._pieces)
        self._lost = _lost(picture)
        if world.strikes("camera_length"):
            self.size = _ABSURD
        self._ready = world_time.board_us() + self._capture_us

    def picture(self):
        """What the camera saw, without the padding: the bytes that a server should get."""
        return b"".join(self._pieces[:-1])

    def done(self):
        """Is the picture there?"""
        return self._ready is not None and world_time.board_us() >= self._ready

    def next(self):
        """The next byte; zeros after the last."""
        while self._piece < len(self._pieces):
            piece = self._pieces[self._piece]
            if self._place < len(piece):
                byte = piece[self._place]
                self._place += 1
                self._sent += 1
                return self._disturbed(byte)
            self._piece, self._place = self._piece + 1, 0
        return 0

    def _disturbed(self, byte):
        if self._lost is None:
            return byte
        kind, start, end = self._lost
        if not start <= self._sent < end:
            return byte
        if kind == "camera_unplugged":
            world.fault("camera_absent")
            return 0xFF
        return 0 if kind == "camera_cut" else world_scene.noise(byte, self._sent)


def _lost(picture):
    """Which bytes of this picture arrive wrong, and how."""
    size = sum(len(piece) for piece in picture)
    for kind in ("camera_cut", "camera_unplugged"):
        if world.strikes(kind):
            return kind, size // 2, size + len(_PADDING)
    if world.strikes("camera_noise"):
        return ("camera_noise",) + world_scene.noisy(picture)
    return None
