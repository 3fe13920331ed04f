"""Every address with every method, for ten kinds of people and four kinds of credentials: who may, and that a refused change changes
nothing. tests/data/access.txt has the rule of each address, docs/access.md what the roles may."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.db import connection, transaction
from django.template.backends.django import Template
from django.test import Client
from django.urls import get_resolver

from accounts.access.capabilities import READS
from accounts.models import ApiToken, Membership, Project, User
from tests.lib.access import addresses, people, things
from tests.lib.access.asking import FORM, JSON, ask
from tests.lib.access.expected import Credential, Outcome, came_of, fits, outcome
from tests.lib.json_api import BACKEND

POLICIES = addresses.policies()
ASKED = addresses.asked()


def test_every_address_has_a_rule_and_every_rule_an_address() -> None:
    routes = {each.route for each in ASKED}
    assert sorted(routes - POLICIES.keys()) == []
    assert sorted(POLICIES.keys() - routes) == []


def test_exceptions_are_for_methods_that_there_are() -> None:
    methods = {(each.route, each.method) for each in ASKED}
    named = {(route, method) for route, policy in POLICIES.items() for method in policy.methods}
    assert named <= methods


# What each address of Sentry's API needs before it looks at who asks.
CLIENT = json.dumps(
    {
        "text": "x",
        "version": "shop@1",
        "projects": ["shop"],
        "environment": "x",
        "checksum": "0" * 40,
        "chunks": [],
    }
)
# Two of its addresses take another body.
OTHERS = {"files/dsyms/unknown": "{}", "files/difs/assemble": "{}"}
RESOLVE = cache(get_resolver().resolve)
#: Who asks with what. A stranger has no account, so no token either.
CASES = [
    (kind, credential)
    for kind in people.KINDS
    for credential in Credential
    if kind != "stranger" or credential == Credential.SESSION
]


@dataclass(frozen=True)
class Somebody:
    """What one person asks with, by credential, and the values of parameters for them."""

    given: Mapping[Credential, Mapping[str, str]]
    known: Mapping[str, object]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[Mapping[str, Somebody]]:
    """By kind: everybody, with one of each thing of Shop."""
    with django_db_blocker.unblock(), transaction.atomic():
        shop = Project.objects.create(name="Shop", slug="shop")
        other = Project.objects.create(name="Other", slug="other")
        root = User.objects.create_user("root@example.org", role="owner")
        common = things.make(shop, [root])
        found = {}
        for kind in people.KINDS:
            user = people.make(kind, shop)
            if user and user.memberships.exists():
                user.teams.add(common["team_id"])  # type: ignore[arg-type]
            given = {} if user is None else _given(user)
            if user:
                twin = people.make(kind, shop, "elsewhere.example.org")
                Membership.objects.create(user=twin, project=other, role="admin")
                given[Credential.FOREIGN] = {"token": ApiToken.objects.issue(twin, projects=[other])[1]}
                people.finish(kind, twin, shop)
            found[kind] = Somebody(given, common | things.own(user or root, shop, common))
            people.finish(kind, user, shop)
        yield found
        transaction.set_rollback(True)


def _given(user: User) -> dict[Credential, dict[str, str]]:
    client = Client()
    client.force_login(user, backend=BACKEND)
    issue = ApiToken.objects.issue
    return {
        Credential.SESSION: {"session": client.cookies["sessionid"].value},
        Credential.TOKEN: {"token": issue(user)[1]},
        Credential.READ_ONLY: {"token": issue(user, capabilities=READS)[1]},
    }


def _body(asked: addresses.Asked) -> tuple[str, str]:
    """What is sent: what Sentry's API needs to look at who asks; else nothing, which those who may get an answer to as well."""
    if asked.method == "GET":
        return "", FORM
    if not asked.is_api:
        return "release=shop@1", FORM
    if not asked.route.startswith("api/0"):
        return "{}", JSON
    return next((body for end, body in OTHERS.items() if asked.route.endswith(end)), CLIENT), JSON


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "credential"), CASES)
def test_nobody_gets_in_who_may_not(
    world: Mapping[str, Somebody], kind: str, credential: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What pages look like is tested elsewhere; to make them takes half of the time.
    monkeypatch.setattr(Template, "render", lambda *args, **named: "")
    # Nor is what is logged; and the same paths are asked for again and again.
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    monkeypatch.setattr(get_resolver(), "resolve", RESOLVE)
    # Nearly nothing of this depends on the database, so on PostgreSQL each case has a seventh of the addresses, another one for each.
    offset, step = (CASES.index((kind, credential)) % 7, 7) if connection.vendor == "postgresql" else (0, 1)
    given = world[kind].given.get(credential, {})
    wrong = []
    for asked in ASKED[offset::step]:
        if credential != Credential.SESSION and not asked.is_api:
            continue
        policy = POLICIES[asked.route]
        path = addresses.path_of(asked, policy, world[kind].known)
        expected = outcome(asked, policy, kind, credential)
        data, content_type = _body(asked)
        answer, written = ask(asked.method, path, data, content_type=content_type, **given)
        found = came_of(answer)
        if not fits(expected, found) or answer.status_code >= 500:
            wrong.append(f"{asked.method} {path}: {answer.status_code}, expected {expected}")
        elif found != Outcome.ALLOWED and written:
            wrong.append(f"{asked.method} {path}: refused, but wrote to {sorted(set(written))}")
    assert not wrong, "\n".join(wrong)
