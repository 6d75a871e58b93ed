"""The world's time: real by default (a demo), or virtual, where sleeping takes none of yours."""

import time

PERIOD = 1 << 30  # a board's ticks_ms() starts again here, after 12.4 days

TICK_COST_US = 20  # looking at a virtual clock takes this long, so that a busy loop comes to an end

# Virtual time stands still while the firmware waits for the network, which is real. A server that is silent
# for so many real milliseconds lets virtual time pass, and then, until something comes, for so few.
PATIENCE_MS = 2000
IMPATIENCE_MS = 50

_start_unix_us = 0
_start_ticks = 0
_drift_ppm = 0
_virtual_us = None  # true microseconds since the beginning, or None: real time
_source = None  # another clock's microseconds, or None
_silent = False  # the last wait for the network was in vain
_wait = None  # the port's own wait()
_alarms = []  # [due in board microseconds, period or None, callback]


def reset():
    """Real time, an exact crystal, ticks that start near 0 as after power-on."""
    global _start_unix_us, _start_ticks, _drift_ppm, _virtual_us, _source
    _start_unix_us, _source = time.time_ns() // 1000, None
    _start_ticks, _drift_ppm, _virtual_us = 0, 0, None
    del _alarms[:]


def virtual(start_unix_ms=1790000000000, ticks=0, drift_ppm=0):
    """Virtual time: it moves when somebody sleeps. A crystal with +20 ppm runs fast by 20 us a second."""
    global _start_unix_us, _start_ticks, _drift_ppm, _virtual_us
    _start_unix_us = start_unix_ms * 1000
    _start_ticks, _drift_ppm, _virtual_us = ticks % PERIOD, drift_ppm, 0
    del _alarms[:]


def follow(micros, start_unix_ms=1790000000000):
    """Time is what this function counts: the clock of an emulated chip, on which alone it then depends."""
    global _start_unix_us, _source
    _start_unix_us, _source = start_unix_ms * 1000, micros


def install(port):
    """Give a module (the firmware's `port`) this world's clock."""
    port.ticks_ms, port.ticks_diff, port.ticks_add = ticks_ms, ticks_diff, ticks_add
    port.sleep_ms = sleep_ms
    global _wait
    if hasattr(port, "wait") and port.wait is not wait:
        _wait, port.wait = port.wait, wait


def wait(poll, sock, writing, ms):
    """As port.wait(): really, and in vain it takes the board as long as it asked for."""
    global _silent
    if _virtual_us is None or not ms:
        return _wait(poll, sock, writing, ms)
    if _wait(poll, sock, writing, min(ms, IMPATIENCE_MS) if _silent else PATIENCE_MS):
        _silent = False
        return True
    _silent = True
    sleep_ms(ms)
    return False


def ticks_ms():
    """Milliseconds on the board's own crystal, modulo PERIOD."""
    global _virtual_us
    if _virtual_us is not None:
        _virtual_us += TICK_COST_US
    _ring()
    return (_start_ticks + board_us() // 1000) % PERIOD


def ticks_add(ticks, delta):
    """As on a board: modulo the period, and refused where the difference would be ambiguous."""
    if not -(PERIOD // 2) < delta < PERIOD // 2:
        raise OverflowError("ticks interval overflow")
    return (ticks + delta) % PERIOD


def ticks_diff(end, start):
    """The signed difference that a period of 2**30 allows."""
    return ((end - start + PERIOD // 2) % PERIOD) - PERIOD // 2


def sleep_ms(ms):
    """Sleep on the board's crystal. Real time really passes; virtual time only says so."""
    until = board_us() + max(ms, 0) * 1000
    while True:
        due = [alarm[0] for alarm in _alarms if alarm[0] < until]
        _pass(min(due) if due else until)
        _ring()
        if not due:
            return


def skip_ms(ms):
    """Virtual time goes by while the board does something else (a transfer, a long computation)."""
    if _virtual_us is None:
        raise RuntimeError("real time cannot be skipped: call virtual() first")
    sleep_ms(ms)


def unix_ms():
    """The true time, which no board knows."""
    return (_start_unix_us + _elapsed_us()) // 1000


def elapsed_ms():
    """True milliseconds since the world began."""
    return _elapsed_us() // 1000


def powered_ms():
    """How long board and sensors have had power: as long as the tick counter runs, which began with it.

    In real time the ticks are this computer's, which has run for long.
    """
    return PERIOD if _virtual_us is None and _source is None else _start_ticks + elapsed_ms()


def alarm(ms, callback, repeat=False):
    """Call back after so long, while the board sleeps or looks at its ticks; cancel() takes the answer."""
    one = [board_us() + ms * 1000, ms * 1000 if repeat else None, callback]
    _alarms.append(one)
    return one


def cancel(one):
    """Take an alarm back; one that has rung is no error."""
    if one in _alarms:
        _alarms.remove(one)


def board_us():
    """Microseconds since the beginning as the board's crystal counts them."""
    return _elapsed_us() * (1000000 + _drift_ppm) // 1000000


def _pass(until):
    # Let time pass until the board's crystal shows this, also where the division cuts it short.
    global _virtual_us
    if _virtual_us is None:
        time.sleep(max(until - board_us(), 0) / 1000000)
        return
    _virtual_us = max(_virtual_us, until * 1000000 // (1000000 + _drift_ppm))
    while board_us() < until:
        _virtual_us += 1


def _ring():
    for one in [one for one in _alarms if one[0] <= board_us()]:
        if one[1] is None:
            _alarms.remove(one)
        else:
            one[0] += one[1]
        one[2]()


def _elapsed_us():
    if _source is not None:
        return _source()
    if _virtual_us is not None:
        return _virtual_us
    return time.time_ns() // 1000 - _start_unix_us
