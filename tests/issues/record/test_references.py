"""Compression against references, and how references are created, replaced and deleted."""

from __future__ import annotations

import gc
import random
import string
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from issues.models import Event, Issue, Reference
from issues.payload import read
from issues.record import codec, references, writer
from rustrak.lib import clock, ids
from rustrak.lib.sized_cache import SizedCache
from tests.lib import events

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "_cache", SizedCache(1_000_000))


def record(project: Project, *sent: dict[str, Any]) -> None:
    writer.record(
        project.pk,
        [
            read.read(events.dumps(event), event_id=ids.new_event_id(), received_at=clock.now())
            for event in sent
        ],
        clock.now(),
    )


def alike(number: int) -> dict[str, Any]:
    return {**events.big_event(number), "fingerprint": ["alike"], "event_id": ids.new_event_id()}


def noise(seed: int, length: int = 3000) -> dict[str, Any]:
    letters = random.Random(seed)
    text = "".join(letters.choice(string.printable) for _ in range(length))
    return {"fingerprint": ["alike"], "message": "noise", "extra": {"noise": text}}


def stored(project: Project) -> list[bytes]:
    rows = Event.objects.filter(project=project).order_by("digest_order").values_list("payload", flat=True)
    return [bytes(row) for row in rows]


def test_the_first_events_need_no_reference(shop: Project) -> None:
    for number in range(references.FROM_EVENT - 1):
        record(shop, alike(number))
    assert not Reference.objects.exists()
    assert {form[0] for form in stored(shop)} == {codec.PLAIN}


@pytest.mark.parametrize("batch", [1, 3, 40])
def test_later_events_use_a_reference_and_are_read_back(shop: Project, batch: int) -> None:
    sent = [alike(number) for number in range(40)]
    for start in range(0, 40, batch):
        record(shop, *sent[start : start + batch])
    (reference,) = Reference.objects.all()
    forms = stored(shop)
    assert references.read(forms) == sent
    users = [form for form in forms if codec.reference_id(form) == reference.pk]
    assert reference.uses == len(users) >= 40 - references.FROM_EVENT + 1
    assert sum(map(len, users)) < len(users) * 0.2 * len(codec.encode(events.dumps(sent[0])))


def test_fifty_events_need_one_query(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = [alike(number) for number in range(50)]
    record(shop, *sent)
    forms = stored(shop)
    monkeypatch.setattr(references, "_cache", SizedCache(1_000_000))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert references.read(forms) == sent
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        references.read(forms)
    assert len(queries) == 0


def test_a_reference_that_no_longer_helps_is_replaced(shop: Project) -> None:
    for number in range(6):
        record(shop, alike(number))
    old = Reference.objects.get()
    for seed in range(20):
        record(shop, {**noise(7), "transaction": f"t{seed}"})
    old.refresh_from_db()
    new = Reference.objects.get(is_current=True)
    assert not old.is_current
    assert new.pk != old.pk
    assert codec.reference_id(stored(shop)[-1]) == new.pk
    # Events that were compressed against the replaced reference can still be read.
    assert [form["fingerprint"] for form in references.read(stored(shop))] == [["alike"]] * 26


def test_one_odd_event_does_not_replace_the_reference(shop: Project) -> None:
    for number in range(6):
        record(shop, alike(number))
    record(shop, noise(1))
    record(shop, alike(7))
    reference = Reference.objects.get()
    assert reference.is_current
    assert reference.misses == 0


def test_deleting_any_event_leaves_the_others_readable(shop: Project) -> None:
    sent = [alike(number) for number in range(12)]
    record(shop, *sent)
    Event.objects.filter(project=shop, digest_order__lte=8).delete()
    assert references.read(stored(shop)) == sent[8:]


def test_a_reference_is_deleted_with_its_last_event(shop: Project) -> None:
    record(shop, *[alike(number) for number in range(10)])
    forms = stored(shop)
    with transaction.atomic():
        references.release(form[: codec.HEAD_BYTES] for form in forms[:-1])
    assert Reference.objects.get().uses == 1
    with transaction.atomic():
        references.release(forms[-1:])
    assert not Reference.objects.exists()


def test_an_event_without_its_reference_raises(shop: Project) -> None:
    record(shop, *[alike(number) for number in range(10)])
    forms = stored(shop)
    Reference.objects.all().delete()
    references._cache = SizedCache(1_000_000)
    with pytest.raises(codec.UnknownForm):
        references.read(forms)


def test_issues_do_not_share_references(shop: Project) -> None:
    record(
        shop,
        *[{**alike(number), "fingerprint": [f"issue {number % 3}"]} for number in range(30)],
    )
    assert Reference.objects.count() == 3
    assert set(Reference.objects.values_list("issue_id", flat=True)) == set(
        Issue.objects.values_list("id", flat=True)
    )


def test_no_payloads_need_no_query() -> None:
    assert references.encode(1, []) == []
    references.release([])
    assert references.read([]) == []


def test_ids_fit_their_column(shop: Project) -> None:
    record(shop, *[alike(number) for number in range(5)])
    reference = Reference.objects.get()
    assert 0 < reference.pk < 2**63
    assert isinstance(reference.issue_id, UUID)


def test_large_payloads_are_shown_while_the_collector_is_paused() -> None:
    """It would look at all of their objects in one call, which stops the whole process for a quarter of a second."""
    for size, pauses in ((10, False), (100_000, True)):
        sent = {"extra": [[]] * size}
        shown = references.show(codec.encode(sent), lambda payload: (payload, gc.isenabled()))
        assert shown == (sent, not pauses)
