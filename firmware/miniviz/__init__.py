"""Miniviz firmware: run() the device; at the REPL status(), read(), send() and checkup() look at it."""

import sys


def unload(*names):
    """Let go of modules that are not needed again soon; an import brings them back."""
    for name in names:
        path, _, last = (__name__ + "." + name).rpartition(".")
        sys.modules.pop(path + "." + last, None)
        package = sys.modules.get(path)
        if hasattr(package, last):
            delattr(package, last)


def _app():
    from . import app

    return app


def _console():
    from . import console

    return console


def run():
    """Run the device until Ctrl-C; called by main.py."""
    from . import port

    port.spare_radio()
    from . import guard

    watch = guard.Guard()
    if watch.safe:
        from . import safe

        safe.run(watch)
    else:
        if watch.cause != "sleep":
            _portal(watch)
        from . import start

        device = start.device(watch)
        del start
        if device:
            device.loop()


def _portal(watch):
    from . import button

    if button.asks_for_portal():
        from . import portal

        portal.run(watch)
    unload("button")


def status():
    """Print how the device is doing and return it as a dict."""
    return _console().status(_app().current())


def read():
    """Read every sensor once, print and return the payloads; nothing is sent."""
    return _console().read(_app().current())


def checkup():
    """Test the device step by step; prints a line each and a sentence with the fix."""
    from . import doctor

    return doctor.run()


def send():
    """Read every sensor once and send it now; returns the count of delivered readings."""
    return _console().send_now(_app().current())
