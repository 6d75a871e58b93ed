"""Reads a JSON document of settings field by field; every refusal names its field."""

from __future__ import annotations

from typing import NoReturn, cast

from miniviz_server.numeric import number
from miniviz_server.problem import Problem

_REQUIRED = object()


class Form:
    """One document on its way to becoming settings."""

    def __init__(self, document: object) -> None:
        if not isinstance(document, dict):
            raise Problem(422, "not_an_object", "Send a JSON object with the form's fields.")
        self._fields = cast("dict[str, object]", document)

    def value(self, name: str, default: object = _REQUIRED) -> object:
        """Whatever stands in the field."""
        found = self._fields.get(name, default)
        if found is _REQUIRED:
            self.refuse(name, f"{_words(name)} is missing.")
        return found

    def text(self, name: str, least: int, most: int, default: object = _REQUIRED) -> str:
        """A text of so many characters, without blanks around it."""
        found = self.value(name, default)
        if not isinstance(found, str):
            self.refuse(name, f"{_words(name)} must be text.")
        found = found.strip()
        if len(found) < least:
            self.refuse(name, f"{_words(name)} is empty; fill it in.")
        if len(found) > most:
            self.refuse(name, f"{_words(name)} has {len(found)} characters, the limit is {most}.")
        if "\0" in found or any("\ud800" <= sign <= "\udfff" for sign in found):
            self.refuse(name, f"{_words(name)} holds a character that cannot be stored.")
        return found

    def number(self, name: str, least: float, most: float, default: object = _REQUIRED) -> float:
        """A number within bounds."""
        found = number(self.value(name, default))
        if found is None or not least <= found <= most:
            self.refuse(name, f"{_words(name)} must be a number from {least:g} to {most:g}.")
        return found

    def choice(self, name: str, allowed: tuple[str, ...], default: object = _REQUIRED) -> str:
        """One of these words."""
        found = self.value(name, default)
        if not isinstance(found, str) or found not in allowed:
            self.refuse(name, f"{_words(name)} must be one of: {', '.join(allowed)}.")
        return found

    def flag(self, name: str, default: object = _REQUIRED) -> bool:
        """true or false."""
        found = self.value(name, default)
        if not isinstance(found, bool):
            self.refuse(name, f"{_words(name)} must be true or false.")
        return found

    def texts(self, name: str, most: int, length: int) -> list[str]:
        """A list of different texts."""
        found = self.value(name, [])
        if not isinstance(found, list):
            self.refuse(name, f"{_words(name)} must be a list of texts.")
        items = cast("list[object]", found)
        if len(items) > most:
            self.refuse(name, f"{_words(name)} has {len(items)} entries, the limit is {most}.")
        texts = [Form({name: item}).text(name, 1, length) for item in items]
        return list(dict.fromkeys(texts))

    def refuse(self, name: str, message: str) -> NoReturn:
        """Says what is wrong with a field."""
        raise Problem(422, "wrong_value", message, name)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
