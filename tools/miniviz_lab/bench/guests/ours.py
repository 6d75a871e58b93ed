# The firmware on a board that is joined and knows the time; its seconds pass when it sleeps, and at once.
# What run() does up to its loop, in the same order: what is loaded when decides what the heap looks like.
import gc

EVERY_MS = 10000
_now = 0


def _ticks_ms():
    return _now


def sleep_ms(ms):
    global _now
    _now += ms


def _probe(host, uptime_ms):
    from miniviz import clock

    return clock.Sample(1790000000000 + uptime_ms(), uptime_ms(), 2)


def device():
    import miniviz
    from miniviz import guard, port

    watch = guard.Guard()
    port.ticks_ms, port.sleep_ms = _ticks_ms, sleep_ms
    from miniviz import start

    settings = start.settings()
    gc.collect()
    from miniviz import app, clock

    clock.probe = _probe
    made = app.make(settings, watch)
    miniviz.unload("transport")
    gc.collect()
    return made


def read_and_send(made, count):
    """One reading a round, sampled, checked, queued, sent and acknowledged by the app's own step()."""
    until = made.sender.delivered + count
    rounds = 0
    while made.sender.delivered < until:
        made.step()
        sleep_ms(EVERY_MS)
        rounds += 1
        if rounds > count + 5:
            raise OSError("not delivered: %s" % made.sender.problem)
