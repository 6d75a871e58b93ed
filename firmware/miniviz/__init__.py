"""Miniviz firmware: run() the device; at the REPL status(), read(), send(), checkup() and update()."""

import sys


def unload(*names):
    """Let go of modules that are not needed again soon; an import brings them back."""
    for name in names:
        path, _, last = (__name__ + "." + name).rpartition(".")
        sys.modules.pop(path + "." + last, None)
        package = sys.modules.get(path)
        if hasattr(package, last):
            delattr(package, last)


trial = None  # while a version from the air has not delivered yet: its Trial, see switch.py
_settled = False


def _settle(starting):
    """Once per boot: which version of this package runs; most boards only look for a file."""
    global _settled, trial
    if _settled:
        return
    _settled = True
    import os

    try:
        os.stat("version.json")
    except OSError:
        return
    from . import switch

    trial = switch.choose(starting)
    if trial is None:  # a version that stays needs no switch until the next start
        unload("switch")


def _app():
    _settle(False)
    from . import app

    return app


def _console():
    from . import console

    return console


def run():
    """Run the device until Ctrl-C; called by main.py."""
    _settle(True)
    if trial:
        trial.run(_start)
    else:
        _start()


def _start():
    from . import guard, port

    watch = guard.Guard()
    if watch.safe:
        port.spare_radio()
        from . import safe

        safe.run(watch)
    else:
        if watch.cause != "sleep":
            _portal(watch)
        device = port.load_apart(lambda: _device(watch))
        if device:
            device.loop()


def _device(watch):
    from . import start

    return start.device(watch)


def _portal(watch):
    from . import button, port

    if button.asks_for_portal():
        port.spare_radio()
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
    _settle(False)
    from . import doctor

    return doctor.run()


def send():
    """Read every sensor once and send it now; returns the count of delivered readings."""
    return _console().send_now(_app().current())


def update(url=None):
    """Fetch a newer version over the air now; returns its name, or None. machine.reset() starts it."""
    current = _app().current()
    from . import upkeep

    return upkeep.now(current, url)
