"""Step 1: register, log in, log out, change the password; and what keeps others out."""

import sqlite3

import pytest
import requests
from miniviz_server import PROJECTS, create_app, running
from miniviz_server.attempts import PER_PAIR, REGISTRATIONS, WINDOW_MS
from miniviz_server.settings import Settings
from person import PASSWORD, Person, trouble
from server_client import event
from starlette.testclient import TestClient

OTHER = "another few words here"


@pytest.fixture
def server(tmp_path):
    with running(database=tmp_path / "a.sqlite", settings=Settings(front_demo=False)) as server:
        yield server


def test_a_new_server_asks_for_the_first_account_and_has_no_default_password(server):
    someone = Person(server)
    front = someone.get("/")
    assert "nobody has an account yet" in front.text and front.status_code == 200
    answer = someone.register("Ada@Example.org ")
    assert answer.url == f"{server.url}/projects" and "ada@example.org" in answer.text
    assert Person(server).get("/").url == f"{server.url}/login"


def test_log_out_and_in_again(server):
    ada = Person(server, "ada@example.org")
    assert ada.post("/logout").url == f"{server.url}/login"
    assert ada.get("/projects").status_code == 401
    assert (
        trouble(ada.log_in("ada@example.org", "wrong words here"))
        == "Email and password do not belong together."
    )
    assert ada.log_in("ADA@example.org", next="/account").url == f"{server.url}/account"


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example", "x", ""])
def test_logging_in_never_leads_to_another_site(server, onward):
    Person(server, "ada@example.org")
    assert Person(server).log_in("ada@example.org", next=onward).url == f"{server.url}/projects"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "ada"}, "no email address"),
        ({"email": "a@b\nc"}, "no email address"),
        ({"password": "short", "again": "short"}, "at least 10"),
        ({"password": "x" * 201, "again": "x" * 201}, "at most 200"),
        ({"password": "aaaaaaaaaaaa", "again": "aaaaaaaaaaaa"}, "too easy"),
        ({"again": "something else"}, "differ"),
    ],
)
def test_a_registration_that_will_not_do_says_why(server, fields, words):
    given = {"email": "ada@example.org", "password": PASSWORD, "again": PASSWORD} | fields
    answer = Person(server).post("/register", **given)
    assert answer.status_code == 422 and words in trouble(answer)
    assert PASSWORD not in answer.text


def test_an_email_has_one_account(server):
    Person(server, "ada@example.org")
    assert "already" in trouble(Person(server).register("ADA@example.org"))


def test_another_password_ends_the_other_sessions(server):
    here, there = Person(server, "ada@example.org"), Person(server)
    there.log_in("ada@example.org")
    assert there.get("/projects").status_code == 200
    wrong = here.post("/account/password", old="not it at all", password=OTHER, again=OTHER)
    assert "do not belong together" in trouble(wrong)
    assert "changed" in here.post("/account/password", old=PASSWORD, password=OTHER, again=OTHER).text
    assert here.get("/projects").status_code == 200
    assert there.get("/projects").status_code == 401
    assert there.log_in("ada@example.org").status_code == 422
    assert there.log_in("ada@example.org", OTHER).url == f"{server.url}/projects"


def test_guessing_is_stopped_and_the_right_password_with_it(server):
    Person(server, "ada@example.org")
    guesser = Person(server)
    for _ in range(PER_PAIR):
        assert guesser.log_in("ada@example.org", "wrong words here").status_code == 422
    stopped = guesser.log_in("ada@example.org")
    assert stopped.status_code == 429 and "15 minutes" in trouble(stopped)
    assert 0 < int(stopped.headers["Retry-After"]) <= 900
    assert guesser.log_in("bob@example.org", "wrong words here").status_code == 422


def test_an_account_that_does_not_exist_is_refused_in_the_same_words(server):
    Person(server, "ada@example.org")
    answers = [
        Person(server).log_in(email, "wrong words here") for email in ("ada@example.org", "x@example.org")
    ]
    assert trouble(answers[0]) == trouble(answers[1]) and answers[0].status_code == answers[1].status_code


