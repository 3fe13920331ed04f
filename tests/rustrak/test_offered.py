"""Nobody is offered what would be refused: every link and every button of every page, pressed by people of every role."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from accounts.models import Project, User
from tests.lib import offered
from tests.lib.access import addresses, people, things
from tests.lib.access.asking import ask
from tests.lib.json_api import BACKEND


def _what(method: str, path: str, button: str = "") -> tuple[str, str, str] | None:
    """What is asked for, whatever the ids; None for what is not ours."""
    try:
        found = resolve(urlsplit(path).path)
    except Resolver404:
        return None
    return method, found.route, re.sub(r"[0-9a-f-]{8,}|[0-9]+", "…", button)


@pytest.fixture
def known(shop: Project) -> dict[str, object]:
    return things.make(shop, [User.objects.create_user("root@example.org", role="owner")])


@pytest.mark.parametrize("kind", ["viewer", "member", "auditor", "outsider"])
def test_no_page_offers_what_is_refused(shop: Project, known: dict[str, object], kind: str) -> None:
    user = people.make(kind, shop)
    assert user is not None
    known |= things.own(user, shop, known)
    client = Client()
    client.force_login(user, backend=BACKEND)
    session = client.cookies["sessionid"].value
    policies = addresses.policies()
    pages = [
        addresses.path_of(asked, policies[asked.route], known)
        for asked in addresses.asked()
        if asked.method == "GET"
        and not asked.is_api
        and policies[asked.route].scope not in ("public", "gone")
    ]
    answers = {path: ask("GET", path, session=session)[0] for path in pages}
    statuses = {_what("GET", path): answer.status_code for path, answer in answers.items()}
    wrong = []
    for path, answer in answers.items():
        if answer.status_code != 200 or "text/html" not in answer.get("Content-Type", ""):
            continue
        for each in _all_offered(answer.content.decode()):
            where = urljoin(path, each.action.partition("#")[0])
            what = _what(each.method, where, each.button) if where.startswith("/") else None
            if what is None:
                continue
            # A refusal may have been about another thing of this kind, such as a team that one is not in.
            if statuses.get(what, 404) in (403, 404):
                statuses[what] = ask(each.method, where, urlencode(each.fields), session=session)[
                    0
                ].status_code
            if statuses[what] in (403, 404):
                wrong.append(f"{path} offers {each.method} {where} {each.button}: {statuses[what]}")
    assert len(statuses) > len(answers)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "name",
    [
        "settings",
        "keys",
        "grouping",
        "filters",
        "limits",
        "owners",
        "privacy",
        "repositories",
        "issue_tracker",
    ],
)
def test_auditors_read_every_settings_page_and_are_told_why_they_cannot_change_it(
    shop: Project, name: str
) -> None:
    user = people.make("auditor", shop)
    client = Client()
    client.force_login(user, backend=BACKEND)
    route = name if name == "issue_tracker" else f"project_{name}"
    answer = client.get(reverse(route, args=[shop.slug]))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Only admins of " in page
    assert not [
        each for each in offered.offered(page)[1] if shop.slug in each.action and each.method == "POST"
    ]


def _all_offered(page: str) -> list[offered.Sent]:
    links, sent = offered.offered(page)
    return [offered.Sent("GET", link, (), "") for link in links] + [
        each for each in sent if each.method == "POST"
    ]
