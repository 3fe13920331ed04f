from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Project
from ingest import spool
from ingest.digest import loop
from ingest.spool import Backlog, Claim, Record, backlog, files
from ingest.spool.record import Damage, Passed, outline, read
from issues.models import Event, Issue
from tests.lib import events
from tests.lib.spooled import event, progress_rows, spooled

FLOOD, QUIET, THIRD = 1, 2, 3


def sized(project: int, number: int, size: int = 1000) -> Record:
    return spooled(project, "event", b"x" * size, number)


def seal(directory: Path, *records: Record) -> str:
    before = set(files.named(directory, files.SEALED))
    spool.write_sealed(directory, records, fsync=False)
    (path,) = set(files.named(directory, files.SEALED)) - before
    return path.name


def taken(claims: list[Claim]) -> list[tuple[str, set[int] | None]]:
    return [(claim.segment.path.name, claim.projects and set(claim.projects)) for claim in claims]


def release(claims: list[Claim]) -> None:
    for claim in claims:
        claim.segment.release()


def finish(waiting: Backlog, claims: list[Claim]) -> None:
    for claim in claims:
        list(claim.segment.records(claim.projects))
        if waiting.done(claim, {}):
            claim.segment.settle()
        claim.segment.release()


def test_a_backlog_that_fits_is_claimed_as_a_whole(tmp_path: Path) -> None:
    names = [seal(tmp_path, sized(FLOOD, 1), sized(QUIET, 2)), seal(tmp_path, sized(FLOOD, 3))]
    waiting = Backlog(tmp_path)
    claims = waiting.claim(100_000)
    assert taken(claims) == [(name, None) for name in names]
    finish(waiting, claims)
    assert files.named(tmp_path, files.SEALED) == []
    assert waiting.claim(100_000) == []


def test_a_flood_does_not_delay_other_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "LIST_SHARE", float("inf"))  # what is sealed is seen at once
    flood = [seal(tmp_path, *(sized(FLOOD, 10 * n + m) for m in range(10))) for n in range(20)]
    mixed = seal(tmp_path, *(sized(FLOOD, 300 + m) for m in range(10)), sized(QUIET, 1))
    waiting = Backlog(tmp_path)
    claims = waiting.claim(20_000)
    assert taken(claims) == [(flood[0], {FLOOD}), (mixed, {QUIET})]
    quiet = list(claims[1].segment.records(claims[1].projects))
    assert [(place, record.project_id) for place, record in quiet] == [(10, QUIET)]
    finish(waiting, claims)
    assert (tmp_path / mixed).exists(), "its records of the flood are not digested yet"
    assert not (tmp_path / flood[0]).exists()

    # From here on only the flood is left, in its order; new records of the other project do not delay it.
    claims = waiting.claim(20_000)
    assert taken(claims) == [(flood[1], {FLOOD})]
    finish(waiting, claims)
    late = seal(tmp_path, sized(QUIET, 2))
    claims = waiting.claim(20_000)
    assert taken(claims) == [(flood[2], {FLOOD}), (late, {QUIET})]
    finish(waiting, claims)

    served = []
    while claims := waiting.claim(20_000):
        served += [claim.segment.path.name for claim in claims]
        finish(waiting, claims)
    assert served == [*flood[3:], mixed]
    assert files.named(tmp_path, files.SEALED) == []


def test_two_floods_get_equal_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "LIST_SHARE", float("inf"))
    for n in range(30):
        seal(tmp_path, *(sized(FLOOD, 10 * n + m) for m in range(10)))
    for n in range(30):
        seal(tmp_path, *(sized(THIRD, 1000 + 10 * n + m, 500) for m in range(10)))
    waiting = Backlog(tmp_path)
    got: Counter[int] = Counter()
    for _ in range(10):
        claims = waiting.claim(25_000)
        for claim in claims:
            got.update(
                {
                    record.project_id: len(record.payload)
                    for _, record in claim.segment.records(claim.projects)
                }
            )
        finish(waiting, claims)
    assert abs(got[FLOOD] - got[THIRD]) <= 25_000
    # A project that joins now starts with the others: neither it nor they have to catch up.
    seal(tmp_path, sized(QUIET, 1))
    for n in range(5):
        seal(tmp_path, *(sized(QUIET, 5000 + 10 * n + m) for m in range(10)))
    projects: list[set[int]] = []
    for _ in range(3):
        claims = waiting.claim(25_000)
        projects.append(set().union(*(claim.projects or set() for claim in claims)))
        finish(waiting, claims)
    assert QUIET in set().union(*projects[:2])
    assert set().union(*projects) == {FLOOD, QUIET, THIRD}


def test_digests_take_turns_with_a_segment(tmp_path: Path) -> None:
    name = seal(tmp_path, sized(FLOOD, 1), sized(QUIET, 2, 10))
    rest = [seal(tmp_path, *(sized(FLOOD, 10 * n + m) for m in range(10))) for n in range(1, 4)]
    one, other = Backlog(tmp_path), Backlog(tmp_path)
    claims = one.claim(1)
    assert taken(claims) == [(name, {QUIET})]
    # The segment is held: the other digest continues after it.
    beside = other.claim(1)
    assert taken(beside) == [(rest[0], {FLOOD})]
    finish(one, claims)
    release(beside)
    claims = other.claim(1)
    assert taken(claims) == [(name, {QUIET})], "this digest cannot know that the other has digested its part"
    release(claims)
    claims = Backlog(tmp_path).claim(5000)
    assert taken(claims) == [(name, {FLOOD, QUIET})]
    release(claims)
    claims = one.claim(1)
    assert taken(claims) == [(name, {FLOOD})]
    # By now another digest has digested its part, as the database says.
    assert one.done(claims[0], {QUIET: 2})
    release(claims)


