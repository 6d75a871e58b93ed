"""A new user in a real browser, for the tests that walk the seven steps."""

import contextlib
import os
from pathlib import Path

from person import PASSWORD


class Walker:
    """One visitor: a page that must stay free of script errors, policy violations and foreign requests."""

    def __init__(self, page, server):
        self.page = page
        self.server = server
        self.faults = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("request", lambda request: self.watch(request.url))

    def watch(self, url):
        if not url.startswith((self.server.url, "data:", "blob:")):
            self.faults.append(f"asked {url}")

    def open(self, path="/"):
        self.page.goto(self.server.url + path)

    def register(self, email="ada@example.org"):
        self.open("/register")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.fill("input[name=again]", PASSWORD)
        self.page.click("text=Create account")
        self.page.wait_for_url("**/projects")

    def make_project(self, name="Greenhouse", plan="pro"):
        """A project made by hand; its id."""
        self.open("/projects")
        self.page.fill("form.row input[name=name]", name)
        self.page.select_option("form.row select[name=plan]", plan)
        self.page.click("text=Create project")
        self.page.wait_for_url("**/connect")
        return self.page.url.split("/")[-2]

    def shoot(self, name):
        """A screenshot, kept where MINIVIZ_SCREENSHOTS says."""
        if folder := os.environ.get("MINIVIZ_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png")

    def accessible(self):
        """Fails on what axe-core calls serious or critical."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        bad = [
            (one["id"], [node["html"][:200] for node in one["nodes"]])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert bad == [], f"{self.page.url}: {bad}"

    def fits(self):
        """Nothing is wider than the screen."""
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, self.page.url


@contextlib.contextmanager
def walking(chromium, server, **options):
    """A walker in a browser of its own."""
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
    walker = Walker(context.new_page(), server)
    try:
        yield walker
    finally:
        context.close()
    assert walker.faults == []
