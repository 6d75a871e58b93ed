"""How often somebody may try a password, and how many accounts one address may make."""

from __future__ import annotations

import math

import sqlalchemy as sa

from miniviz_server.clock import clock
from miniviz_server.schema import attempts
from miniviz_server.store import Store

WINDOW_MS = 15 * 60_000
# Per account from one address, per address, and per account from everywhere: the first stops guessing,
# the others stop spreading the guesses. The last is high, because it locks out the owner too.
PER_PAIR, PER_ADDRESS, PER_ACCOUNT = 5, 50, 100
# A class behind one router registers at once; a script must not fill the disk. Each try counts, because
# each one that is declined tells whether an email has an account.
REGISTRATIONS = 60


class Attempts:
    """Failed logins of the last quarter of an hour."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wait_seconds(self, email: str, address: str) -> int:
        """How long this one has to wait before the next try; 0 is now."""
        now = clock.now_ms()
        with self._store.reading() as connection:
            waits = [
                _wait(connection, subject, most, now) for subject, most in _subjects(email, address).items()
            ]
        return math.ceil(max(waits) / 1000)

    def failed(self, email: str, address: str) -> None:
        """Counts a wrong password."""
        now = clock.now_ms()
        rows = [{"subject": subject, "at": now} for subject in _subjects(email, address)]
        with self._store.writing() as connection:
            connection.execute(sa.delete(attempts).where(attempts.c.at < now - WINDOW_MS))
            connection.execute(sa.insert(attempts), rows)

    def registration_wait_seconds(self, address: str) -> int:
        """How long this address has to wait before it may register somebody else; counts this try."""
        now = clock.now_ms()
        subject = f"register {address}"
        with self._store.writing() as connection:
            wait = _wait(connection, subject, REGISTRATIONS, now)
            if not wait:
                connection.execute(sa.delete(attempts).where(attempts.c.at < now - WINDOW_MS))
                connection.execute(sa.insert(attempts), {"subject": subject, "at": now})
        return math.ceil(wait / 1000)

    def succeeded(self, email: str, address: str) -> None:
        """Forgets the tries of one who then knew the password."""
        pair = next(iter(_subjects(email, address)))
        with self._store.writing() as connection:
            connection.execute(sa.delete(attempts).where(attempts.c.subject == pair))


def _subjects(email: str, address: str) -> dict[str, int]:
    return {
        f"pair {address} {email}": PER_PAIR,
        f"address {address}": PER_ADDRESS,
        f"account {email}": PER_ACCOUNT,
    }


def _wait(connection: sa.Connection, subject: str, most: int, now: int) -> int:
    query = (
        sa.select(attempts.c.at)
        .where(attempts.c.subject == subject, attempts.c.at > now - WINDOW_MS)
        .order_by(attempts.c.at.desc())
        .limit(most)
    )
    times = [int(at) for at in connection.execute(query).scalars()]
    return 0 if len(times) < most else times[-1] + WINDOW_MS - now