def test_parts_that_another_digest_has_done_are_skipped(tmp_path: Path) -> None:
    name = seal(tmp_path, sized(FLOOD, 1), sized(QUIET, 2, 10), sized(FLOOD, 3))
    seal(tmp_path, sized(THIRD, 4, 9000))
    waiting = Backlog(tmp_path)
    (claim,) = waiting.claim(1)
    assert taken([claim]) == [(name, {QUIET})]
    assert not waiting.done(claim, {FLOOD: 2})
    assert waiting.done(claim, {FLOOD: 3})
    claim.segment.release()


def test_the_outlines_in_memory_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        seal(tmp_path, sized(number, number))
    looked: list[bytes] = []
    real = backlog.outline
    monkeypatch.setattr(backlog, "outline", lambda data: looked.append(data) or real(data))
    monkeypatch.setattr(backlog, "MAX_PARTS", 10)
    waiting = Backlog(tmp_path)
    digested = 0
    while claims := waiting.claim(5000):
        digested += len(claims)
        assert len(looked) <= 10 + digested
        finish(waiting, claims)
    assert digested == 30


def test_descriptors_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MAX_CLAIMED", 5)
    names = [seal(tmp_path, sized(FLOOD, number), sized(QUIET, number)) for number in range(12)]
    waiting = Backlog(tmp_path)
    sizes = []
    while claims := waiting.claim(10**9):
        sizes.append(len(claims))
        finish(waiting, claims)
    assert sizes[0] == 5
    assert max(sizes) <= 5
    assert not any((tmp_path / name).exists() for name in names)


def test_segments_without_records(tmp_path: Path) -> None:
    torn = seal(tmp_path, sized(FLOOD, 1))
    (tmp_path / torn).write_bytes((tmp_path / torn).read_bytes()[:20])
    names = [seal(tmp_path, sized(FLOOD, n, 5000)) for n in range(4)]
    waiting = Backlog(tmp_path)
    seen = []
    while claims := waiting.claim(6000):
        seen += [claim.segment.path.name for claim in claims]
        finish(waiting, claims)
    assert sorted(seen) == sorted([torn, *names])
    assert files.named(tmp_path, files.SEALED) == []


records = st.lists(st.builds(sized, st.integers(0, 3), st.integers(0, 99), st.integers(0, 50)), max_size=8)


@given(
    written=records,
    wanted=st.sets(st.integers(0, 3)),
    cut=st.integers(0, 300),
    flip=st.none() | st.integers(0, 2000),
)
def test_an_outline_counts_everything_that_is_read(
    written: list[Record], wanted: set[int], cut: int, flip: int | None
) -> None:
    data = bytearray(b"".join(one.encode() for one in written))
    if flip is not None and data:
        data[flip % len(data)] ^= 1
    whole = bytes(data[: len(data) - cut] if cut % 3 == 0 else data)
    everything = list(read(whole))
    some = list(read(whole, wanted))
    assert len(everything) == len(some)
    parts = outline(whole)
    for place, (found, again) in enumerate(zip(everything, some, strict=True)):
        if isinstance(found, Record):
            assert place < parts[found.project_id].end
            assert again == (found if found.project_id in wanted else Passed(None))
        else:
            # Damage in the records of projects that are not wanted is found when they are.
            assert again == found or again == Passed(None) and isinstance(found, Damage)
    if flip is None and whole == data:
        for project, part in parts.items():
            mine = [one for one in written if one.project_id == project]
            assert part.bytes == sum(len(one.encode()) - 8 for one in mine)


@pytest.mark.django_db
def test_a_backlog_of_one_project_leaves_room_for_another(tmp_path: Path, shop: Project) -> None:
    pay = Project.objects.create(name="Pay", slug="pay")
    padding = {"exception": {"values": [{"type": "E"}]}, "extra": {"pad": "x" * 20_000}}
    for start in range(0, 2000, 100):
        flood = [event(shop.pk, n, payload=events.dumps(padding)) for n in range(start, start + 100)]
        spool.write_sealed(tmp_path, flood, fsync=False)
    spool.write_sealed(tmp_path, [event(pay.pk, 1), event(shop.pk, 5000), event(pay.pk, 2)], fsync=False)
    worker = loop.Digest(tmp_path)
    worker.claim()
    assert pay.events.count() == 2
    assert shop.events.count() < 1000
    assert len(progress_rows()) > 0
    while worker.claim() is not None:
        pass
    assert shop.events.count() == 2001
    assert pay.events.count() == 2
    issue = Issue.objects.get(project=shop, event_count__gt=1000)
    orders = Event.objects.filter(issue=issue).order_by("digest_order").values_list("ingested_at", flat=True)
    assert list(orders) == sorted(orders), "in the order in which they were received"
    assert files.named(tmp_path, files.SEALED) == []
