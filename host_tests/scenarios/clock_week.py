"""A week of hourly syncs on a crystal that drifts, over slow and lopsided paths, in virtual time.

Prints one JSON line per run: the worst error, how it compares with the clock's own bound, steps backwards.
"""

import json

import world
import world_time
from miniviz import clock, ntp, port

START = 1790000000000  # 2026-09-21
HOUR = 3600000
STEP = 300000


def lcg(seed):
    """Numbers from 0 to 1, the same on every runtime."""
    while True:
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        yield (seed >> 8) / (1 << 23)


def slow_probe(latency):
    """A probe whose question and answer take 5 to 400 ms each, independently."""

    def probe(host, uptime_ms):
        sent = uptime_ms()
        world_time.skip_ms(5 + int(395 * next(latency)))
        served = world.unix_ms()
        world_time.skip_ms(5 + int(395 * next(latency)))
        received = uptime_ms()
        half = (received - sent) // 2
        return ntp.Sample(served + half, received, half + 2)

    return probe


def run(drift_ppm, ticks, seed, lie=None):
    world.reset(port="rp2")
    world.virtual(start_unix_ms=START, ticks=ticks, drift_ppm=drift_ppm)
    world.install(port)
    latency = lcg(seed)
    clock.probe = slow_probe(latency)
    c = clock.Clock(("truth",))
    first = c.now_ms()
    worst = bound_broken = backwards = wraps = lies_taken = 0
    last, last_ticks = 0, port.ticks_ms()
    for hour in range(7 * 24):
        if lie and hour == 100:  # one answer is a day off
            honest = clock.probe
            clock.probe = lambda host, uptime: ntp.Sample(world.unix_ms() + lie, uptime(), 2)
            lies_taken += c.sync()
            clock.probe = honest
        c.sync()
        for _ in range(HOUR // STEP):
            world.sleep_ms(STEP)
            now, ticks_now = c.now_ms(), port.ticks_ms()
            error = abs(now - world.unix_ms())
            worst = max(worst, error)
            bound_broken += error > c.error_ms() + 1
            backwards += now < last
            wraps += ticks_now < last_ticks
            last, last_ticks = now, ticks_now
    print(
        json.dumps(
            {
                "drift_ppm": drift_ppm,
                "before": first,
                "worst_ms": worst,
                "bound_broken": bound_broken,
                "backwards": backwards,
                "wraps": wraps,
                "lies_taken": lies_taken,
                "measured_ppm": round(c.ppb / 1000),
                "syncs": c.syncs,
            }
        )
    )


# Ticks start so that their wrap at 2^30 ms falls into the week.
for drift in (50, 0, -50):
    run(drift, (1 << 30) - 3 * 24 * HOUR, 7 + drift)
run(20, 0, 5, lie=86400000)
run(20, 0, 6, lie=-86400000)
