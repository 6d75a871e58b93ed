"""Are project and token right? Asked of the platform with a reading that it can only refuse."""

from . import transport


def check(settings, clock):
    """(what was found, what to do about it); nothing to do means that both are right."""
    client, hang_up = transport.client(settings, clock)
    try:
        # An empty payload: refused, but only after the token was accepted.
        outcome = client.send(clock.now_ms(), settings.label, {})
    finally:
        hang_up()
    status, reason = outcome.status, outcome.reason
    if status in (400, 422):
        return _verified(settings) + "token and project accepted", None
    if status is None:
        return reason, reach(settings.url, reason)
    if status in (401, 403, 404):
        return reason, "copy project id and token from Miniviz into config.json again"
    if status == 429:
        return "reached, and it asks for a slower pace: " + reason, None
    if 200 <= status < 300:
        return "reached, but it took an empty payload: " + reason, None
    return reason, "the platform has trouble; try again later"


def _verified(settings):
    checks = settings.transport == "session" and not settings.insecure
    return "certificate verified, " if checks and settings.url.startswith("https") else ""


def reach(url, reason):
    """What to do where the platform was not reached for this reason."""
    if "certificate" in reason or "ca.der" in reason:
        return "run `miniviz deploy` again, which puts the right root certificate on the board"
    return "check miniviz.url (%s), the router's way to the internet and its firewall" % url
