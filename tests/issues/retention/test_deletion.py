"""Large projects and issues: people no longer see them at once; their rows are deleted in the background."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from accounts import projects
from accounts.models import Membership, Project, User
from issues import lifecycle, merging
from issues.merging import transfer
from issues.models import Event, Issue, Reference, UserReport
from issues.record.writer import ProjectGone, record
from issues.retention import batches, deletion, events, whole_issues
from tests.lib.occurrences import thrown

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects, "AT_ONCE_EVENTS", 10)
    monkeypatch.setattr(lifecycle, "AT_ONCE_EVENTS", 10)
    monkeypatch.setattr(batches, "PAUSE", 0)
    monkeypatch.setattr(events, "FIRST_BATCH", 7)
    monkeypatch.setattr(deletion, "FIRST_BATCH", 7)
    monkeypatch.setattr(deletion, "LARGEST_BATCH", 7)


def flood(project: Project, name: str = "Loud", count: int = 30) -> Issue:
    batch = [thrown(name, user={"id": number}, tags={"n": str(number)}) for number in range(count)]
    record(project.pk, batch, NOW)
    return Issue.objects.get(project=project, type=name)


def rows_of(project_id: int) -> dict[str, int]:
    """How many rows of each model still belong to the project or its issues."""
    found = {}
    for model in apps.get_models():
        names = {field.name for field in model._meta.get_fields()}
        if "project" in names:
            found[model.__name__] = model._base_manager.filter(project=project_id).count()
        elif "issue" in names:
            issues = Issue.everything.filter(project=project_id)
            found[model.__name__] = model._base_manager.filter(issue__in=issues.values("pk")).count()
    return {name: count for name, count in found.items() if count}


def test_a_large_issue_disappears_at_once(shop: Project, bo: User, sign_in) -> None:
    issue = flood(shop)
    UserReport.objects.create(
        project=shop, report_id=UUID(int=1), event_id=issue.events.first().event_id, comments="c",
        source="user_report", ingested_at=NOW,
    )  # fmt: skip
    assert lifecycle.delete(Issue.objects.filter(pk=issue.pk), bo) == 1
    client: Client = sign_in(bo)
    assert client.get(f"/projects/shop/issues/{issue.pk}/").status_code == 404
    assert client.get(f"/api/projects/{shop.pk}/issues/{issue.pk}").status_code == 404
    assert "Loud" not in client.get("/projects/shop/issues/?status=all").content.decode()
    assert client.get(f"/api/projects/{shop.pk}/issues?filter=all").json()["items"] == []
    # Until then, an event with the same key creates a new issue.
    again = flood(shop, count=3)
    assert (again.pk != issue.pk, again.digest_order) == (True, 2)
    assert deletion.delete_marked() == 1
    assert not Issue.everything.filter(pk=issue.pk).exists()
    assert Event.objects.filter(project=shop).count() == 3
    assert not UserReport.objects.values()
    assert not Reference.objects.exists()
    shop.refresh_from_db()
    assert (shop.digested_event_count, shop.stored_event_count) == (33, 3)


def test_a_small_issue_is_deleted_at_once(shop: Project, bo: User) -> None:
    issue = flood(shop, count=5)
    assert lifecycle.delete(Issue.objects.filter(pk=issue.pk), bo) == 1
    assert not Issue.everything.exists()


@pytest.mark.parametrize("by", ["person", "bytes"])
def test_what_is_being_merged_into_an_issue_goes_with_it(
    shop: Project, bo: User, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, other = flood(shop, "Kept", 3), flood(shop, "Gone", 20)
    monkeypatch.setattr(transfer, "AT_ONCE", 0)
    with transaction.atomic():
        merging.merge(shop.pk, target.pk, other.pk, bo)
    UserReport.objects.create(
        project=shop, report_id=UUID(int=1), event_id=other.events.last().event_id, comments="c",
        source="user_report", ingested_at=NOW,
    )  # fmt: skip
    if by == "person":
        assert lifecycle.delete(Issue.objects.filter(pk=target.pk), bo) == 1
        assert deletion.delete_marked() == 1
    else:
        with transaction.atomic():
            whole_issues.delete(shop.pk, [target.pk])
    assert not Event.objects.exists()
    shop.refresh_from_db()
    assert shop.stored_event_count == 0
    merging.finish_interrupted()
    deletion.delete_marked()
    assert not Issue.everything.exists()
    assert not Reference.objects.exists()
    assert by == "bytes" or not UserReport.objects.exists()


def test_a_large_project_disappears_at_once(shop: Project, bo: User, ana: User, sign_in) -> None:
    flood(shop)
    old_key = shop.sentry_key
    projects.delete(shop)
    for user in (bo, ana):
        assert sign_in(user).get("/projects/shop/issues/").status_code == 404
        assert "Shop" not in sign_in(user).get("/").content.decode()
        assert sign_in(user).get(f"/api/projects/{shop.pk}").status_code == 404
    assert not Project.objects.filter(sentry_key=old_key).exists()
    assert not Membership.objects.filter(project=shop).exists()
    with pytest.raises(ProjectGone):
        record(shop.pk, [thrown()], NOW)
    # The name and the slug can be used again.
    assert projects.create("Shop", by=ana).slug == "shop"
    assert deletion.delete_marked() == 1
    assert not Project.objects.filter(pk=shop.pk).exists()
    assert rows_of(shop.pk) == {}


def test_after_a_crash_the_next_run_deletes_the_rest(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    flood(shop)
    projects.delete(shop)
    left = 3

    def sleep(seconds: float) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt

    monkeypatch.setattr(batches.time, "sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        deletion.delete_marked()
    assert 0 < Event.objects.filter(project=shop).count() < 30
    assert Project.objects.get(pk=shop.pk).stored_event_count == Event.objects.filter(project=shop).count()
    monkeypatch.setattr(batches.time, "sleep", lambda seconds: None)
    assert deletion.delete_marked() == 1
    assert rows_of(shop.pk) == {}


@pytest.mark.django_db(transaction=True)
def test_retain_once_deletes_what_is_marked(shop: Project) -> None:
    flood(shop)
    projects.delete(shop)
    call_command("retain", "--once")
    assert not Project.objects.exists()
