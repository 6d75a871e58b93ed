"""Takes a picture when it is due and sends it; what goes wrong stays with the pictures."""

from . import cameras, client, image, image_rules, log, port
from .governor import Governor
from .port import const
from .retry import Backoff

_PACE_MS = 1000 * image_rules.MIN_IMAGE_SECONDS
_STAMP_CHARS = const(21)  # of a name: -20261122T211403.jpeg


class Shooter:
    """The camera of a config: its pace, its size and quality, its errors."""

    def __init__(self, entry, label, send, clock, state):
        self.label = entry["label"] or label
        self.taken = self.delivered = 0
        self.error = None  # what ails the camera, None after a good picture
        self.problem = None  # why the last picture could not be sent
        self.stopped = None  # the platform's reason while the plan has no pictures
        self._entry = entry
        self._send = send
        self._clock = clock
        self._state = state
        self._camera = None
        self._governor = None
        self._due = 0
        self._backoff = Backoff(clock.uptime_ms)

    def ready(self):
        """True if a picture is due and its time can be told."""
        if self.stopped or self._clock.uptime_ms() < self._due or not self._backoff.ready():
            return False
        now = self._clock.now_ms()
        return now is not None and not self._too_soon(now)

    def step(self):
        """Take one picture and send it; never raises."""
        frame = None
        try:
            frame = self._shoot()
            self.taken += 1
            self._apply(self._deliver(frame))
        except Exception as error:  # noqa: BLE001 a third party's camera must not stop the readings
            self._fail(error)
        finally:
            self._release(frame)

    def told(self):
        """How it goes, for status()."""
        return "taken %d, delivered %d, %s" % (
            self.taken,
            self.delivered,
            self.stopped or self.error or self.problem or "no fault",
        )

    def close(self):
        """Give the camera back."""
        self._release(None)
        if self._camera is not None:
            camera, self._camera = self._camera, None
            try:
                camera.close()
            except Exception as error:  # noqa: BLE001 it may be gone from its wires
                log.debug("camera", "cannot be closed: %s" % error)

    def _shoot(self):
        """A frame within the platform's limit."""
        if self._camera is None:
            self._open()
        while True:
            self._camera.set(*self._governor.setting())
            frame = self._camera.capture()
            try:
                image.check_size(frame.size)
            except image.TooBig as error:
                self._release(frame)
                if not self._governor.too_big():
                    raise
                log.info("camera", "%s; again with %s, quality %d" % ((error,) + self._governor.setting()))
                continue
            self._governor.fits()
            self._state.put("camera", list(self._governor.settled()))
            return frame

    def _open(self):
        entry = self._entry
        self._camera = cameras.create(entry)
        self._governor = Governor(self._camera.SIZES, self._camera.QUALITIES, entry["size"], entry["quality"])
        self._governor.resume(self._state.get("camera"))

    def _deliver(self, frame):
        uptime = self._clock.uptime_ms()
        now = self._clock.stamp(uptime)
        name = file_name(self._entry["name"] or self.label, now, frame.format)
        self._state.put("picture", [self.label, now])
        outcome = self._send(now, self.label, name, frame)
        self._next(self._clock.uptime_ms())  # from the end: the platform counts from one arrival to the next
        return outcome

    def _apply(self, outcome):
        kind, reason = outcome.kind, outcome.reason
        if kind == client.BAD_IMAGE:
            raise cameras.CameraError(reason + "; check the camera's wires and supply")
        if kind == client.NO_PLAN:
            self.stopped = reason
            log.error("camera", "no pictures until the next start: " + reason)
            self.close()
            return
        self._well()
        self.problem = None if kind == client.DELIVERED else reason
        if kind == client.DELIVERED:
            self.delivered += 1
            self._backoff.succeeded()
            log.info("camera", "delivered a picture, " + reason)
        elif kind == client.REJECTED:
            log.error("camera", "a picture was refused: " + reason)
        else:
            self._backoff.failed(outcome.retry_after, slow=kind == client.MISCONFIGURED)
            wait = max(self._backoff.wait_ms(), _PACE_MS) // 1000
            log.warning("camera", "%s; next picture in %d s or later" % (reason, wait))
            self._due = self._clock.uptime_ms() + _PACE_MS  # an answer may only have been lost on its way

    def _fail(self, error):
        """The camera failed: say it once, and begin anew with it later."""
        known = isinstance(error, (cameras.CameraError, image.BadImage))
        words = str(error) if known else "%s: %s" % (error.__class__.__name__, error)
        self.close()
        self._backoff.failed()
        if words != self.error:
            log.warning("camera", words)
        self.error = words

    def _well(self):
        if self.error:
            log.info("camera", "works again")
        self.error = None

    def _release(self, frame):
        if frame is not None:
            try:
                frame.close()
            except Exception as error:  # noqa: BLE001 the next picture will tell
                log.debug("camera", "a frame cannot be given back: %s" % error)

    def _next(self, uptime):
        """The next moment of the grid, so that a slow upload does not shift the later pictures."""
        every = int(self._entry["every"] * 1000)
        self._due += ((uptime - self._due) // every + 1) * every
        self._due = max(self._due, uptime + _PACE_MS)

    def _too_soon(self, now):
        """True if this label's last picture, perhaps of an earlier run, is less than a minute old."""
        last = self._state.get("picture")
        try:
            return last[0] == self.label and 0 <= now - last[1] < _PACE_MS
        except (TypeError, IndexError):  # none yet, or somebody else's idea of the file
            return False


def file_name(prefix, ms, kind):
    """prefix-YYYYMMDDThhmmss.jpg in UTC, within the limit for names."""
    t = port.gmtime(ms // 1000)
    stamp = "-%04d%02d%02dT%02d%02d%02d" % t[:6]
    return prefix[: image_rules.MAX_IMAGE_NAME - _STAMP_CHARS] + stamp + (".png" if kind == "png" else ".jpg")
