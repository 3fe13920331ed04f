from __future__ import annotations

import threading

import pytest
from django.db import connections

from accounts.models import Project, User
from issues import facts, lifecycle
from issues.models import Activity, AlertFact, Event, Grouping, Issue, IssueHour, IssuePerson
from issues.record.writer import record
from tests.lib.occurrences import NOW, kinds, thrown


@pytest.fixture
def three(shop: Project) -> list[Issue]:
    """One open, one resolved, one muted."""
    record(shop.pk, [thrown(kind, user={"id": kind}) for kind in ("Open", "Resolved", "Muted", "Open")], NOW)
    Issue.objects.filter(type="Resolved").update(status="resolved", resolution="now")
    Issue.objects.filter(type="Muted").update(status="muted")
    return list(Issue.objects.order_by("digest_order"))


@pytest.mark.parametrize(
    ("verb", "changed", "after"),
    [
        (lifecycle.resolve, 2, ["resolved", "resolved", "resolved"]),
        (lifecycle.reopen, 1, ["open", "open", "muted"]),
        (lifecycle.mute, 2, ["muted", "muted", "muted"]),
        (lifecycle.unmute, 1, ["open", "resolved", "open"]),
    ],
)
def test_what_each_verb_does_to_each_state(three, bo: User, verb, changed: int, after: list[str]) -> None:
    assert verb(Issue.objects.all(), bo) == changed
    assert list(Issue.objects.order_by("digest_order").values_list("status", flat=True)) == after


def test_changes_by_people_are_in_the_history(three: list[Issue], bo: User) -> None:
    lifecycle.resolve(Issue.objects.all(), bo)
    lifecycle.resolve(Issue.objects.all(), bo)
    lifecycle.reopen(Issue.objects.filter(pk=three[0].pk), None)
    done = Activity.objects.exclude(kind="created").order_by("id").values_list("issue", "kind", "user")
    # Those that changed together are in no order.
    assert set(done[:2]) == {(three[0].pk, "resolved", bo.pk), (three[2].pk, "resolved", bo.pk)}
    assert list(done[2:]) == [(three[0].pk, "reopened", None)]
    bo.delete()
    assert Activity.objects.filter(kind="resolved", user=None).count() == 2


def test_only_the_chosen_issues_change(three: list[Issue], bo: User) -> None:
    assert lifecycle.resolve(Issue.objects.filter(pk=three[2].pk), bo) == 1
    assert sorted(Issue.objects.values_list("status", flat=True)) == ["open", "resolved", "resolved"]
    assert lifecycle.resolve(Issue.objects.none(), bo) == 0


def test_a_sliced_and_ordered_choice_works(three: list[Issue], bo: User) -> None:
    assert lifecycle.mute(Issue.objects.order_by("-digest_order")[1:], bo) == 2
    assert lifecycle.delete(Issue.objects.order_by("digest_order")[:1], bo) == 1
    assert list(Issue.objects.order_by("digest_order").values_list("status", flat=True)) == ["muted", "muted"]


