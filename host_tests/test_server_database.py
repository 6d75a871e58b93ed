"""Step 4: the table, its filters, the export and deleting."""

import csv
import io
import re
import time
from urllib.parse import quote

import pytest
from miniviz_server import Event, running
from person import Person, trouble
from server_client import NOW, event, post

DAY = 86_400_000
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def ada(server):
    return Person(server, "ada@example.org")


@pytest.fixture
def path(ada):
    return f"/projects/{ada.project()[0]}/database"


def put(server, path, timestamp, payload, label="a"):
    return server.store.add(path.split("/")[2], Event(timestamp, label, payload)).id


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [int(found) for found in re.findall(r'<tr data-id="(\d+)"', answer.text)]


def now():
    return time.time_ns() // 1_000_000


def test_the_last_seven_days_are_shown_unless_asked_otherwise(server, ada, path):
    old = put(server, path, now() - 8 * DAY, {"t": 1})
    fresh = put(server, path, now() - 6 * DAY, {"t": 2})
    assert ids(ada.get(path)) == [fresh]
    assert ids(ada.get(f"{path}?period=30d")) == ids(ada.get(f"{path}?period=all")) == [fresh, old]
    assert ids(ada.get(f"{path}?period=1h")) == []
    assert "none that this filter lets through" in ada.get(f"{path}?period=1h").text


def test_label_metric_and_time_narrow_the_table(server, ada, path):
    a = put(server, path, NOW, {"t": 1, 'a "quoted" $.key': 1})
    b = put(server, path, NOW + 1000, {"h": 2}, "b")
    c = put(server, path, NOW + 2000, {"t": 3, "h": 4}, "c")

    def shown(**query):
        return ids(ada.get(path, params={"period": "all"} | query))

    assert shown() == [c, b, a]
    assert shown(label="b") == [b] and shown(label=["a", "c"]) == [c, a] and shown(label="none") == []
    assert shown(metric="t") == [c, a] and shown(metric="t", label="a") == [a] and shown(metric="no") == []
    assert shown(metric='a "quoted" $.key') == [a]
    assert shown(**{"from": "2025-11-22T08:26:41Z"}) == [c, b]
    assert shown(to="2025-11-22T08:26:41") == [b, a]
    assert shown(**{"from": "2025-11-22T17:26:41+09:00", "to": "2025-11-22T08:26:41Z"}) == [b]
    assert shown(sort="oldest") == [a, b, c]
    assert shown(sort="label") == [a, b, c] and shown(sort="label-desc") == [c, b, a]
    html = ada.get(f"{path}?period=all").text
    assert re.findall(r'<option value="([abc])"', html) == ["a", "b", "c"]


@pytest.mark.parametrize("sort", ["newest", "oldest", "label", "label-desc"])
@pytest.mark.parametrize("query", ["", "&label=a&label=b", "&metric=n"])
def test_every_row_stands_on_exactly_one_page(server, ada, path, sort, query):
    for n in range(130):
        put(server, path, NOW + n // 3, {"n": n}, "abc"[n % 3])
    seen, link = [], f"{path}?period=all&sort={sort}{query}"
    while link:
        answer = ada.get(link)
        seen.append(ids(answer))
        found = re.search(r'href="([^"]*)">Next page', answer.text)
        link = found and found[1].replace("&amp;", "&")
    flat = [one for part in seen for one in part]
    assert len(flat) == len(set(flat)) == (87 if "label=" in query else 130)
    events = {stored.id: stored for stored in server.events(path.split("/")[2])}
    by = (lambda e: (e.label_key, e.timestamp, e.id)) if "label" in sort else (lambda e: (e.timestamp, e.id))
    assert flat == sorted(flat, key=lambda one: by(events[one]), reverse=sort in ("newest", "label-desc"))


@pytest.mark.parametrize(
    "query", ["period=2d", "sort=up", "from=yesterday", "at=-1&event=1", f"at={2**64}&event=1", "label=a%00b"]
)
def test_a_filter_that_is_none_is_refused(ada, path, query):
    for page in ("", "/rows", "/export.csv", "/delete-all"):
        if not (page and query.startswith("at=")):
            assert ada.get(f"{path}{page}?{query}").status_code == 422


def test_the_export_holds_the_filter_and_no_formula(server, ada, path):
    put(server, path, NOW, {"t": -1.5, "note": 'a "b", c\nd'}, "温室")
    for n, formula in enumerate(FORMULAS):
        put(server, path, NOW + 1 + n, {formula: formula}, formula)
    answer = ada.get(f"{path}/export.csv?period=all&sort=oldest")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="miniviz-Greenhouse.csv"'
    names, first, *rest = csv.reader(io.StringIO(answer.content.decode(), newline=""))
    row = dict(zip(names, first, strict=True))
    assert (row["timestamp"], row["time"]) == (str(NOW), "2025-11-22T08:26:40.000Z")
    assert (row["label_key"], row["t"], row["note"]) == ("温室", "-1.5", 'a "b", c\nd')
    cells = [cell for line in [names, *rest] for cell in line]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in cells)
    assert [line[2] for line in rest] == ["'" + formula for formula in FORMULAS]
    only = ada.get(f"{path}/export.csv?period=all&label=%3D1%2B1").text.splitlines()
    assert only[0] == "timestamp,time,label_key,'=1+1" and len(only) == 2


