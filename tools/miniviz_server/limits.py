"""Every limit of the data endpoint, once: its value, the status of an answer that refuses, and its source.

A device treats 400, 413, 415 and 422 alike (the platform will never take this), so the choice among
them only serves people: 400 is no JSON, 413 a body too large to read, 415 another kind of body, and
422 is JSON that breaks a limit.
"""

from __future__ import annotations

from dataclasses import dataclass

GUIDE = "Miniviz Quick Start Guide"


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that an event must respect, and how the server says that it does not."""

    value: int
    status: int
    code: str
    source: str


PAYLOAD_KEYS = Limit(8, 422, "too_many_keys", f"{GUIDE}: Payload Overall Constraints, number of keys")
PAYLOAD_BYTES = Limit(400, 422, "payload_too_large", f"{GUIDE}: Payload Overall Constraints, size")

# 2020-01-01T00:00:00Z. A smaller number is a value in seconds or a clock that was never set.
TIMESTAMP_FIRST = Limit(
    1_577_836_800_000, 422, "timestamp_too_early", f"{GUIDE}: timestamp, UNIX time in milliseconds"
)
# The last millisecond of the year 9999: what databases and calendars can hold. A larger number is a
# value in microseconds or nanoseconds.
TIMESTAMP_LAST = Limit(
    253_402_300_799_999, 422, "timestamp_too_late", f"{GUIDE}: timestamp, UNIX time in milliseconds"
)

# No document names a limit for the whole body. The largest honest one is a payload of 400 bytes and a
# label; the rest is room, and a bound on what one request may cost.
BODY_BYTES = Limit(65_536, 413, "body_too_large", "this server: bounds the memory of one request")
# CPython refuses to read longer integers, and 400 bytes of payload leave no room for one anyway.
NUMBER_DIGITS = Limit(400, 422, "number_too_long", f"{GUIDE}: Payload Overall Constraints, size")

# Seconds between two events of one label; held only with --strict-pace. The guide names no pace.
DATA_PACE_FREE = Limit(60, 429, "too_fast", "miniviz.net, 2025-11: data every 60 s on the free plan")
DATA_PACE_PRO = Limit(15, 429, "too_fast", "miniviz.net, 2025-11: data every 15 s on the Pro plan")

LIMITS = (
    PAYLOAD_KEYS,
    PAYLOAD_BYTES,
    TIMESTAMP_FIRST,
    TIMESTAMP_LAST,
    BODY_BYTES,
    NUMBER_DIGITS,
    DATA_PACE_FREE,
    DATA_PACE_PRO,
)

# How long a client may take to send its body, and how much of a body that is too large is read and
# thrown away so that the client gets to read why it was refused.
BODY_SECONDS = 30.0
DISCARD_BYTES = 16 * 1024 * 1024