def test_the_database_keeps_argon2_hashes_and_no_password(server, tmp_path):
    Person(server, "ada@example.org")
    with sqlite3.connect(tmp_path / "a.sqlite") as connection:
        ((stored,),) = connection.execute("SELECT password_hash FROM accounts")
    connection.close()
    assert stored.startswith("$argon2id$")
    assert all(PASSWORD.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_session_outlives_a_restart_and_its_cookie_is_not_for_scripts(tmp_path):
    with running(database=tmp_path / "a.sqlite") as server:
        ada = Person(server, "ada@example.org")
        cookie = (
            ada.post("/logout") and ada.log_in("ada@example.org").history[0].headers["Set-Cookie"].lower()
        )
        assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie
    with running(database=tmp_path / "a.sqlite") as server:
        ada.server = server
        assert ada.get("/projects").status_code == 200


def test_over_tls_the_cookie_is_secure(tmp_path):
    with TestClient(create_app(tmp_path / "a.sqlite"), base_url="https://miniviz.example") as client:
        assert "; secure" in client.get("/login").headers["Set-Cookie"].lower()


def test_a_forged_or_foreign_session_is_nobody(server):
    ada = Person(server, "ada@example.org")
    cookie = ada.web.cookies["miniviz_session"]
    for value in ("", "x", cookie[:-3], cookie.replace(".", "..", 1), "e30.aaaa.bbbb"):
        cookies = {"miniviz_session": value}
        assert requests.get(f"{server.url}/projects", cookies=cookies, timeout=10).status_code == 401


def test_a_form_without_its_token_does_nothing(server):
    ada = Person(server, "ada@example.org")
    for token in ({}, {"csrf": "guess"}, {"csrf": Person(server).csrf()}, {"csrf": "é"}):
        answer = ada.raw("/projects", {"name": "Planted", "plan": "pro"} | token)
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "csrf"
    assert "Planted" not in ada.get("/projects").text
    assert Person(server).raw("/login", {"email": "ada@example.org", "password": PASSWORD}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_can_do_nothing(server, headers):
    ada = Person(server, "ada@example.org")
    answer = ada.raw("/projects", {"name": "Planted", "csrf": ada.csrf()}, headers=headers)
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "cross_origin"
    assert "Planted" not in ada.get("/projects").text


def test_the_servers_own_page_may_act(server):
    ada = Person(server, "ada@example.org")
    for headers in ({"Origin": server.url}, {"Sec-Fetch-Site": "same-origin"}):
        fields = {"name": "Mine", "plan": "pro", "csrf": ada.csrf()}
        assert ada.raw("/projects", fields, headers=headers).status_code == 200


def far(app, name="192.0.2.7", host="http://miniviz.example"):
    return TestClient(app, base_url=host, client=(name, 50_000))


def test_the_demo_projects_answer_this_machine_only(tmp_path):
    app = create_app(tmp_path / "a.sqlite")
    demo = PROJECTS[0]
    data = f"/api/project/{demo.id}?token={demo.token}"
    with far(app) as away:
        for path in ("", "/table", "/events", "/live", "/connect", "/settings"):
            assert away.get(f"/projects/{demo.id}{path}").status_code == 404
        refusal = away.post(data, json=event())
        assert refusal.status_code == 401 and refusal.json()["error"]["code"] == "demo_is_local"
        assert "nobody has an account yet" in away.get("/").text
    # A name on the internet that points at 127.0.0.1 is how a foreign page would come in.
    with far(app, "127.0.0.1", "http://rebound.example") as rebound:
        assert rebound.get(f"/projects/{demo.id}").status_code == 404
    for host in ("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"):
        with far(app, "127.0.0.1", host) as here:
            page = here.get(f"/projects/{demo.id}")
            assert page.status_code == 200 and "on this machine (127.0.0.1) only" in page.text
            assert here.post(data, json=event()).status_code == 201


def test_the_demo_projects_cannot_be_changed(server):
    ada = Person(server, "ada@example.org")
    path = f"/projects/{PROJECTS[0].id}"
    for action in ("settings", "rotate", "delete"):
        answer = ada.post(f"{path}/{action}", name="Mine", plan="pro", confirmation=PROJECTS[0].name)
        assert answer.status_code == 403
    assert PROJECTS[0].token in ada.get(path).text


def test_one_address_makes_so_many_accounts_and_then_waits(server, monkeypatch):
    monkeypatch.setattr("miniviz_server.passwords.hashed", lambda password: "no hash")
    for n in range(REGISTRATIONS):
        Person(server, f"pupil-{n}@example.org")
    late = Person(server)
    answer = late.register("late@example.org")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) <= WINDOW_MS // 1000
    assert trouble(answer).startswith("Too many accounts from this address; try again in 1")
    assert late.get("/projects").status_code == 401
    # An email that is taken is no way to find out more, either.
    assert late.register("pupil-0@example.org").status_code == 429
