"""What a person at the REPL asks the running device for."""

from . import log, port
from .port import const
from .sampler import pack
from .stop import counts

_IDLE_MS = const(100)
_NOW_MS = const(60000)  # send_now() gives WiFi and time this long


def status(app):
    """Print and return what a person at the REPL asks first."""
    now, rssi = app.clock.now_ms(), app.wifi.rssi()
    state = {
        "board": app.config.board,
        "label": app.config.label,
        "wifi": "%s, %s dBm" % (app.wifi.ssid, rssi) if rssi is not None else app.wifi.reason,
        "time": "%s +-%d ms" % (log.iso(now), app.clock.error_ms()) if now else app.clock.reason,
        "readings": counts(app),
        "sensors": "; ".join(app.sampler.failing()) or _sensors(app),
        "sending": app.sender.problem or "no fault",
        "heap": port.mem_free(),
    }
    if app.shooter:
        state["pictures"] = app.shooter.told()
    for key in state:
        print("%-9s %s" % (key, log.mask(str(state[key]))))
    return state


def read(app):
    """Read every sensor once, print and return the payloads."""
    packed = pack(app.sampler.slots)
    for label, payload in packed:
        print(label, payload)
    for sentence in app.sampler.failing():
        print(sentence)
    return packed


def send_now(app):
    """Read every sensor and send all that waits, within a minute; returns the count delivered."""
    before = app.sender.delivered
    app.keep(read(app))
    until = app.clock.uptime_ms() + _NOW_MS
    while app.outbox.peek() and app.clock.uptime_ms() < until:
        app.up = app.wifi.step()
        if app.up:
            app.sync_if_due()
        if app.up and app.outbox.peek().timestamp is not None:
            app.sender.step()
            if app.sender.problem:
                break
        else:
            port.sleep_ms(_IDLE_MS)
    print("delivered %d, waiting %d" % (app.sender.delivered - before, len(app.outbox)))
    return app.sender.delivered - before


def _sensors(app):
    count = len(app.sampler.slots)
    return "%d sensor%s without a fault" % (count, "" if count == 1 else "s")
