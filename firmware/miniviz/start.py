"""The start: config.json is read and checked before anything else takes memory; done with after that."""

import gc

from . import log, port, unload


def run(guard=None):
    """Run until Ctrl-C. A bad config ends in one sentence, an LED code and the REPL; a crash in a reset."""
    sentence = port.too_old()
    if sentence is None:
        from . import config

        try:
            found = settings()
        except config.ConfigError as error:
            sentence = str(error)
    if sentence is None:
        _run(found, guard)
        return
    if guard:
        guard.good()  # nothing crashed: a person is needed, and gets the sentence at every boot
    log.error("config", sentence)
    _blink()


def settings():
    """The checked settings; raises ConfigError. The checks leave the RAM with this file."""
    from . import config

    try:
        return config.load()
    finally:
        unload("config", "schema", "nearest", "refusal", "json_size", "sensors._find", "start")


def _run(found, guard):
    gc.collect()
    from . import app, transport

    device = app.make(found, guard)
    count = len(found.sensors)
    plural = "" if count == 1 else "s"
    log.info("app", "%d sensor%s on %s, label %s" % (count, plural, found.board, found.label))
    transport.warn_of_no_check(found)
    unload("transport")
    gc.collect()
    device.loop()


def _blink():
    from . import config, led

    board = config.load_board()
    light = led.Led(board.get("led"), board.get("led_on", 1))
    light.show(led.CONFIG)
    light.keep_blinking()
