"""What carries the client's posts: the session, or the board's own urequests."""

from . import log, port
from .client import Client


def client(settings, clock, post=None):
    """The config's client, and what closes its connection; `post` is for tests."""
    seconds, close = None, _nothing
    if post is None:
        post, seconds, close = _post(settings)
    made = Client(settings.url, settings.project, settings.token, settings.auth, post, clock.now_ms, seconds)
    return made, close


def warn_of_no_check(settings):
    """Say at every boot if the config asks for connections that nobody vouches for."""
    if not settings.url.startswith("https:"):
        return
    for name, choice in (("insecure", True), ("transport", "urequests")):
        if getattr(settings, name) == choice:
            log.warning("tls", 'with "%s" in config.json no certificate is checked' % name)


def _post(settings):
    if settings.transport == "urequests":
        from .patient import patient

        return patient(port.urequests().post), None, _nothing
    from . import http

    # port.feed is looked up at each wait: guard puts the watchdog's there once one is armed.
    session = http.Session(insecure=settings.insecure, idle=lambda: port.feed())
    return session.post, http.DEADLINE_S, session.close


def _nothing():
    pass
