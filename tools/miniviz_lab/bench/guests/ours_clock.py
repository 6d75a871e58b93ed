# A week of hourly syncs in simulated time: a crystal that drifts, and paths that are slow and lopsided.
# The peer does as ntptime.settime() does: once an hour, whole seconds, the path's time left out. What users
# send is time.time() * 1000: whole seconds once more, so up to another second late ("as read").
import os

from miniviz import clock, port

PPM, STATE = int(os.getenv("PPM")), [int(os.getenv("SEED"))]
PERIOD, HOUR, STEP = 1 << 30, 3600000, 299993  # a prime: all fractions of a second are met
START = 1790000000000
CRYSTAL = 50  # ppm that it may be off: until that is measured, no rule can take it out between two syncs
SETTLED = 6  # hours: by then the crystal's drift is known well
true_ms = 0


def ticks_ms():
    return (PERIOD - 3 * 24 * HOUR + true_ms + true_ms * PPM // 1000000) % PERIOD  # wraps within the week


def ticks_diff(end, start):
    return (end - start + PERIOD // 2) % PERIOD - PERIOD // 2


def way():
    """From 5 to 400 ms for one way."""
    STATE[0] = (STATE[0] * 1103515245 + 12345) & 0x7FFFFFFF
    return 5 + (STATE[0] >> 8) % 396


def probe(host, uptime_ms):
    global true_ms
    sent = uptime_ms()
    true_ms += way()
    served = START + true_ms
    true_ms += way()
    received = uptime_ms()
    half = (received - sent) // 2
    halves.append(half)
    return clock.Sample(served + half, received, half + 2)


port.ticks_ms, port.ticks_diff = ticks_ms, ticks_diff
clock.probe = probe
ours = clock.Clock(("truth",))
halves = []
worst = settled = beyond = over = backwards = naive = naive_read = last = half = 0
for hour in range(7 * 24):
    halves.clear()
    ours.sync()
    at_sync, trip = ours.uptime_ms(), min(halves) + 2  # rounding
    half = max(half, min(halves))  # the best of the probes is the one that counts
    true_ms += way()
    whole = (START + true_ms) // 1000 * 1000
    true_ms += way()
    set_at = ours.uptime_ms()
    for _ in range(HOUR // STEP):
        true_ms += STEP
        now = ours.now_ms()
        error = abs(now - START - true_ms)
        worst = max(worst, error)
        if hour >= SETTLED:
            settled = max(settled, error)
        beyond += error > ours.error_ms()  # the clock's own bound
        over += error > trip + (ours.uptime_ms() - at_sync) * CRYSTAL // 1000000
        backwards += now < last
        last = now
        passed = ours.uptime_ms() - set_at
        # The naive clock stands below the truth, where int(time.time()) can only take it further away.
        late = START + true_ms - whole - passed
        naive = max(naive, abs(late))
        naive_read = max(naive_read, abs(late + passed % 1000), abs(late))
told = '{"worst": %d, "settled": %d, "beyond_own_bound": %d, "half": %d, "over": %d, "backwards": %d, '
told += '"peer": %d, "peer_as_read": %d}'
print(told % (worst, settled, beyond, half, over, backwards, naive, naive_read))
