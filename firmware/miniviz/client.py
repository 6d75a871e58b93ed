"""The platform's two endpoints: a reading or a picture goes out, an answer becomes an outcome."""

import json

from . import port
from .retry import retry_after

# Outcomes: what the answer means to the sender.
DELIVERED = port.const(0)
REJECTED = port.const(1)  # the platform will never take it: set aside
MISCONFIGURED = port.const(2)  # token, project or plan: kept, retried slowly
TRY_AGAIN = port.const(3)  # network, server or pace: kept, retried with backoff
NO_PLAN = port.const(4)  # 403 to a picture: pictures stop, readings go on
BAD_IMAGE = port.const(5)  # the frame is no picture; nothing of it was stored
NAMES = ("delivered", "rejected", "misconfigured", "try again", "no plan", "bad image")

TIMEOUT_S = port.const(7)  # of urequests, for each single wait: below the RP2040 watchdog's 8.388 s
_REASON_MAX = port.const(160)  # characters of the platform's own words that are kept

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 3986 section 2.3

_REJECTED = (400, 413, 415, 422)
_MISCONFIGURED = {
    401: "the token is not accepted",
    403: "the token or the plan does not allow this",
    404: "there is no such project",
}


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
        self._post = post
        self._timeout = timeout or TIMEOUT_S
        self._now_ms = now_ms  # for a Retry-After that is a date
        self._url = "%s/api/project/%s" % (url, quote(project))
        self._headers = {"Content-Type": "application/json"}
        if auth == "bearer":
            self._headers["Authorization"] = "Bearer " + token
        else:
            self._url += "?token=" + quote(token)

    def send(self, timestamp, label, payload):
        """Send one reading that rules.check() accepted; never raises."""
        body = json.dumps({"timestamp": timestamp, "label_key": label, "payload": payload})
        return self._exchange(self._url, body.encode())

    def send_image(self, timestamp, label, name, frame):
        """Send one picture as it is read from its camera; never raises, never holds it whole."""
        from . import image  # a device without a camera never loads it

        path, query, token = self._url.partition("?")
        try:
            meta = {"timestamp": timestamp, "label_key": label, "image_name": name}
            body = image.body(meta, frame)
            headers = dict(self._headers)
            headers["Content-Length"] = str(body.length)
            outcome = self._exchange(path + "/image" + query + token, port.stream(body), headers)
        except Exception as error:  # noqa: BLE001 a camera's driver may raise anything while it is read
            return Outcome(BAD_IMAGE, None, str(error) or error.__class__.__name__)
        if body.fault:
            return Outcome(BAD_IMAGE, None, body.fault)
        if outcome.status == 403:
            outcome.kind = NO_PLAN
        return outcome

    def _exchange(self, url, body, headers=None):
        answer = None
        try:
            # Bytes, because urequests 0.10 counts a text's characters where its bytes are meant.
            answer = self._post(url, data=body, headers=headers or self._headers, timeout=self._timeout)
            return _outcome(answer, self._now_ms)
        except Exception as error:  # noqa: BLE001 urequests lets IndexError, ValueError and more through
            return Outcome(TRY_AGAIN, None, "no answer: " + _describe(error))
        finally:
            if answer is not None:
                answer.close()


def _outcome(answer, now_ms):
    status = answer.status_code
    body = _body(answer)
    if 200 <= status < 300:
        if isinstance(body, dict):
            return Outcome(DELIVERED, status, "id %s" % body.get("id"))
        return Outcome(TRY_AGAIN, status, "no JSON in the answer: a captive portal, or a wrong url?")
    if status in _REJECTED:
        return Outcome(REJECTED, status, _words(status, body, "refused for good"))
    if status in _MISCONFIGURED:
        return Outcome(MISCONFIGURED, status, _words(status, body, _MISCONFIGURED[status]))
    meaning = "sent elsewhere: a captive portal, or a wrong url?" if 300 <= status < 400 else "not now"
    return Outcome(TRY_AGAIN, status, _words(status, body, meaning), retry_after(answer.headers, now_ms))


def _body(answer):
    try:
        return answer.json()
    except (ValueError, MemoryError):  # not JSON, or too long to be an answer of the platform
        return None


def _words(status, body, meaning):
    """The platform's own sentence, where its JSON holds one."""
    said = body
    for key in ("error", "message", "detail"):
        if isinstance(said, dict) and said.get(key):
            said = said[key]
    if isinstance(said, str) and said:
        meaning += ": " + said[:_REASON_MAX]
    return "HTTP %d, %s" % (status, meaning)


def _describe(error):
    if port.is_timeout(error):
        return "the server is silent (time-out)"
    if port.is_unknown_host(error):
        return "the host of miniviz.url is unknown, or there is no DNS"
    words = getattr(error, "words", None)  # of http.Failure: made to be shown
    if words:
        return words
    name = error.__class__.__name__
    # An exception's text may hold the URL with the token: only an OSError's number is shown.
    return "%s %s" % (name, error.errno) if isinstance(error, OSError) and error.errno else name


def quote(text):
    """Percent-encode for a URL's path or query."""
    out = ""
    for byte in text.encode():
        c = chr(byte)
        out += c if c in _UNRESERVED else "%%%02X" % byte
    return out
