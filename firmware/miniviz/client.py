"""The platform's data endpoint: a reading goes out, an answer becomes an outcome."""

import json

from . import unload
from .port import const

# Outcomes: what the answer means to the sender.
DELIVERED = const(0)
REJECTED = const(1)  # the platform will never take it: set aside
MISCONFIGURED = const(2)  # token, project or plan: kept, retried slowly
TRY_AGAIN = const(3)  # network, server or pace: kept, retried with backoff
NO_PLAN = const(4)  # 403 to a picture: pictures stop, readings go on
BAD_IMAGE = const(5)  # the frame is no picture; nothing of it was stored
NAMES = ("delivered", "rejected", "misconfigured", "try again", "no plan", "bad image")

TIMEOUT_S = const(7)  # of urequests, for each single wait: below the RP2040 watchdog's 8.388 s


class Outcome:
    """kind, HTTP status (None without an answer), reason in words, Retry-After in seconds or None."""

    def __init__(self, kind, status, reason, retry_after=None):
        self.kind = kind
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


class Client:
    """Sends to one project; `post` has the shape of urequests.post and is handed in."""

    def __init__(self, url, project, token, auth, post, now_ms, timeout=None):
        from . import endpoint

        self.post = post
        self.timeout = timeout or TIMEOUT_S
        self._now_ms = now_ms  # for a Retry-After that is a date
        self.url, self.headers = endpoint.data(url, project, token, auth)
        unload("endpoint")

    def send(self, timestamp, label, payload):
        """Send one reading that rules.check() accepted; never raises."""
        body = json.dumps({"timestamp": timestamp, "label_key": label, "payload": payload})
        return self.exchange(self.url, body.encode(), self.headers)

    def send_image(self, timestamp, label, name, frame):
        """Send one picture as it is read from its camera; never raises, never holds it whole."""
        from . import send_image  # a device without a camera never loads it

        return send_image.send(self, timestamp, label, name, frame)

    def exchange(self, url, body, headers):
        """Post and say what the answer means; never raises."""
        answer = None
        try:
            # Bytes, because urequests 0.10 counts a text's characters where its bytes are meant.
            answer = self.post(url, data=body, headers=headers, timeout=self.timeout)
            return self._outcome(answer)
        except Exception as error:  # noqa: BLE001 urequests lets IndexError, ValueError and more through
            from . import verdict

            why = verdict.describe(error)
            unload("port_seldom")  # what it asked there
            return Outcome(TRY_AGAIN, None, "no answer: " + why)
        finally:
            if answer is not None:
                answer.close()

    def _outcome(self, answer):
        try:
            body = answer.json()
        except (ValueError, MemoryError):  # not JSON, or too long to be an answer of the platform
            body = None
        status = answer.status_code
        if 200 <= status < 300 and isinstance(body, dict):
            return Outcome(DELIVERED, status, "id %s" % body.get("id"))
        from . import verdict  # while all goes well nobody needs its words

        return verdict.outcome(answer, body, self._now_ms)
