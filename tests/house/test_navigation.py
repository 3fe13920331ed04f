"""Every page of a project has a section, and lights exactly that section's tab."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Project, User
from accounts.navigation import TABS
from issues.models import Activity, Event, Monitor
from issues.payload.read import read
from issues.record import writer
from rustrak.lib import clock

# Views of a project that are not pages: they redirect, or answer with something other than HTML.
NO_PAGES = {
    "attachment": "a download; its error page is in a project, too",
    "event_json": "a download",
    "issues_act": "redirects",
    "member_add": "shows the settings again after an error, else redirects",
    "member_change": "redirects",
    "monitor_act": "redirects",
    "send_test_event": "redirects",
    "setup_status": "JSON",
}


def _patterns(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from _patterns(pattern.url_patterns)
        elif str(pattern.pattern).startswith("projects/<slug:slug>/"):
            yield pattern


PAGES = {str(pattern.name): pattern for pattern in _patterns(get_resolver().url_patterns)}


def test_the_list_of_other_views_is_up_to_date() -> None:
    assert len(PAGES) > 20
    assert NO_PAGES.keys() <= PAGES.keys()


@pytest.mark.parametrize("name", sorted(PAGES.keys() - NO_PAGES.keys()))
def test_a_page_lights_the_tab_of_its_section(
    name: str, shop: Project, ana: User, sign_in: Callable[[User], Client]
) -> None:
    event_id = uuid4().hex
    sent = json.dumps({"event_id": event_id, "message": "m", "release": "shop@1"}).encode()
    now = clock.now()
    writer.record(shop.pk, [read(sent, event_id=event_id, received_at=now)], now)
    event = Event.objects.get()
    assert Activity.objects.exists()
    monitor = Monitor.objects.create(project=shop, slug="nightly")
    known = {"slug": shop.slug, "issue_id": event.issue_id, "event_id": event.pk, "monitor": monitor.slug}
    names = PAGES[name].pattern.converters
    path = reverse(name, kwargs={each: known[each] for each in names})
    html = sign_in(ana).get(path, {"release": "shop@1"}).content.decode()
    tabs = re.search(r'<nav class="project-tabs".*?</nav>', html, re.DOTALL)
    assert tabs
    assert len(re.findall("<a ", tabs[0])) == len(TABS)
    current = re.findall(r'<a href="([^"]+)"[^>]* aria-current="page"', tabs[0])
    section = PAGES[name].callback.section
    assert current == [reverse(tab.route, args=[shop.slug]) for tab in TABS if tab.section == section]
    assert len(current) == 1


def test_every_tab_has_its_own_section_and_shortcut() -> None:
    assert len({tab.section for tab in TABS}) == len({tab.key for tab in TABS}) == len(TABS)
