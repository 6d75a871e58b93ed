"""The start: config.json is read and checked before anything else takes memory; done with after that."""

import gc

from . import log, port, unload


def device(guard=None):
    """The device that config.json describes; None after a bad one: a sentence, an LED code and the REPL."""
    found, sentence = _read()
    if sentence is None:
        gc.collect()  # the checks are gone: what follows may have their room
        return _made(found, guard)
    if guard:
        guard.good()  # nothing crashed: a person is needed, and gets the sentence at every boot
    log.error("config", sentence)
    _blink()
    return None


def _read():
    """(settings, None) or (None, what is wrong); by itself, so that nothing holds the checks afterwards."""
    sentence = port.too_old()
    if sentence:
        return None, sentence
    from . import config

    try:
        return settings(), None
    except config.ConfigError as error:
        return None, str(error)


def settings():
    """The checked settings; raises ConfigError. The checks leave the RAM with this file."""
    from . import config

    try:
        return config.load()
    finally:
        unload("config", "schema", "nearest", "refusal", "json_size", "find", "image_label", "start")


def _made(found, guard):
    from . import app, transport

    made = app.make(found, guard)
    count = len(found.sensors)
    plural = "" if count == 1 else "s"
    log.info("app", "%d sensor%s on %s, label %s" % (count, plural, found.board, found.label))
    transport.warn_of_no_check(found)
    unload("transport")
    return made


def _blink():
    from . import config, led

    board = config.load_board()
    light = led.Led(board.get("led"), board.get("led_on", 1))
    light.show(led.CONFIG)
    light.keep_blinking()
