"""Every page of a project has a section, and lights exactly that section's tab."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import keys
from accounts.models import Project, User
from accounts.navigation import TABS
from issues.models import (
    Activity,
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
from tests.lib.user_reports import feedback, said_item

# Views of a project that are not pages: they redirect, or answer with something other than HTML.
NO_PAGES = {
    "alert_channel_resume": "redirects",
    "alert_channel_test": "shows the channel with what the other side answered, else redirects",
    "alert_rule_act": "redirects",
    "alert_send_again": "redirects",
    "attachment": "a download; its error page is in a project, too",
    "event_json": "a download",
    "fingerprint_rules_bring": "redirects",
    "feedback_act": "redirects, or asks before it deletes",
    "comment_add": "shows the activity with what is wrong with the comment, else redirects",
    "comment_change": "shows the activity with the form of the comment, or redirects",
    "issue_link": "redirects",
    "issue_watch": "redirects",
    "issue_unmerge": "redirects",
    "look_alikes_act": "redirects",
    "issues_act": "redirects",
    "advice_close": "redirects",
    "member_change": "redirects",
    "project_team_add": "redirects",
    "project_team_change": "redirects",
    "monitor_act": "redirects",
    "release_archive": "redirects",
    "person_export": "a download",
    "project_invitation": "shows the members with the new link, else redirects",
    "project_invite": "shows the members with the link or what is wrong, else redirects",
    "project_key_enable": "redirects",
    "project_token_create": "shows the setup with the new token, else redirects",
    "release_deploy": "shows the list again after an error, else redirects",
    "release_remap": "redirects",
    "release_remap_state": "JSON",
    "review_seen": "redirects",
    "saved_search_act": "redirects",
    "saved_search_new": "redirects",
    "send_test_event": "redirects",
    "search_suggestions": "JSON",
    "setup_status": "JSON",
}


# Pages that several of a project's views answer with: the tabs below the head of their section.
SUB_TABS = {
    "intake": "Received events",
    "intake_requests": "Missing events",
    "project_filters": "Filters",
    "project_limits": "Limits",
    "user_reports": "Feedback",
    "attachment_list": "Attachments",
    "alert_rules": "Rules",
    "alert_channels": "Channels",
    "alert_history": "History",
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
    sent = json.dumps(
        {"event_id": event_id, "message": "m", "release": "shop@1", "user": {"id": "1"}}
    ).encode()
    now = clock.now()
    writer.record(shop.pk, [read(sent, event_id=event_id, received_at=now)], now)
    event = Event.objects.get()
    assert Activity.objects.exists()
    monitor = Monitor.objects.create(project=shop, slug="nightly")
    channel = AlertChannel.objects.create(project=shop, name="ops", kind="pagerduty")
    rule = AlertRule.objects.create(project=shop, name="New issues", triggers=["new"], to_members=True)
    version = FingerprintRules.objects.create(project=shop, version=1, text="type:E -> e").version
    known = {
        "version": version, "slug": shop.slug, "issue_id": event.issue_id, "event_id": event.pk, "monitor": monitor.slug,
        "channel_id": channel.pk, "rule_id": rule.pk, "kind": "pagerduty",
        "grouping_id": event.grouping_id,
        "repository_id": Repository.objects.create(project=shop, name="acme/shop").pk,
        "upload_id": Upload.objects.create(project=shop, kind="bundle", state="ok", release="shop@1").pk,
        "key_id": keys.listed(shop)[0].pk,
        "search_id": create(ana, shop, "Fatal", View()).pk,
    }  # fmt: skip
    names = PAGES[name].pattern.converters
    path = reverse(name, kwargs={each: known[each] for each in names})
    html = (
        sign_in(ana)
        .get(path, {"release": "shop@1", "person": str(IssuePerson.objects.get().person)})
        .content.decode()
    )
    tabs = re.search(r'<nav class="project-tabs".*?</nav>', html, re.DOTALL)
    assert tabs
    assert len(re.findall("<a ", tabs[0])) == len(TABS)
    current = re.findall(r'<a href="([^"]+)"[^>]* aria-current="page"', tabs[0])
    section = PAGES[name].callback.section
    assert current == [reverse(tab.route, args=[shop.slug]) for tab in TABS if tab.section == section]
    assert len(current) == 1
    below = re.findall(
        r'<nav class="tabs[^"]*" aria-label="(?:Incoming|Feedback|Alerts)".*?</nav>', html, re.DOTALL
    )
    lit = re.findall(r'aria-current="page">([^<]+)<', "".join(below))
    assert lit == ([SUB_TABS[name]] if name in SUB_TABS else [])


def _lit(html: str) -> list[str]:
    tabs = re.search(r'<nav class="project-tabs".*?</nav>', html, re.DOTALL)
    assert tabs
    return re.findall(r' aria-current="page">([^<]+)<', tabs[0])


def test_answers_of_other_views_light_a_tab_as_well(
    shop: Project, ana: User, sign_in: Callable[[User], Client], tmp_path: Path, settings: Any
) -> None:
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "attachments": files}
    client = sign_in(ana)
    feedback(shop, said_item({"contexts": {"feedback": {"message": "m"}}}))
    asked = {"delete": shop.user_reports.get().pk}
    assert _lit(client.post("/projects/shop/feedback/act/", asked).content.decode()) == ["Feedback"]
    answer = client.post("/projects/shop/settings/members/", {"email": "x"})
    assert _lit(answer.content.decode()) == ["Settings"]
    gone = kept(shop, b"x")
    (tmp_path / gone.file).unlink()
    answer = client.get(f"/projects/shop/attachments/{gone.pk}/")
    assert (answer.status_code, _lit(answer.content.decode())) == (404, ["Feedback"])


def test_a_plain_member_has_every_tab_but_the_settings(bo_client: Client) -> None:
    html = bo_client.get("/projects/shop/settings/limits/").content.decode()
    assert _lit(html) == ["Incoming"]
    assert "Settings</a>" not in html


@pytest.mark.parametrize("name", ["home", "profile", "project_new", "documentation", "shared_channels"])
def test_the_menus_light_the_pages_that_they_lead_to(
    name: str, ana: User, sign_in: Callable[[User], Client]
) -> None:
    path = reverse(name)
    html = sign_in(ana).get(path).content.decode()
    assert re.findall(r'<a class="menu-item" href="([^"]+)" aria-current="page"', html) == [path]


def test_every_tab_has_its_own_section_and_shortcut() -> None:
    assert len({tab.section for tab in TABS}) == len({tab.key for tab in TABS}) == len(TABS)
