"""Register, log in, log out, change the password."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from miniviz_server import demo, passwords
from miniviz_server.access import local
from miniviz_server.accounts import Declined
from miniviz_server.guard import FormRoom
from miniviz_server.problem import Problem
from miniviz_server.records import Account
from miniviz_server.sessions import accounts_of, begin, end, visitor
from miniviz_server.settings import Settings
from miniviz_server.templating import templates

router = APIRouter(include_in_schema=False)

_Next = Annotated[str, Query(max_length=500)]


async def _account(request: Request) -> Account:
    account = visitor(request)
    if account is None:
        raise Problem(401, "login_needed", "Log in to open this page.")
    return account


AccountRoom = Annotated[Account, Depends(_account)]


@router.get("/")
def home(request: Request) -> Response:
    """Where everybody starts: own projects, the first account, or the demo project."""
    settings = cast("Settings", request.app.state.settings)
    if visitor(request) is not None:
        return _go("/projects")
    if settings.front_demo and local(request):
        return _go(f"/projects/{demo.PRO.id}")
    if not accounts_of(request).any():
        return _page(request, "register", first=True)
    return _go("/login")


@router.get("/register")
def register_form(request: Request) -> Response:
    """The form for a new account."""
    if visitor(request) is not None:
        return _go("/projects")
    return _page(request, "register", first=not accounts_of(request).any())


@router.post("/register")
def register(request: Request, form: FormRoom) -> Response:
    """Makes the account and logs in."""
    email = form.text("email")
    try:
        if form.text("password") != form.text("again"):
            raise Declined("The two passwords differ; type the same one twice.")
        account = accounts_of(request).register(email, form.text("password"), _address(request))
    except Declined as declined:
        return _page(request, "register", declined, email=email)
    begin(request, account)
    return _go("/projects")


@router.get("/login")
def login_form(request: Request, next: _Next = "/projects") -> Response:  # noqa: A002 - the word in the URL
    """The form to log in."""
    if visitor(request) is not None:
        return _go(_inside(next))
    return _page(request, "login", next=_inside(next))


@router.post("/login")
def login(request: Request, form: FormRoom) -> Response:
    """Logs in."""
    email, onward = form.text("email"), _inside(form.text("next"))
    try:
        account = accounts_of(request).log_in(email, form.text("password"), _address(request))
    except Declined as declined:
        return _page(request, "login", declined, email=email, next=onward)
    begin(request, account)
    return _go(onward)


@router.post("/logout")
def logout(request: Request) -> Response:
    """Logs out."""
    end(request)
    return _go("/login")


@router.get("/account")
def account_page(request: Request, account: AccountRoom) -> Response:
    """The account, and the form for another password."""
    return _page(request, "account", account=account)


@router.post("/account/password")
def change_password(request: Request, account: AccountRoom, form: FormRoom) -> Response:
    """Changes the password; every other session of the account ends."""
    try:
        if form.text("password") != form.text("again"):
            raise Declined("The two new passwords differ; type the same one twice.")
        changed = accounts_of(request).change_password(
            account, form.text("old"), form.text("password"), _address(request)
        )
    except Declined as declined:
        return _page(request, "account", declined, account=account)
    begin(request, changed)
    return _page(
        request, "account", account=changed, done="The password is changed. Other browsers are logged out."
    )


def _page(request: Request, name: str, declined: Declined | None = None, **context: object) -> Response:
    status, headers = 200, None
    if declined is not None:
        status = 429 if declined.wait_seconds else 422
        headers = {"Retry-After": str(declined.wait_seconds)} if declined.wait_seconds else None
        context["trouble"] = str(declined)
    context["shortest"] = passwords.SHORTEST
    return templates.TemplateResponse(request, f"{name}.html", context, status_code=status, headers=headers)


def _go(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


def _inside(path: str) -> str:
    """A path of this server; anything else becomes the list of projects."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/projects"


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
