"""The one way a verb says what a user can mend."""


class UserError(Exception):
    """Ends the command with one sentence on stderr; `code` 2 means that the call itself was wrong."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code
