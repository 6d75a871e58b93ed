"""No page of another site may act here in a visitor's name."""

from __future__ import annotations

import hmac
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from miniviz_server.problem import Problem

_HARMLESS = ("GET", "HEAD", "OPTIONS")
_FORM_BYTES = 1_000_000


async def guard(request: Request) -> None:
    """For the whole application. The API has tokens instead of cookies and is left out."""
    if request.method in _HARMLESS or request.url.path.startswith("/api/"):
        return
    if not _same_origin(request):
        message = (
            "This came from a page of another site, so nothing was done. Do it on the server's own page."
        )
        raise Problem(403, "cross_origin", message)
    _check_length(request)
    if _is_form(request):
        await _check_token(request)


async def _fields(request: Request) -> Form:
    return Form(await request.form() if _is_form(request) else FormData())


class Form:
    """The fields of a posted form, as text. An upload where a text belongs counts as nothing."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def text(self, name: str) -> str:
        """The field's value, or the empty string."""
        value = self._data.get(name)
        return value if isinstance(value, str) else ""

    def all(self, name: str) -> list[str]:
        """Every value of a field that may stand there more than once."""
        return [value for value in self._data.getlist(name) if isinstance(value, str)]


FormRoom = Annotated[Form, Depends(_fields)]


def _same_origin(request: Request) -> bool:
    # Browsers say where a request comes from in one of these headers; a program says nothing.
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _check_length(request: Request) -> None:
    if "transfer-encoding" in request.headers:
        raise Problem(411, "length_missing", "Send the form with a Content-Length.")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > _FORM_BYTES:
        raise Problem(413, "body_too_large", f"The form has {length} bytes, the limit is {_FORM_BYTES}.")


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("application/x-www-form-urlencoded", "multipart/form-data")


async def _check_token(request: Request) -> None:
    expected = cast("str | None", request.session.get("csrf"))
    sent = request.headers.get("x-csrf-token") or Form(await request.form()).text("csrf")
    if expected is None or not hmac.compare_digest(sent.encode(), expected.encode()):
        message = "This form is out of date: go back, load the page again and send it once more."
        raise Problem(403, "csrf", message)
