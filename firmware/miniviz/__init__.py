"""Miniviz firmware: run() the device, or look at it from the REPL with status(), read() and send()."""


def _app():
    from . import app

    return app


def run():
    """Run the device until Ctrl-C; called by main.py."""
    _app().run()


def status():
    """Print how the device is doing and return it as a dict."""
    return _app().current().status()


def read():
    """Read every sensor once, print and return the payloads; nothing is sent."""
    return _app().current().read()


def send():
    """Read every sensor once and send it now; returns the count of delivered readings."""
    return _app().current().send_now()
