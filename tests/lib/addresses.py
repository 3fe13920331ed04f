"""Every address that Django answers, with ids of things that exist, made from the URL configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Project, User
from issues.models import (
    AlertChannel,
    AlertRule,
    Event,
    FingerprintRules,
    IssuePerson,
    Monitor,
    Repository,
    Upload,
)
from issues.payload.read import read
from issues.record import writer
from issues.saved_searches import View, create
from rustrak.lib import clock
from tests.lib.attachments import kept

_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^()]*\)")
#: For parameters of which nothing is known: what their converter takes.
_ANY = {"int": "1", "uuid": str(uuid4()), "slug": "shop", "hex": "0" * 32}


@dataclass(frozen=True, slots=True)
class Address:
    """One route: how it is written, a path that it matches, and its view."""

    route: str
    path: str
    view: Callable[..., Any]


def addresses(known: Mapping[str, object] = {}) -> list[Address]:
    """All routes; the value of a parameter is that of its name in `known`, else any that its converter takes."""
    return list(_addresses(get_resolver().url_patterns, "", known))


def some(every: list[Address]) -> list[Address]:
    """All of them; on PostgreSQL each fifth, for what does not depend on the database."""
    return every[::5] if connection.vendor == "postgresql" else every


def _addresses(
    patterns: list[URLPattern | URLResolver], prefix: str, known: Mapping[str, object]
) -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, route, known)
        else:
            yield Address(route, "/" + _path(route, known), pattern.callback)


def _path(route: str, known: Mapping[str, object]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[2] or found[3]
        return str(known.get(name, _ANY.get(found[1] or "", "x")))

    return re.sub(r"[\^$\\]|\\Z", "", _PARAMETER.sub(value, route))


def things(shop: Project, person: User) -> dict[str, object]:
    """One of each thing that a project has, by the name that URLs have for its id."""
    event_id, now = uuid4().hex, clock.now()
    sent = json.dumps({"event_id": event_id, "message": "m", "release": "shop@1", "user": {"id": "1"}})
    writer.record(shop.pk, [read(sent.encode(), event_id=event_id, received_at=now)], now)
    event = Event.objects.get(project=shop)
    rule = AlertRule.objects.create(project=shop, name="New issues", triggers=["new"], to_members=True)
    return {
        "slug": shop.slug, "project_id": shop.pk, "issue_id": event.issue_id, "event_id": event.pk,
        "grouping_id": event.grouping_id, "version": FingerprintRules.objects.create(
            project=shop, version=1, text="type:E -> e").version,
        "monitor": Monitor.objects.create(project=shop, slug="nightly").slug,
        "channel_id": AlertChannel.objects.create(project=shop, name="ops", kind="pagerduty").pk,
        "rule_id": rule.pk, "kind": "pagerduty", "search_id": create(person, shop, "Fatal", View()).pk,
        "repository_id": Repository.objects.create(project=shop, name="acme/shop").pk,
        "upload_id": Upload.objects.create(project=shop, kind="bundle", state="ok", release="shop@1").pk,
        "attachment_id": kept(shop, b"<script>alert(1)</script>").pk,
        "person": IssuePerson.objects.get().person, "app_label": "issues", "name": "operations",
    }  # fmt: skip
