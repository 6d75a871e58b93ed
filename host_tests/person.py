"""Somebody with a browser and without JavaScript: opens pages, fills in their forms, follows the answer."""

import html
import re

import requests

PASSWORD = "four unrelated words"


class Person:
    """A session of its own, cookies and all."""

    def __init__(self, server, email=None):
        self.server = server
        self.web = requests.Session()
        if email:
            self.register(email)

    def get(self, path, **options):
        return self.web.get(self.server.url + path, timeout=20, **options)

    def post(self, path, **fields):
        """Posts a form with this session's token, as its page would."""
        return self.raw(path, {"csrf": self.csrf()} | fields)

    def raw(self, path, fields, **options):
        return self.web.post(self.server.url + path, data=fields, timeout=20, **options)

    def csrf(self):
        """The token of this session's forms, from a page that has one for everybody."""
        for path in ("/account", "/login"):
            if found := re.search(r'name="csrf" value="([^"]+)"', self.get(path).text):
                return found[1]
        raise AssertionError("no page has a form")

    def register(self, email, password=PASSWORD):
        return self.post("/register", email=email, password=password, again=password)

    def log_in(self, email, password=PASSWORD, **fields):
        return self.post("/login", email=email, password=password, **fields)

    def project(self, name="Greenhouse", plan="pro"):
        """Makes a project; its (id, token) from the page that follows."""
        answer = self.post("/projects", name=name, plan=plan)
        assert answer.status_code == 200, answer.text
        return re.search(r"/projects/([^/]+)/connect$", answer.url)[1], shown(answer, "project-token")


def shown(answer, name):
    """The text of the element with this id."""
    return html.unescape(re.search(rf'id="{name}">([^<]*)<', answer.text)[1])


def trouble(answer):
    """The sentence with which a form was refused."""
    found = re.search(r'class="trouble" role="alert">([^<]*)<', answer.text)
    return html.unescape(found[1]) if found else ""
