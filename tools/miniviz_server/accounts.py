"""Accounts: register, log in, change the password."""

from __future__ import annotations

import re
import secrets
import uuid

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from miniviz_server import passwords
from miniviz_server.attempts import Attempts
from miniviz_server.clock import clock
from miniviz_server.records import Account
from miniviz_server.schema import accounts
from miniviz_server.store import Store

# Not all of RFC 5322, on purpose: one @, something on each side, nothing that could break a line.
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
_LONGEST_EMAIL = 254


class Declined(Exception):
    """The form cannot be taken; the message is for the person who filled it in."""

    def __init__(self, message: str, wait_seconds: int = 0) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Accounts:
    """Everybody who may log in."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._attempts = Attempts(store)

    def any(self) -> bool:
        """Whether anybody has registered yet."""
        with self._store.reading() as connection:
            return connection.execute(sa.select(accounts.c.id).limit(1)).first() is not None

    def get(self, account_id: str) -> Account | None:
        """The account with this id."""
        return self._one(accounts.c.id == account_id)

    def by_email(self, email: str) -> Account | None:
        """The account with this email."""
        return self._one(accounts.c.email == normal(email))

    def register(self, email: str, password: str, address: str = "") -> Account:
        """A new account; raises Declined. Without an address it is made by whoever runs the server."""
        email = normal(email)
        if not _EMAIL.fullmatch(email) or len(email) > _LONGEST_EMAIL:
            raise Declined("That is no email address; it looks like name@example.org.")
        _check(password, email)
        if address and (wait := self._attempts.registration_wait_seconds(address)):
            raise Declined(f"Too many accounts from this address; try again in {_minutes(wait)}.", wait)
        made = Account(str(uuid.uuid4()), email, passwords.hashed(password), secrets.token_hex(16))
        values = {
            "id": made.id,
            "email": made.email,
            "password_hash": made.password_hash,
            "seal": made.seal,
            "created_at": clock.now_ms(),
        }
        try:
            with self._store.writing() as connection:
                connection.execute(sa.insert(accounts), values)
        except IntegrityError:
            raise Declined("There is an account with this email already; log in instead.") from None
        return made

    def log_in(self, email: str, password: str, address: str) -> Account:
        """The account whose password this is; raises Declined, after too many tries without looking."""
        email = normal(email)[:_LONGEST_EMAIL]
        if wait := self._attempts.wait_seconds(email, address):
            raise Declined(f"Too many wrong passwords; try again in {_minutes(wait)}.", wait)
        account = self.by_email(email)
        if not passwords.matches(password, account and account.password_hash) or account is None:
            self._attempts.failed(email, address)
            raise Declined("Email and password do not belong together.")
        self._attempts.succeeded(email, address)
        return account

    def change_password(self, account: Account, old: str, new: str, address: str) -> Account:
        """The account with its new password; sessions elsewhere end. Raises Declined."""
        self.log_in(account.email, old, address)
        _check(new, account.email)
        changes = {"password_hash": passwords.hashed(new), "seal": secrets.token_hex(16)}
        with self._store.writing() as connection:
            connection.execute(sa.update(accounts).where(accounts.c.id == account.id).values(changes))
        return Account(account.id, account.email, **changes)

    def _one(self, condition: sa.ColumnElement[bool]) -> Account | None:
        with self._store.reading() as connection:
            row = connection.execute(sa.select(accounts).where(condition)).one_or_none()
        return None if row is None else Account(row.id, row.email, row.password_hash, row.seal)


def normal(email: str) -> str:
    """The form in which an email is kept and compared."""
    return email.strip().lower()


def _check(password: str, email: str) -> None:
    if trouble := passwords.trouble(password, email):
        raise Declined(trouble)


def _minutes(seconds: int) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"
