"""The end of a run: Ctrl-C was pressed."""

from . import led, postmortem
from .port import const

_STOP_MS = const(3000)  # the last flush after Ctrl-C takes no longer than this, and one answer


def stop(app):
    """Send what can be sent within 3 s, leave the network, say what became of every reading."""
    until = app.clock.uptime_ms() + _STOP_MS
    try:
        while app.up and app.outbox.peek() and app.clock.uptime_ms() < until:
            if app.sender.problem or app.outbox.peek().timestamp is None:
                break
            app.sender.step()
    except KeyboardInterrupt:  # a second Ctrl-C: at once
        pass
    if app.shooter:
        app.shooter.close()
    app.hang_up()
    app.outbox.flush()
    postmortem.write_log()
    app.wifi.stop()
    app.led.show(led.OK)
    app.led.tick()
    if app.guard:
        app.guard.stop()
    print("stopped: " + counts(app))


def counts(app):
    """What became of the readings and pictures."""
    text = "taken %d, delivered %d, waiting %d, set aside %d, dropped %d" % (
        app.taken,
        app.sender.delivered,
        len(app.outbox),
        app.outbox.aside,
        app.outbox.dropped,
    )
    return text + (", pictures %d" % app.shooter.delivered if app.shooter else "")
