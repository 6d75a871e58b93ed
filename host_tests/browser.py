"""What the browser tests share: Chromium, and a page that may not fail unseen."""

import contextlib
import shutil

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
]


@contextlib.contextmanager
def launched():
    """A Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def opened(chromium, url, allowed=(), **options):
    """A page, live; fails on any script error, policy violation or foreign request.

    `allowed` are pieces of console errors that the test provokes.
    """
    context = chromium.new_context(**options)
    page = context.new_page()
    faults, asked = [], []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    page.wait_for_selector("#live[data-state=live]")
    yield page
    context.close()
    assert [fault for fault in faults if not any(piece in fault for piece in allowed)] == []
    origin = "/".join(url.split("/")[:3])
    assert all(one.startswith((origin, "blob:", "data:")) for one in asked)
