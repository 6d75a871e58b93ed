"""`miniviz export` and `import`: a project arrives whole in another store, or not at all."""

import gzip
import json

import pytest
from command import miniviz, one_sentence
from miniviz_server import Event, Project, create_app
from miniviz_server.accounts import Accounts
from server_client import NOW

HARD = [
    {"temperature": 23.4, "note": 'a "b"\n温度\u2028', "big": 10**30, "tiny": 5e-324},
    {"": "", "nul": "\0", "f": 55.0, "n": -0.0},
]


@pytest.fixture
def filled(tmp_path):
    """A database with an owner, a project and events of it and of another."""
    store = create_app(tmp_path / "a.sqlite").state.store
    owner = Accounts(store).register("ada@example.org", "four unrelated words")
    for name in ("mine", "other"):
        store.projects.add(Project(f"{name}-id", f"{name}-token", name.title(), "free", owner.id))
    for n in range(2100):
        store.add("mine-id", Event(NOW + n, f"label-{n % 3}", HARD[n] if n < 2 else {"n": n}))
    store.add("other-id", Event(NOW, "secret", {"secret": 1}))
    yield store
    store.close()


@pytest.fixture
def target(tmp_path):
    store = create_app(tmp_path / "b.sqlite").state.store
    Accounts(store).register("bob@example.org", "four unrelated words")
    yield store
    store.close()


def contents(store, project_id):
    return [(e.timestamp, e.label_key, e.payload) for e in store.newest(project_id, 5000)]


def export(tmp_path, name="out.jsonl.gz", project="mine-id"):
    return miniviz("export", project, tmp_path / name, "--database", tmp_path / "a.sqlite")


def load(tmp_path, name="out.jsonl.gz", *more, database="b.sqlite"):
    return miniviz("import", tmp_path / name, "--database", tmp_path / database, *more)


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_a_project_moves_with_everything(filled, target, tmp_path, name):
    done = export(tmp_path, name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2100 events of mine-id")
    raw = (tmp_path / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith("gz") else raw).decode()
    assert "secret" not in text and "four unrelated" not in text and len(text.splitlines()) == 2101
    done = load(tmp_path, name, "--owner", "BOB@example.org")
    assert done.returncode == 0, done.stderr
    moved = target.projects.get("mine-id")
    assert (moved.token, moved.name, moved.plan) == ("mine-token", "Mine", "free")
    assert moved.owner_id == Accounts(target).by_email("bob@example.org").id
    assert contents(target, "mine-id") == contents(filled, "mine-id")
    assert target.catalogue("mine-id") == filled.catalogue("mine-id")
    again = load(tmp_path, name, "--owner", "bob@example.org")
    assert "--new-id" in one_sentence(again)
    assert target.count("mine-id") == 2100


def test_a_copy_gets_another_id_and_token(filled, tmp_path):
    export(tmp_path)
    done = load(tmp_path, "out.jsonl.gz", "--owner", "ada@example.org", "--new-id", database="a.sqlite")
    assert done.returncode == 0, done.stderr
    (copy,) = [p for p in filled.projects.all() if p.name == "Mine" and p.id != "mine-id"]
    assert copy.token != "mine-token"
    assert contents(filled, copy.id) == contents(filled, "mine-id")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no export"),
        ("hello", "Line 1 is no JSON"),
        ('{"miniviz_export": 99}', "no export"),
        ('{"miniviz_export": 1, "id": "x"}', "missing or damaged"),
        ('HEAD\n{"events": {"timestamp": 1}}', "Line 2"),
        ('HEAD\n{"nonsense": {}}', "Line 2"),
        ('HEAD\n{"accounts": {"id": "x"}}', "Line 2"),
        ("HEAD\n[]", "Line 2"),
        ('HEAD\n{"events": {"timestamp": 1, "received_at": 1, "label_key": "a", "payload": {"a"', "Line 2"),
    ],
)
def test_a_damaged_file_is_one_sentence_and_changes_nothing(target, tmp_path, text, words):
    head = json.dumps({"miniviz_export": 1, "id": "x", "token": "t", "name": "X", "plan": "pro"})
    (tmp_path / "bad.jsonl").write_text(text.replace("HEAD", head))
    assert words in one_sentence(load(tmp_path, "bad.jsonl", "--owner", "bob@example.org"))
    assert target.projects.get("x") is None


def test_what_is_missing_is_said(filled, target, tmp_path):
    assert "no project nobody" in one_sentence(export(tmp_path, project="nobody"))
    assert not (tmp_path / "out.jsonl.gz").exists()
    export(tmp_path)
    assert "--owner" in one_sentence(load(tmp_path))
    assert "Nobody with the email" in one_sentence(load(tmp_path, "out.jsonl.gz", "--owner", "x@example.org"))
    (tmp_path / "cut.gz").write_bytes((tmp_path / "out.jsonl.gz").read_bytes()[:200])
    assert "cannot be read" in one_sentence(load(tmp_path, "cut.gz", "--owner", "bob@example.org"))
    assert target.projects.get("mine-id") is None
    missing = miniviz("export", "x", tmp_path / "y", "--database", tmp_path / "none.sqlite")
    assert "no database" in one_sentence(missing) and not (tmp_path / "none.sqlite").exists()
