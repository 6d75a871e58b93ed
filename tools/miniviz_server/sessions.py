"""Who is asking: a signed cookie with the account's id and seal."""

from __future__ import annotations

import hmac
import secrets
from typing import cast

from fastapi import Request
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from miniviz_server.accounts import Accounts
from miniviz_server.records import Account

COOKIE = "miniviz_session"
_TWO_WEEKS = 14 * 24 * 3600


class Sessions:
    """Starlette's sessions: HttpOnly, SameSite=Lax, and Secure wherever the request came over TLS."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._plain = SessionMiddleware(app, key, COOKIE, _TWO_WEEKS, same_site="lax", https_only=False)
        self._secure = SessionMiddleware(app, key, COOKIE, _TWO_WEEKS, same_site="lax", https_only=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            # Devices have tokens; a cookie would only cost them.
            await self._app(scope, receive, send)
            return
        chosen = self._secure if scope.get("scheme") == "https" else self._plain
        await chosen(scope, receive, send)


def accounts_of(request: Request) -> Accounts:
    """The application's accounts."""
    return cast("Accounts", request.app.state.accounts)


def visitor(request: Request) -> Account | None:
    """The account that is logged in; asks the database once per request."""
    if not hasattr(request.state, "visitor"):
        request.state.visitor = _find(request)
    return cast("Account | None", request.state.visitor)


def begin(request: Request, account: Account) -> None:
    """Logs in. Everything that the session held before is dropped, so that nobody can plant one."""
    request.session.clear()
    request.session.update({"account": account.id, "seal": account.seal})
    request.state.visitor = account


def end(request: Request) -> None:
    """Logs out."""
    request.session.clear()
    request.state.visitor = None


def csrf_token(request: Request) -> str:
    """The secret that a form of this session must bring back."""
    return cast("str", request.session.setdefault("csrf", secrets.token_urlsafe(24)))


def _find(request: Request) -> Account | None:
    session = cast("dict[str, object]", request.scope.get("session") or {})
    account_id, seal = session.get("account"), session.get("seal")
    if not isinstance(account_id, str) or not isinstance(seal, str):
        return None
    account = accounts_of(request).get(account_id)
    return account if account is not None and hmac.compare_digest(account.seal, seal) else None
