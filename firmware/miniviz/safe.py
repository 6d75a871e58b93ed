"""Safe mode: after three crashes in a row the device joins WiFi, says so once, and leaves the REPL free."""

from . import config, led, log, port, transport
from .clock import Clock
from .port import const
from .wifi import Wifi

_STAY_MS = const(600000)  # then the device tries again by itself
_TRY_MS = const(90000)  # for WiFi, time and the one diagnostic post


def run(watch):
    """Report and return to the REPL; a timer starts the device again after ten minutes."""
    log.error(
        "guard", "safe mode: %d crashes, each within a minute of its boot; see postmortem.json" % watch.early
    )
    light = _light()
    light.show(led.SAFE)
    light.keep_blinking()
    try:
        settings = config.load()
        log.setup(settings.log, None, settings.secrets())
        _report(settings, watch)
    except Exception as error:  # noqa: BLE001 whatever crashes the device must not end safe mode as well
        log.error("guard", "no report: %s" % (str(error) or error.__class__.__name__))
    log.info("guard", "the REPL is free; the device starts again in %d minutes" % (_STAY_MS // 60000))
    return port.timer(_STAY_MS, lambda _: port.reset())


def _light():
    board = config.load_board()
    return led.Led(board.get("led"), board.get("led_on", 1))


def _report(settings, watch):
    """One diagnostic row, without touching a sensor or the outbox."""
    clock, wifi = Clock(settings.ntp), Wifi(settings.wifi)
    log.setup(settings.log, clock, settings.secrets())
    client, hang_up = transport.client(settings, clock)
    while clock.uptime_ms() < _TRY_MS:
        if wifi.step() and clock.sync():
            row = {"safe_mode": watch.early, "boot": watch.boot, "cause": watch.cause}
            row.update(_crash())
            outcome = client.send(clock.now_ms(), settings.label, row)
            hang_up()
            log.info("guard", "diagnostic row: " + outcome.reason)
            return
        port.sleep_ms(200)
    raise OSError("no WiFi or no time within %d s (%s)" % (_TRY_MS // 1000, wifi.reason))


def _crash():
    from . import postmortem

    row = postmortem.row() or {}
    return {key: row[key] for key in ("crash", "where") if key in row}
