"""What an answer that is no success means to the sender; loaded when there is one."""

from . import port
from .client import MISCONFIGURED, REJECTED, TRY_AGAIN, Outcome
from .port import const

_REASON_MAX = const(160)  # characters of the platform's own words that are kept
_REJECTED = (400, 413, 415, 422)
_MISCONFIGURED = {
    401: "the token is not accepted",
    403: "the token or the plan does not allow this",
    404: "there is no such project",
}


def outcome(answer, body, now_ms):
    """The outcome of an answer; `body` is its JSON or None."""
    status = answer.status_code
    if 200 <= status < 300:
        return Outcome(TRY_AGAIN, status, "no JSON in the answer: a captive portal, or a wrong url?")
    if status in _REJECTED:
        return Outcome(REJECTED, status, _words(status, body, "refused for good"))
    if status in _MISCONFIGURED:
        return Outcome(MISCONFIGURED, status, _words(status, body, _MISCONFIGURED[status]))
    meaning = "sent elsewhere: a captive portal, or a wrong url?" if 300 <= status < 400 else "not now"
    return Outcome(TRY_AGAIN, status, _words(status, body, meaning), _retry_after(answer.headers, now_ms))


def _words(status, body, meaning):
    """The platform's own sentence, where its JSON holds one."""
    said = body
    for key in ("error", "message", "detail"):
        if isinstance(said, dict) and said.get(key):
            said = said[key]
    if isinstance(said, str) and said:
        meaning += ": " + said[:_REASON_MAX]
    return "HTTP %d, %s" % (status, meaning)


def describe(error):
    """Why there is no answer, with no secret in it."""
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


def _retry_after(headers, now_ms):
    for key in headers or ():
        if key.lower() == "retry-after":
            from .retry_after import seconds

            return seconds(headers[key].strip(), headers, now_ms)
    return None