def many(server, path, count):
    """Events that all came at once, without the walk through the store."""
    with server.store.writing() as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO events (project_id, timestamp, received_at, label_key, payload) "
            "SELECT ?, ? + i / 7, 0, 'a', json_object('n', i) FROM n",
            (count - 1, path.split("/")[2], NOW),
        )


def test_the_export_is_whole_however_long_it_is(server, ada, path):
    many(server, path, 2500)
    put(server, path, NOW - 1, {"n": -1})
    lines = ada.get(f"{path}/export.csv?period=all").text.splitlines()[1:]
    assert [int(line.rsplit(",", 1)[1]) for line in lines] == [*reversed(range(2500)), -1]


def test_ticked_rows_are_deleted_and_only_this_projects(server, ada, path):
    a, b, c = (put(server, path, NOW + n, {"t": n}) for n in range(3))
    other = f"/projects/{ada.project('Other')[0]}/database"
    foreign = put(server, other, NOW, {"t": 9})
    answer = ada.post(f"{path}/delete?period=all", event=[a, c, foreign, "x", "9" * 30])
    assert ids(answer) == [b] and "period=all" in answer.url
    assert ids(ada.get(f"{other}?period=all")) == [foreign]


def test_a_whole_filter_is_deleted_after_a_typed_word(server, ada, path):
    keep = put(server, path, NOW, {"t": 1}, "keep")
    for n in range(5):
        put(server, path, NOW + n, {"gone": n}, "go")
    query = "?period=all&label=go"
    question = ada.get(f"{path}/delete-all{query}").text
    assert "5 events" in question
    up_to = re.search(r'name="up_to" value="(\d+)"', question)[1]
    later = put(server, path, NOW, {"gone": 9}, "go")
    assert ada.post(f"{path}/delete-all{query}", up_to=up_to, confirmation="yes").status_code == 422
    ada.post(f"{path}/delete-all{query}", up_to=up_to, confirmation="Delete")
    assert set(ids(ada.get(f"{path}?period=all"))) == {keep, later}
    ada.post(f"{path}/delete?period=all", event=[later])
    assert 'value="gone"' not in ada.get(f"{path}?period=all").text, "nobody sends that metric any more"
    assert post(server, event(label_key="go", payload={"gone": 1})).status_code == 201
    assert trouble(ada.get(path)) == ""


def test_a_label_that_was_deleted_comes_back_when_it_sends_again(server, ada, path):
    first = put(server, path, NOW, {"t": 1})
    ada.post(f"{path}/delete?period=all", event=[first])
    second = put(server, path, NOW, {"t": 1})
    assert ids(ada.get(f"{path}?period=all&metric=t")) == [second]


def test_more_than_ten_thousand_are_counted_only_where_the_total_is_kept(server, ada, path):
    many(server, path, 10_001)
    assert "more than 10,000 events" in ada.get(f"{path}?period=all&label=a").text
    assert "more than 10,000 events" in ada.get(f"{path}?from=2000-01-01T00:00:00Z").text
    assert ">10,001 events<" in ada.get(f"{path}?period=all").text
    assert "10,001 events" in ada.get(f"{path}/delete-all?period=all").text


def test_stored_script_is_harmless_on_every_page(server, ada, path):
    script = '"><script>alert(1)</script>'
    put(server, path, now(), {script: script}, script)
    project = path.rsplit("/", 1)[0]
    url = f"{server.url}/api/project/{path.split('/')[2]}"
    post(server, event(label_key=script), {"Authorization": script, "X-Note": script}, url)
    for page in (
        "",
        "/database",
        "/database/rows",
        "/database/delete-all?label=" + quote(script),
        "/requests",
    ):
        answer = ada.get(project + page)
        assert answer.status_code == 200 and "<script>alert" not in answer.text, page
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
    export = ada.get(f"{path}/export.csv")
    assert script.replace('"', '""') in export.text
    assert export.headers["X-Content-Type-Options"] == "nosniff"
    assert export.headers["Content-Disposition"].startswith("attachment")
