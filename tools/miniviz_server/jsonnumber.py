"""How each engine reads a number out of a payload: as numeric.py does, text that is a number counts too."""

from __future__ import annotations


def sqlite_number(value: str, *, text: bool) -> str:
    """The expression's number in SQLite; `text` says that it may be text."""
    if not text:
        return value
    # A comparison with a NUMERIC turns text into a number where the whole text is one.
    whole = f"length({value}) <= 200 AND instr(payload, '\\u0000') = 0 AND CAST({value} AS NUMERIC) = {value}"
    return f"CASE WHEN typeof({value}) <> 'text' OR ({whole}) THEN CAST({value} AS REAL) END"


def postgres_number(value: str, written: str, *, text: bool) -> str:
    """The same in PostgreSQL, of a JSON value and how it is written; needs :number if it may be text."""
    found = f"json_typeof({value}) = 'number' AND length({written}) < 300"
    if text:
        found = f"(({found}) OR {written} ~ :number)"
    # PostgreSQL cannot take U+0000 out of JSON, and longer numbers do not fit: such a value is none.
    whole = "strpos(payload::text, '\\u0000') = 0"
    return f"CASE WHEN {whole} THEN CASE WHEN {found} THEN CAST({written} AS double precision) END END"
