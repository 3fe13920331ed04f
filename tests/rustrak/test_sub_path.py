"""Below a path of its host: no link, redirect, form or cookie leaves it, whether or not the proxy strips the path."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from tests.conftest import PASSWORD
from tests.lib.api_client import ApiClient
from tests.lib.live import Live, free_port, start
from tests.lib.posting import address_and_key, post
from tests.lib.waiting import wait_for

pytestmark = [pytest.mark.live, pytest.mark.database]
PREFIX = "/rustrak"
# Attributes that hold an address.
ADDRESSES = {"href", "src", "action", "formaction", "data-url", "data-status", "poster", "content"}


class Links(HTMLParser):
    """The addresses in a page, and its CSRF token."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.token = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if given.get("name") == "csrfmiddlewaretoken":
            self.token = given.get("value") or ""
        self.found += [
            value
            for name, value in given.items()
            if name in ADDRESSES and value and (name != "content" or value.startswith("/"))
        ]


@dataclass
class Browser:
    """Sends cookies by their path, and asks the server as a proxy does that strips the prefix, or leaves it."""

    port: int
    strips: bool
    cookies: dict[str, tuple[str, str]] = field(default_factory=dict)

    def call(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, str]:
        assert path == PREFIX or path.startswith((f"{PREFIX}/", f"{PREFIX}?")), path
        sent = [f"{name}={value}" for name, (value, of) in self.cookies.items() if path.startswith(of)]
        headers = {"Cookie": "; ".join(sent), "Referer": f"http://127.0.0.1:{self.port}{path}"}
        if self.strips:
            headers["X-Forwarded-For"] = "203.0.113.9"
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        target = (path.removeprefix(PREFIX) or "/") if self.strips else path
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, target, urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            value, _, attributes = rest.partition(";")
            of = re.search(r"path=([^;]*)", attributes, re.I)
            assert of is not None, line
            assert of[1] == PREFIX, line
            self.cookies[name] = (value, of[1])
        if location := answer.headers["Location"]:
            assert urljoin(path, location).startswith(f"{PREFIX}/"), f"{path} leads to {location}"
        return answer.status, answer.headers, text

    def submit(self, page: str, action: str, **form: str) -> tuple[int, http.client.HTTPMessage, str]:
        links = Links()
        links.feed(self.call("GET", page)[2])
        return self.call("POST", action, {**form, "csrfmiddlewaretoken": links.token})


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    port = str(free_port())
    with start(PORT=port, PUBLIC_URL=f"http://127.0.0.1:{port}{PREFIX}", REGISTRATION="open") as running:
        running.create_user("ana@example.org", PASSWORD, admin=True)
        yield running


@pytest.mark.parametrize("strips", [True, False], ids=["stripped", "left"])
def test_nothing_leads_out(server: Live, strips: bool) -> None:
    port = int(server.environment["PORT"])
    dsn = server.create_project("Shop" if strips else "Till")
    assert f":{port}{PREFIX}/" in dsn
    address, key = address_and_key(dsn)
    project = address.rstrip("/").split("/")[-2]
    assert (
        post(address.replace(PREFIX, "") if strips else address, key, ("event", '{"message": "it failed"}'))
        == 200
    )
    browser = Browser(port, strips)
    status, headers, _ = browser.call("GET", PREFIX)
    assert (status, headers["Location"]) == (302, f"{PREFIX}/accounts/login/?next={PREFIX}/")
    login = f"{PREFIX}/accounts/login/"
    status, headers, _ = browser.submit(login, login, login="ana@example.org", password=PASSWORD)
    assert (status, headers["Location"]) == (302, f"{PREFIX}/")
    wait_for(lambda: bool(server.rows("SELECT 1 FROM issues_issue WHERE project_id = ?", int(project))))

    seen: set[str] = set()
    waiting = [
        f"{PREFIX}/",
        f"{PREFIX}/admin/",
        f"{PREFIX}/api/docs",
        f"{PREFIX}/no/such/page",
        f"{PREFIX}/accounts/login/",
    ]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        status, headers, text = browser.call("GET", page)
        assert status < 500, page
        assert status != 404 or "no/such" in page, page
        found = Links()
        if headers.get("Content-Type", "").startswith("text/html"):
            found.feed(text)
        for link in [*found.found, *([headers["Location"]] if headers["Location"] else [])]:
            whole = urljoin(f"http://127.0.0.1:{port}{page}", link)
            parts = urlsplit(whole)
            if parts.netloc != f"127.0.0.1:{port}" or parts.scheme not in {"http", "https"}:
                assert not link.startswith("/"), link
                continue
            assert parts.path.startswith(f"{PREFIX}/"), f"{page} has {link}"
            # One page of each kind; lists have thousands of addresses that differ by their query.
            if parts.path not in seen and parts.path not in waiting and "/delete" not in parts.path:
                waiting.append(parts.path)
    assert len(seen) > 40
    assert f"{PREFIX}/admin/accounts/user/" in seen

    status, _, text = browser.call("GET", f"{PREFIX}/api/openapi.json")
    document = json.loads(text)
    bases = [urlsplit(one["url"]).path.rstrip("/") for one in document.get("servers", [{"url": ""}])]
    for base in bases:
        assert all((base + route).startswith(f"{PREFIX}/") for route in document["paths"])
    status, headers, _ = browser.submit(f"{PREFIX}/accounts/logout/", f"{PREFIX}/accounts/logout/")
    assert (status, headers["Location"]) == (302, login)


