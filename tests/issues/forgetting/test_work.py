from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import AuditEntry, Project
from ingest.ledger import latest_requests
from issues import forgetting, usage
from issues.forgetting import steps, work
from issues.models import (
    Attachment,
    Event,
    Forgetting,
    Issue,
    IssuePerson,
    IssueTag,
    IssueTagKey,
    IssueText,
    Person,
    Reference,
    SessionDay,
    Usage,
    UserReport,
)
from issues.record import references
from issues.record.writer import record
from rustrak.lib import clock
from tests.issues.forgetting.conftest import LINK, PERSON, SECRETS, ZELDA, event
from tests.lib.everything import places_of
from tests.lib.occurrences import NOW, occurrence

pytestmark = pytest.mark.django_db


def forget(project: Project, person: int = PERSON) -> Forgetting:
    return forgetting.finish(forgetting.ask(project, person), latest_requests.forget)


def _payloads() -> list[str]:
    return [
        data.decode().lower()
        for data in references.data_of(list(Event.objects.values_list("payload", flat=True)))
    ]


def test_nothing_stored_names_the_person_any_more(
    world: Project, django_capture_on_commit_callbacks: Any
) -> None:
    assert Reference.objects.exists()
    for secret in SECRETS:
        assert places_of(secret), secret
    with django_capture_on_commit_callbacks(execute=True):
        job = forget(world)
    assert (job.state, job.total, job.done, job.deleted, job.trouble) == ("done", 9, 9, 4, "")
    assert {secret: places_of(secret) for secret in SECRETS} == dict.fromkeys(SECRETS, [])


def test_others_keep_everything(world: Project) -> None:
    before = sorted(each for each in _payloads() if "qx" not in each)
    assert len(before) == 5
    forget(world)
    assert sorted(_payloads()) == before
    assert [person.user_id for person in Person.objects.all()] == ["wvacc-112"]
    assert Attachment.objects.count() == 1
    assert [report.comments for report in UserReport.objects.all()] == ["fine"]
    assert {day.people for day in SessionDay.objects.all()} == {1}
    record(world.pk, [occurrence(event(LINK)) for _ in range(3)], NOW)  # against no reference of hers
    assert Event.objects.count() == 8


def test_numbers_are_right(world: Project) -> None:
    shared, alone = Issue.objects.order_by("digest_order")
    forget(world)
    shared.refresh_from_db()
    alone.refresh_from_db()
    assert (shared.event_count, shared.stored_event_count, shared.user_count) == (8, 5, 1)
    assert (alone.event_count, alone.stored_event_count, alone.user_count) == (1, 0, 0)
    assert (alone.value, alone.title) == ("no room for [forgotten]", "Alone: no room for [forgotten]")
    world.refresh_from_db()
    assert world.stored_event_count == 5
    for issue in (shared, alone):
        people = IssuePerson.objects.filter(grouping__issue=issue).values("person").distinct().count()
        assert issue.user_count == people
    for key in IssueTagKey.objects.all():
        assert key.values_kept == IssueTag.objects.filter(grouping=key.grouping_id, key=key.key).count()
    counted = Usage.objects.values().get(pk=world.pk)
    usage.recount(world.pk, clock.now())
    again = Usage.objects.values().get(pk=world.pk)
    names = [f"{kind}_{what}" for kind in ("report", "attachment", "session") for what in ("count", "bytes")]
    names += ["event_count", "tag_count"]
    assert {name: counted[name] for name in names} == {name: again[name] for name in names}


@pytest.mark.parametrize("number", range(len(steps.STEPS)))
def test_a_killed_process_loses_and_repeats_nothing(
    world: Project, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_EVENTS", 2)
    monkeypatch.setattr(steps, "_ISSUES", 1)
    real = list(steps.STEPS)

    def die(*arguments: Any) -> steps.Part:
        part = real[number](*arguments)

        def write() -> None:
            part.write()
            raise SystemExit

        return steps.Part(write, part.position, part.looked, part.found)

    monkeypatch.setattr(work, "STEPS", [*real[:number], die, *real[number + 1 :]])
    job = forgetting.ask(world, PERSON)
    with pytest.raises(SystemExit):
        forgetting.run(latest_requests.forget)
    job.refresh_from_db()
    assert (job.state, job.step, job.leased_until) == ("running", number, None)
    monkeypatch.setattr(work, "STEPS", real)
    forgetting.run(latest_requests.forget)
    job.refresh_from_db()
    assert (job.state, job.done, job.deleted, job.names) == ("done", 9, 4, [])
    assert [issue.user_count for issue in Issue.objects.order_by("digest_order")] == [1, 0]
    assert places_of("xzelda") == []


def test_one_job_at_a_time_and_again_without_harm(world: Project) -> None:
    job = forgetting.ask(world, PERSON)
    assert forgetting.ask(world, PERSON) == job
    forgetting.run(latest_requests.forget)
    with pytest.raises(forgetting.NotPossible, match="Nothing is stored"):
        forgetting.ask(world, PERSON)
    record(world.pk, [occurrence(event(ZELDA))], NOW)  # as usual
    assert Issue.objects.order_by("digest_order")[0].user_count == 2
    again = forget(world)
    said = AuditEntry.objects.filter(action="user.forget").values_list("target_name", "project_name")
    assert list(said) == [(str(PERSON), "Shop")] * 2
    assert (again.pk != job.pk, again.state, again.deleted) == (True, "done", 1)


def test_a_database_in_trouble_is_waited_for_and_a_mistake_ends_it(
    world: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = forgetting.ask(world, PERSON)
    for error, state in (
        (OperationalError("the database is locked"), "running"),
        (ValueError("odd"), "stopped"),
    ):

        def fail(*arguments: object, error: Exception = error) -> steps.Part:
            raise error

        monkeypatch.setattr(work, "STEPS", [fail])
        if isinstance(error, OperationalError):
            with pytest.raises(OperationalError):
                forgetting.run(latest_requests.forget)
        else:
            forgetting.run(latest_requests.forget)
        job.refresh_from_db()
        assert (job.state, job.leased_until) == (state, None)
    assert "Ask for it again" in job.trouble
    assert job.names == []


def test_other_projects_and_somebody_elses_address_stay(world: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    record(other.pk, [occurrence(event(ZELDA))], NOW)
    same_address = {"ip_address": ZELDA["ip_address"]}
    record(world.pk, [occurrence(event(same_address))], NOW)
    forget(world)
    assert Event.objects.filter(project=other).count() == 1
    assert Issue.objects.get(project=other).user_count == 1
    assert Person.objects.filter(project=world, ip_address=ZELDA["ip_address"]).count() == 1
    assert forget(world, Person.objects.get(project=world, email="", user_id="").person).deleted == 1


def test_somebody_whose_names_have_expired(world: Project) -> None:
    Person.objects.filter(user_id="qxacc-778").delete()
    job = forget(world)
    assert (job.state, job.deleted) == ("done", 3)


def test_words_of_others_are_found_again(world: Project) -> None:
    forget(world)
    world.refresh_from_db()
    assert world.is_indexed
    for words, found in (("wvlink", 1), ("qxzelda", 0)):
        assert sum(words in each.other for each in IssueText.objects.all()) == found
