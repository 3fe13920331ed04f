"""What a member of one project learns of another one from searches, and can do to it: nothing."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Project, User
from issues import bulk_actions, saved_searches
from issues.comments import written
from issues.models import BulkAction, DefaultSearch, Issue, IssuePerson, IssueSeen, Monitor, ReviewMark
from issues.record.writer import record
from issues.saved_searches import View
from issues.urls import urlpatterns
from rustrak.lib import clock
from tests.lib import artifacts
from tests.lib.json_api import BACKEND, Caller
from tests.lib.occurrences import thrown

pytestmark = pytest.mark.django_db
SECRET = "vaultsecret"
# Each is nearly what an event of the other project has, or what would list such values.
PROBES = (
    "", "vault", "vaul*", "*secre*", "vaultsecre:x", "has:vaultsecre", "type:vaultsecre", "type:*", "release:vaultsecre",
    "environment:vaultsecre", "release:latest", "release:>0", "user:vaultsecre", "user:*", "user.email:vault*",
    "assigned:vaultsecre", "monitor:vaultsecre", "monitor:*", "project:vaultsecre", "project:vaultsecret", "project:*",
    "plan:vaultsecre", "plan:*", "-plan:x", "first-release:*", "has:user", "VAULTSECRET-1",
)  # fmt: skip
TYPED = (
    "", "v", "vault", "has:v", "type:v", "release:", "environment:", "first-release:", "user:", "user.email:", "plan:", "monitor:",
    "assigned:", "project:", "vaultsecret:",
)  # fmt: skip


@pytest.fixture
def vault(shop: Project, bo: User, cy: User) -> Project:
    """A project that only Cy sees, whose texts all have SECRET in them; and one event in Bo's."""
    vault = Project.objects.create(name=SECRET, slug=SECRET)
    dee = User.objects.create_user("dee-vaultsecret@example.org", "x", name=f"Dee {SECRET}")
    for user in (cy, dee):
        Membership.objects.create(user=user, project=vault)
    own = {
        "release": "shop@1.0",
        "environment": "live",
        "tags": {"plan": "free"},
        "user": {"email": "x@example.org"},
    }
    record(shop.pk, [thrown("ShopError", **own, received_at=clock.now())], clock.now())
    its = {
        "release": f"{SECRET}@9.0", "environment": SECRET, "tags": {SECRET: SECRET, "plan": SECRET},
        "user": {"email": f"{SECRET}@example.org", "id": SECRET},
    }  # fmt: skip
    record(vault.pk, [thrown(SECRET, **its, received_at=clock.now()) for _ in range(2)], clock.now())
    Monitor.objects.create(project=vault, slug=f"{SECRET}-job", name=SECRET)
    saved_searches.create(cy, vault, f"{SECRET} search", View(), is_shared=True)
    return vault


def test_no_search_shows_what_others_have(vault: Project, bo: User, sign_in, monkeypatch) -> None:
    client: Client = sign_in(bo)
    mine, its = Issue.objects.get(type="ShopError"), Issue.objects.get(type=SECRET)
    paths = ["/", "/issues/searches/", "/projects/shop/issues/searches/"]
    for probe in PROBES:
        query = urlencode({"q": probe, "status": "all", "environment": ""})
        paths += [f"/issues/?{query}", f"/projects/shop/issues/?{query}"]
        paths.append(f"/projects/shop/issues/{mine.pk}/events/?{query}")
        asked = urlencode({"query": probe, "filter": "all"})
        paths += [f"/api/issues?{asked}", f"/api/projects/{mine.project_id}/issues?{asked}"]
    for typed in TYPED:
        query = urlencode({"q": typed, "cursor": len(typed)})
        paths += [f"/issues/suggest/?{query}", f"/projects/shop/issues/suggest/?{query}"]
    person = IssuePerson.objects.get(grouping__issue=its).person
    for there in (f"/issues/?environment={SECRET}", f"/projects/{SECRET}/issues/", "/issues/?cursor=x"):
        paths.append(f"/projects/shop/issues/{mine.pk}/?{urlencode({'list': there})}")
    paths += [f"/projects/shop/tags/?key={key}" for key in ("plan", SECRET)]
    paths.append(f"/projects/shop/people/?person={person}")
    for path in paths:
        shown = client.get(path).content.decode()
        # What was asked for may be said again.
        for given in (
            f"project:{SECRET}",
            f"{SECRET}:",
            f"key={SECRET}",
            f"environment={SECRET}",
            f"projects/{SECRET}/issues",
        ):
            shown = shown.replace(given, "")
        assert SECRET not in shown.lower().replace("vaultsecret-1", "") or SECRET in path, path
        assert str(its.pk) not in shown, path