def test_issues_of_several_projects_change(three: list[Issue], bo: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    record(other.pk, [thrown()], NOW)
    assert lifecycle.resolve(Issue.objects.all(), None) == 3
    assert lifecycle.delete(Issue.objects.all(), None) == 4
    assert list(Project.objects.values_list("stored_event_count", flat=True)) == [0, 0]


def test_a_deleted_issue_leaves_only_counts(three: list[Issue], shop: Project, bo: User) -> None:
    assert lifecycle.delete(Issue.objects.filter(pk=three[0].pk), bo) == 1
    for model in (Event, Grouping):
        assert not model._default_manager.filter(issue=three[0].pk).exists()
    for model in (Event, Grouping, IssueHour, IssuePerson):
        assert model._default_manager.count() == 2
    shop.refresh_from_db()
    assert (shop.stored_event_count, shop.digested_event_count, shop.last_digest_order) == (2, 4, 3)


def test_events_after_deletion_create_a_new_issue(three: list[Issue], shop: Project, bo: User) -> None:
    lifecycle.delete(Issue.objects.filter(pk=three[0].pk), bo)
    assert kinds(record(shop.pk, [thrown("Open")], NOW)) == ["new"]
    issue = Issue.objects.get(type="Open")
    assert (issue.digest_order, issue.event_count) == (4, 1)


def test_deletion_reduces_the_stored_count_only(three: list[Issue], shop: Project, bo: User) -> None:
    Issue.objects.filter(pk=three[0].pk).update(stored_event_count=1)
    Event.objects.filter(issue=three[0], digest_order=1).delete()
    Project.objects.update(stored_event_count=3)
    lifecycle.delete(Issue.objects.filter(pk=three[0].pk), bo)
    shop.refresh_from_db()
    assert shop.stored_event_count == 2


@pytest.mark.django_db(transaction=True)
def test_people_and_the_digest_at_the_same_time_lose_nothing() -> None:
    project = Project.objects.create(name="Busy", slug="busy")
    failures: list[BaseException] = []
    done = threading.Event()

    def digest() -> None:
        try:
            for turn in range(30):
                record(project.pk, [thrown("A"), thrown("B"), thrown(f"C{turn}")], NOW)
        except BaseException as error:
            failures.append(error)
        finally:
            done.set()
            connections.close_all()

    def people() -> None:
        try:
            while not done.is_set():
                lifecycle.resolve(Issue.objects.filter(type="A"), None)
                lifecycle.delete(Issue.objects.filter(type="B"), None)
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=digest), threading.Thread(target=people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    project.refresh_from_db()
    assert project.digested_event_count == 90
    assert project.stored_event_count == Event.objects.count()
    assert Issue.objects.get(type="A").event_count == 30
    for issue in Issue.objects.all():
        assert issue.event_count == issue.stored_event_count == issue.events.count()


def test_the_history_names_who_made_a_change(three: list[Issue], bo: User) -> None:
    made = Activity.objects.filter(kind="created")
    assert made.count() == 3
    for verb in (lifecycle.resolve, lifecycle.reopen, lifecycle.mute, lifecycle.unmute):
        verb(Issue.objects.filter(pk=three[0].pk), bo)
        verb(Issue.objects.filter(pk=three[0].pk), bo)  # changes nothing any more
    found = Activity.objects.filter(issue=three[0]).exclude(kind="created").order_by("id")
    assert list(found.values_list("kind", "user", "event")) == [
        (kind, bo.pk, None) for kind in ("resolved", "reopened", "muted", "unmuted")
    ]
    lifecycle.resolve(Issue.objects.filter(pk=three[0].pk), None)
    assert Activity.objects.latest("id").user is None


@pytest.mark.parametrize("count", [1, 100])
def test_statements_do_not_grow_with_issues(
    shop: Project, bo: User, count: int, django_assert_max_num_queries
) -> None:
    record(shop.pk, [thrown(f"E{number}") for number in range(count)], NOW)
    with django_assert_max_num_queries(9):
        assert lifecycle.mute(Issue.objects.all(), bo) == count
    assert Activity.objects.filter(kind="muted", user=bo).count() == count


def test_nothing_changes_when_the_history_cannot_be_written(
    three: list[Issue], bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("full")

    monkeypatch.setattr(Activity.objects, "bulk_create", broken)
    with pytest.raises(RuntimeError):
        lifecycle.resolve(Issue.objects.all(), bo)
    assert not Issue.objects.filter(pk=three[0].pk, status="resolved").exists()


@pytest.mark.parametrize(
    ("verb", "of", "news"),
    [
        (lifecycle.resolve, ("Open", "Muted"), "resolved"),
        (lifecycle.reopen, ("Resolved",), "reopened"),
        (lifecycle.mute, ("Open", "Resolved"), "muted"),
        (lifecycle.unmute, ("Muted",), "unmuted"),
    ],
)
def test_each_verb_is_written_down_for_alerts(
    three: list[Issue], bo: User, verb, of: tuple[str, ...], news: str
) -> None:
    AlertFact.objects.all().delete()
    verb(Issue.objects.all(), bo)
    verb(Issue.objects.all(), bo)  # changes nothing any more
    found = facts.changes_of(AlertFact.objects.get())
    issues = {issue.pk: issue for issue in three}
    assert {issues[change.issue].type for change in found if change.issue} == set(of)
    assert {(change.news.value, change.event, change.level, change.by) for change in found} == {
        (news, None, 40, bo.pk)
    }


def test_resolving_many_issues_writes_few_rows(shop: Project, bo: User) -> None:
    record(shop.pk, [thrown(f"E{number}", release="1.0") for number in range(600)], NOW)
    AlertFact.objects.all().delete()
    lifecycle.resolve(Issue.objects.all(), bo)
    rows = [facts.changes_of(fact) for fact in AlertFact.objects.order_by("pk")]
    assert [len(row) for row in rows] == [500, 100]
    assert {change.release for row in rows for change in row} == {"1.0"}
    lifecycle.recover(Issue.objects.all())  # all are resolved already
    assert AlertFact.objects.count() == 2
