"""No address leads to another site, whatever a link, a form or a Referer says. Generated from the URL configuration."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import Project, User
from tests.conftest import PASSWORD
from tests.lib.addresses import addresses, some, things

OURS = "http://testserver"
MARK = "/marked/?x=1"
HOSTILE = [
    "//evil.example/", "///evil.example/", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
    "https://evil.example/", "https:evil.example", "https:/evil.example", "http:///evil.example", "HTTPS://EVIL.EXAMPLE",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "blob:x", "mailto:x@evil.example",
    "/%0d%0aLocation:%20https://evil.example", "/\r\nLocation: https://evil.example", "/\t/evil.example", "/\n/evil.example",
    "\x01https://evil.example", " https://evil.example", "\thttps://evil.example", "ht\ntps://evil.example",
    "http://testserver@evil.example/", "http://testserver:80@evil.example", "http://testserver.evil.example/",
    "//testserver\\@evil.example", "http://evil.example\\.testserver", "http://evil.example#.testserver", "//evil。example/",
    "//[::1]/", "//2130706433/", "/\u2028/evil.example", "//evil.example\0", "",
]  # fmt: skip
# The names by which pages, forms and libraries ask where to go next.
NAMES = (
    "next",
    "back",
    "return",
    "return_to",
    "to",
    "from",
    "url",
    "redirect",
    "redirect_to",
    "target",
    "continue",
)


def leads_away(location: str) -> bool:
    """Whether a browser that is told to go there leaves our site. Source: the URL standard, which reads `\\` as `/`."""
    text = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    if re.match(r"(https?):(?!//)", text, re.IGNORECASE):
        return True
    text = re.sub("^(https?:)?/{2,}", r"\1//", text, flags=re.IGNORECASE)
    try:
        found = urlsplit(urljoin(f"{OURS}/a/b/", text))
    except ValueError:
        return True
    return (found.scheme, found.netloc) != ("http", "testserver")


def test_what_leads_away_is_recognized() -> None:
    assert [text for text in HOSTILE if not leads_away(text)] == [
        "/%0d%0aLocation:%20https://evil.example", "/\r\nLocation: https://evil.example",
        "//testserver\\@evil.example", "/\u2028/evil.example", "",
    ]  # fmt: skip
    assert not any(map(leads_away, ["/", "?a=b", "/projects/shop/?q=//evil", f"{OURS}/x", "x/y"]))


def ask(client: Client, method: str, path: str, to: str) -> str:
    """The Location of the answer to a request that names `to` wherever one can; nothing that it changes stays."""
    sent = dict.fromkeys(NAMES, to)
    with transaction.atomic():
        if method == "post":
            answer = client.post(path, sent, headers={"Referer": to}, query_params=sent)
        else:
            answer = client.get(path, sent, headers={"Referer": to})
        transaction.set_rollback(True)
    b"".join(answer)  # a file is closed when it has been read
    return str(answer.get("Location", ""))


def test_every_address_that_goes_where_it_is_told_stays_on_our_site(
    shop: Project, ana: User, sign_in: Callable[[User], Client]
) -> None:
    every = some(addresses(things(shop, ana)))
    followed, away = [], []
    for who in (Client(raise_request_exception=False), sign_in(ana)):
        who.raise_request_exception = False
        cookies = who.cookies.copy()
        for at in every:
            # Pages that take the word of a link are those on which strangers sign in.
            for method in ("get", "post") if at.path.startswith("/accounts/") else ("post",):
                location = ask(who, method, at.path, MARK)
                who.cookies = cookies.copy()
                if location.startswith(MARK):
                    followed.append(at.route)
                    away += [
                        (at.route, method, to, got)
                        for to in HOSTILE
                        if leads_away(got := ask(who, method, at.path, to))
                    ]
                    who.cookies = cookies.copy()
    assert away == []
    # Others are sent home by what the form itself lacks; these follow anybody's word.
    assert connection.vendor == "postgresql" or len(set(followed)) > 2


@pytest.mark.parametrize("to", HOSTILE)
def test_a_sign_in_stays_on_our_site(bo: User, to: str) -> None:
    sent = {"login": bo.email, "password": PASSWORD, "next": to}
    answer = Client().post("/accounts/login/", sent)
    assert answer.status_code == 302
    assert not leads_away(answer["Location"])


@pytest.mark.django_db
@pytest.mark.parametrize("referer", HOSTILE)
def test_a_form_of_somebody_signed_out_leads_back_to_our_site(shop: Project, referer: str) -> None:
    answer = Client().post("/projects/shop/settings/delete/", headers={"Referer": referer})
    assert answer.status_code == 302
    back = re.search("next=([^&]*)", answer["Location"])
    assert back
    assert not leads_away(answer["Location"])
    assert not leads_away(unquote(back[1]))