def test_a_link_in_a_mail_and_the_set_up_link(server: Live) -> None:
    browser = Browser(int(server.environment["PORT"]), strips=False)
    reset = f"{PREFIX}/accounts/password/reset/"
    assert browser.submit(reset, reset, email="ana@example.org")[0] == 302
    wait_for(lambda: f"{PREFIX}/accounts/password/reset/key/" in server.output())
    link = re.search(rf"http://\S+?({PREFIX}/accounts/password/reset/key/\S+)", server.output())
    assert link is not None
    status, headers, _ = browser.call("GET", link[1])
    assert status == 302
    form = headers["Location"]
    status, headers, _ = browser.submit(form, form, password1=PASSWORD + "x", password2=PASSWORD + "x")
    assert (status, headers["Location"].startswith(PREFIX)) == (302, True)


def test_a_new_account_and_what_the_api_says(server: Live) -> None:
    browser = Browser(int(server.environment["PORT"]), strips=True)
    page = f"{PREFIX}/accounts/signup/"
    status, headers, _ = browser.submit(
        page, page, email="bo@example.org", password1=PASSWORD, password2=PASSWORD
    )
    assert (status, headers["Location"]) == (302, f"{PREFIX}/")
    status, _, text = browser.call("GET", f"{PREFIX}/api/nothing")
    assert (status, json.loads(text)["error"]["type"]) == (404, "NotFound")
    status, headers, _ = browser.call("GET", f"{PREFIX}/profile")
    assert (status, headers["Location"]) == (301, f"{PREFIX}/profile/")


def test_a_root_installation_beside_it_does_not_cover_its_cookies(server: Live) -> None:
    browser = Browser(int(server.environment["PORT"]), strips=False)
    login = f"{PREFIX}/accounts/login/"
    server.create_user("cy@example.org", PASSWORD)
    browser.submit(login, login, login="cy@example.org", password=PASSWORD)
    # As a browser sends them: the longest path first.
    browser.cookies["sessionid "] = ("of-the-root", "/")
    browser.cookies["csrftoken "] = ("x" * 32, "/")
    assert browser.call("GET", f"{PREFIX}/profile/")[0] == 200


def test_a_program_that_asks_the_port_itself_needs_no_path(server: Live) -> None:
    server.create_user("dee@example.org", PASSWORD)
    api = ApiClient(f"http://127.0.0.1:{server.environment['PORT']}").sign_in("dee@example.org", PASSWORD)
    assert api.get("/auth/me")["email"] == "dee@example.org"
    below = ApiClient(api.base + PREFIX).sign_in("dee@example.org", PASSWORD)
    assert below.get("/auth/me")["email"] == "dee@example.org"
    assert [cookie.path for cookie in below.jar] == [PREFIX] * 3
