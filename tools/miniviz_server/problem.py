"""What the server says when it says no."""

from __future__ import annotations

from starlette.responses import JSONResponse


class Problem(Exception):
    """A request that is refused: status, a code for programs, a sentence for people, the field at fault."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.headers = headers

    def response(self) -> JSONResponse:
        """The answer as JSON, of one shape for every refusal."""
        error = {"code": self.code, "message": self.message, "field": self.field}
        return JSONResponse({"error": error}, status_code=self.status, headers=self.headers)