def test_no_address_of_others_answers(vault: Project, bo: User, cy: User, sign_in) -> None:
    """Each page about a project, with the ids of another one, alone or below one's own project."""
    client: Client = sign_in(bo)
    its = Issue.objects.get(type=SECRET)
    action = bulk_actions.begin(Issue.objects.filter(pk=its.pk), BulkAction.Kind.MUTE, cy, vault)
    search = saved_searches.in_order(cy, vault)[0]
    ids = {
        "issue_id": its.pk, "action_id": action.pk, "search_id": search.pk, "event_id": its.events.first().pk,
        "attachment_id": uuid4(), "monitor": f"{SECRET}-job", "rule_id": 1, "channel_id": 1, "delivery_id": uuid4(), "kind": "slack",
        "grouping_id": its.groupings.get().pk, "comment_id": written.add(its, cy, SECRET).comment.pk, "version": 1,
        "upload_id": artifacts.upload(vault, name=SECRET).pk, "repository_id": 1,
    }  # fmt: skip
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bo, backend=BACKEND)
    checked = 0
    for pattern in urlpatterns:
        names = set(pattern.pattern.converters)
        for slug in {SECRET, "shop"} if "slug" in names and names - {"slug", "kind"} else {SECRET}:
            if not names & {"slug", "search_id", "action_id"}:
                continue
            kwargs = {name: ids[name] for name in names - {"slug"}} | (
                {"slug": slug} if "slug" in names else {}
            )
            address = reverse(pattern.name, kwargs=kwargs)
            for answer in (
                client.get(address),
                client.post(address, {"action": "resolve", "confirmed": "1"}),
            ):
                assert answer.status_code in (403, 404, 405), address
                checked += 1
            # Nobody can be made to send a form, and without signing in there is nothing.
            assert strict.post(address).status_code in (403, 404, 405), address
            assert Client().get(address).status_code in (302, 404, 405), address
    assert checked > 80
    its.refresh_from_db()
    assert its.status == "muted"


def test_no_action_reaches_the_issues_of_others(vault: Project, shop: Project, bo: User, sign_in) -> None:
    client: Client = sign_in(bo)
    its, mine = Issue.objects.get(type=SECRET), Issue.objects.get(type="ShopError")
    for address in ("/issues/act/", "/projects/shop/issues/act/"):
        for more in (
            {"issue": [its.pk]},
            {"issue": [its.pk, mine.pk]},
            {"all": "1", "status": "all", "q": "vaultsecret"},
        ):
            for action in ("mute", "delete", "assign_me"):
                client.post(address, {"action": action, "confirmed": "1", **more})
            client.post(address, {"action": "merge", "confirmed": "1", "target": its.pk, **more})
    caller = Caller(bo, token=True)
    bulk = f"/api/projects/{shop.pk}/issues/bulk"
    assert caller("POST", bulk, {"action": "delete", "ids": [str(its.pk)]}).status_code == 400
    assert (
        caller("POST", bulk, {"action": "delete", "query": str(its.pk), "filter": "all"}).status_code == 400
    )
    assert (
        caller("POST", f"/api/projects/{vault.pk}/issues/bulk", {"action": "delete", "query": ""}).status_code
        == 404
    )
    its.refresh_from_db()
    assert (its.status, its.assignee) == ("open", None)
    for address in ("/issues/reviewed/", "/projects/shop/issues/reviewed/"):
        client.post(
            address,
            {
                "issue": [its.pk],
                "all": "1",
                "until": clock.now().isoformat(),
                "made": clock.now().isoformat(),
            },
        )
    assert not IssueSeen.objects.filter(issue=its).exists()
    assert not ReviewMark.objects.filter(project=vault).exists()
    search = saved_searches.in_order(User.objects.get(email="cy@example.org"), vault)[0]
    for address in ("/issues/searches", "/projects/shop/issues/searches"):
        for what in ("", "act/", "delete/"):
            assert (
                client.post(
                    f"{address}/{search.pk}/{what}", {"action": "default", "name": "x", "status": "open"}
                ).status_code
                == 404
            )
    assert not DefaultSearch.objects.exists()
