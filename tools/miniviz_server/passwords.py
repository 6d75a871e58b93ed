"""Passwords: what is accepted, and Argon2 hashes of them."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
# Argon2 takes any length; a bound keeps one request from hashing a megabyte.
LONGEST = 200

_hasher = PasswordHasher()
# One hash takes 64 MiB on purpose. Two at a time, or a burst of logins would take gigabytes.
_slots = threading.Semaphore(2)


def trouble(password: str, email: str) -> str | None:
    """Why this password is not accepted, as a sentence; None when it is."""
    if len(password) < SHORTEST:
        return f"The password has {len(password)} characters; use at least {SHORTEST}."
    if len(password) > LONGEST:
        return f"The password has {len(password)} characters; use at most {LONGEST}."
    if password.lower() == email or len(set(password)) < 4:
        return "That password is too easy to guess; a few unrelated words are better."
    return None


def hashed(password: str) -> str:
    """The Argon2id hash to store, with its salt and parameters."""
    with _slots:
        return _hasher.hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Whether it is this password; takes as long for an account that does not exist."""
    with _slots:
        try:
            return _hasher.verify(_stand_in() if stored is None else stored, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


_nobody: list[str] = []


def _stand_in() -> str:
    # Made when first needed: hashing costs a start-up 50 ms that it can save.
    if not _nobody:
        _nobody.append(_hasher.hash(secrets.token_hex(32)))
    return _nobody[0]
