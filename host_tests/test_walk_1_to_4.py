"""Steps 1 to 4 as a new user walks them, in a real browser; axe-core looks at every page."""

import csv
import json
import time

import pytest
import requests
from browser import pytestmark as pytestmark
from miniviz_server import PROJECTS, Settings, running
from person import PASSWORD
from walk import walking

OTHER = "another few words here"


@pytest.fixture
def server():
    with running(settings=Settings(front_demo=False, lab=True)) as server:
        yield server


def send(server, project_id, label="greenhouse-1", **payload):
    token = server.store.projects.get(project_id).token
    body = {"timestamp": time.time_ns() // 1_000_000, "label_key": label, "payload": payload}
    url = f"{server.url}/api/project/{project_id}"
    return requests.post(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_step_1_register_log_out_log_in_change_the_password(chromium, server):
    with walking(chromium, server) as ada:
        page = ada.page
        ada.open()
        assert "no default password" in page.inner_text("main")
        ada.accessible()
        ada.shoot("1-first-run")
        ada.register()
        assert page.inner_text("main h1") == "Projects"
        page.click(".account summary")
        ada.accessible()
        page.click("text=Log out")
        page.wait_for_url("**/login")
        ada.accessible()
        page.fill("input[name=email]", "ada@example.org")
        page.fill("input[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/projects")
        ada.open("/account")
        ada.accessible()
        for name, words in (("old", PASSWORD), ("password", OTHER), ("again", OTHER)):
            page.fill(f"input[name={name}]", words)
        page.click("text=Change password")
        page.wait_for_selector(".done")


def test_step_2_a_project_and_its_snippets(chromium, server):
    with walking(chromium, server) as ada:
        page = ada.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        ada.register()
        project_id = ada.make_project()
        project = server.store.projects.get(project_id)
        ada.accessible()
        ada.shoot("2-connect")
        page.click(".token summary")
        assert project.token in page.inner_text(".token .panel")
        page.click("button[data-copy=project-token]")
        page.wait_for_selector("text=Copied")
        assert page.evaluate("navigator.clipboard.readText()") == project.token
        page.click("button[data-copy=snippet-config]")
        pasted = json.loads(page.evaluate("navigator.clipboard.readText()"))
        assert pasted["miniviz"]["project"] == project_id and pasted["miniviz"]["token"] == project.token
        ada.open(f"/projects/{project_id}/settings")
        ada.accessible()
        page.fill("input[name=name]", "Balcony")
        page.click("text=Save")
        page.wait_for_selector("text=Balcony")
        page.on("dialog", lambda dialog: dialog.accept())
        with page.expect_navigation():
            page.click("text=Make a new token")
        assert server.store.projects.get(project_id).token != project.token
        page.fill("input[name=confirmation]", "Balcony")
        page.click("text=Delete project")
        page.wait_for_url("**/projects")
        assert server.store.projects.get(project_id) is None


def test_step_3_a_device_sends_and_the_requests_page_tells(chromium, server):
    with walking(chromium, server) as ada:
        page = ada.page
        ada.register()
        project_id = ada.make_project()
        ada.open(f"/projects/{project_id}/requests")
        assert "No device has called" in page.inner_text("#calls")
        assert send(server, project_id, temperature=21.5).status_code == 201
        assert send(server, project_id).status_code == 422
        page.wait_for_selector("text=payload_empty")
        page.locator("summary", has_text="stored").click()
        assert "authorization: ***" in page.inner_text("details[open]")
        assert server.store.projects.get(project_id).token not in page.content().split('id="calls"')[1]
        ada.accessible()
        ada.shoot("3-requests")


def test_step_4_the_database_live_filtered_exported_deleted(chromium, server, tmp_path):
    with walking(chromium, server) as ada:
        page = ada.page
        ada.register()
        project_id = ada.make_project()
        ada.open(f"/projects/{project_id}/database")
        page.wait_for_selector("#live[data-state=live]")
        ada.accessible()
        page.evaluate("window.stillHere = true")
        for n in range(6):
            send(server, project_id, "ab"[n % 2], temperature=20 + n, **({"co2": 400} if n == 3 else {}))
        page.wait_for_selector("text=6 events")
        assert page.evaluate("window.stillHere"), "the rows came without a reload"
        assert page.locator("thead th").all_inner_texts()[1:] == [
            "timestamp ↓",
            "label_key",
            "temperature",
            "co2",
        ]
        ada.accessible()
        controls = "form.filters :is(select, input:not([type=hidden]), button, .button)"
        bottoms = "all => new Set(all.map((one) => Math.round(one.getBoundingClientRect().bottom))).size"
        assert page.locator(controls).evaluate_all(bottoms) == 1, "the filter stands on one line"
        ada.shoot("4-database")
        page.select_option("select[name=label]", "b")
        page.click("form.filters button.primary")
        page.wait_for_selector("text=3 events")
        with page.expect_download() as download:
            page.click("text=Export CSV")
        download.value.save_as(tmp_path / "out.csv")
        with (tmp_path / "out.csv").open(newline="") as file:
            assert [row["temperature"] for row in csv.DictReader(file)] == ["25", "23", "21"]
        page.on("dialog", lambda dialog: dialog.accept())
        boxes = page.locator("input[name=event]")
        boxes.nth(0).click()
        boxes.nth(2).click(modifiers=["Shift"])
        assert page.inner_text("#delete") == "Delete selected (3)"
        boxes.nth(1).click()
        page.click("#delete")
        page.wait_for_selector("text=1 event")
        page.click("text=Delete all of this filter")
        page.wait_for_selector("text=1 event of")
        ada.accessible()
        page.fill("input[name=confirmation]", "delete")
        page.click("main button")
        page.wait_for_selector("text=Nothing in this filter")
        assert server.count(project_id) == 3


def test_a_tick_survives_the_rows_that_come_in(chromium, server):
    with walking(chromium, server) as ada:
        ada.register()
        project_id = ada.make_project()
        send(server, project_id, temperature=1)
        ada.open(f"/projects/{project_id}/database")
        ada.page.wait_for_selector("#live[data-state=live]")
        ada.page.click("input[name=event]")
        send(server, project_id, temperature=2)
        ada.page.wait_for_selector("text=2 events")
        assert [box.is_checked() for box in ada.page.locator("input[name=event]").all()] == [False, True]


def test_a_moment_is_asked_for_in_the_viewers_zone(chromium, server):
    with walking(chromium, server, timezone_id="Asia/Tokyo") as ada:
        page = ada.page
        ada.register()
        ada.open(f"/projects/{PROJECTS[0].id}/database")
        page.fill("input[name=from]", "2025-11-22T17:26:41")
        page.click("form.filters button.primary")
        page.wait_for_url("**from=2025-11-22T08%3A26%3A41.000Z**")
        assert page.input_value("input[name=from]").startswith("2025-11-22T17:26:41")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_fits_and_is_readable_on_a_phone_and_a_desk(chromium, server, scheme, width):
    screen = {"width": width, "height": 800}
    with walking(chromium, server, viewport=screen, color_scheme=scheme) as ada:
        ada.register(f"{'long' * 12}@example.org")
        project_id = ada.make_project("A project with quite a long name, as people give them")
        send(server, project_id, "a" * 200, **{f"a_rather_long_metric_{n}": n for n in range(8)})
        pages = ["", "/database", "/database/delete-all", "/connect", "/requests", "/settings"]
        for path in ["/projects", "/account", *(f"/projects/{project_id}{one}" for one in pages)]:
            ada.open(path)
            ada.fits()
            ada.accessible()
