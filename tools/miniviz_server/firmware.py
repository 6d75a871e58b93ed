"""The firmware for boards that update over the air: a manifest signed for the project, and its files."""

from __future__ import annotations

from typing import Protocol, cast

from fastapi import APIRouter, Request
from fastapi.responses import Response

from miniviz_server.problem import Problem
from miniviz_server.rooms import StoreRoom

router = APIRouter(prefix="/firmware", include_in_schema=False)


class Offer(Protocol):
    """Where the versions come from."""

    def manifest(self, board: str, key: str) -> bytes | None:
        """The manifest for a board, signed with the key."""
        ...

    def file(self, board: str, name: str) -> bytes | None:
        """A file that the manifest names."""
        ...


# No token is asked for: the code is public, and the signature proves itself to the board.
@router.get("/{board}/manifest.json")
def manifest(board: str, project: str, request: Request, store: StoreRoom) -> Response:
    """The version that this server offers the board; only who knows the project's token can sign it."""
    found = store.projects.get(project)
    if found is None:
        raise Problem(
            404, "unknown_project", "There is no project with this id; see miniviz.project.", "project"
        )
    return _answer(_offer(request).manifest(board, found.token), "application/json")


@router.get("/{board}/{name:path}")
def file(board: str, name: str, request: Request) -> Response:
    """One file of it."""
    return _answer(_offer(request).file(board, name), "application/octet-stream")


def _offer(request: Request) -> Offer:
    offer = cast("Offer | None", request.app.state.settings.firmware)
    if offer is None:
        raise Problem(404, "no_firmware", "This server was started without firmware to offer.")
    return offer


def _answer(data: bytes | None, kind: str) -> Response:
    if data is None:
        raise Problem(404, "no_such_file", "The firmware that this server offers has no such board or file.")
    return Response(data, media_type=kind)
