"""Events as CSV, row by row, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from miniviz_server.filters import Filter
from miniviz_server.records import Value
from miniviz_server.selection import Selection
from miniviz_server.store import Store
from miniviz_server.templating import iso

# A cell that begins like this is a formula to a spreadsheet, and a device (or whoever stole its token)
# chooses what its cells hold.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def rows(store: Store, project_id: str, wanted: Filter) -> Iterator[str]:
    """The file in pieces: a line of names, then one line per event."""
    metrics = _metrics(store, project_id, wanted)
    yield _line(["timestamp", "time", "label_key", *metrics])
    for events in Selection(store, project_id, wanted).chunks():
        yield "".join(
            _line(
                [
                    event.timestamp,
                    iso(event.timestamp),
                    event.label_key,
                    *(event.payload.get(m, "") for m in metrics),
                ]
            )
            for event in events
        )


def _metrics(store: Store, project_id: str, wanted: Filter) -> list[str]:
    first, last = wanted.span()
    found = (
        one.metric
        for one in store.catalogue(project_id)
        if one.last >= first and one.first <= last and (not wanted.labels or one.label_key in wanted.labels)
    )
    return sorted(set(found))


def _line(values: list[Value]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_cell(value) for value in values])
    return text.getvalue()


def _cell(value: Value) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    # The spreadsheet hides the apostrophe and takes the rest as text.
    return f"'{value}" if value.startswith(_FORMULA) else value
