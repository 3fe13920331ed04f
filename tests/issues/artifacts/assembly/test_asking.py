"""issues/artifacts/assembly/asking.py: whatever order pieces, questions, deaths and time come in, an upload is stored once or refused"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.models import Membership, Project, User
from issues.artifacts.assembly import asking, states, waiting, work
from issues.models import Artifact, Upload, UploadChunk, Usage
from rustrak.lib import clock
from tests.lib.artifacts import BundleFile, bundle
from tests.lib.remote_storage import Elsewhere
from tests.lib.uploads import pieces, send, sha1, upload, wanted

pytestmark = pytest.mark.django_db

SAME = BundleFile("~/vendor.js", b"same();" * 60)
ONE = bundle([SAME, BundleFile("~/one.js", b"one()")], compression=zipfile.ZIP_STORED)
TWO = bundle([SAME, BundleFile("~/two.js", b"two()")], compression=zipfile.ZIP_STORED)
BARE = bundle([SAME], compression=zipfile.ZIP_STORED, manifest=False)
SIZE = 200
PIECES = list(dict.fromkeys(piece for data in (ONE, TWO, BARE) for piece in pieces(data, SIZE)))
#: Uploads by name: what is asked for, and the names of the artifacts, None where it is refused.
ASKED: dict[str, tuple[Any, set[str] | None]] = {
    "one": (wanted(ONE, size=SIZE), {"~/vendor.js", "~/one.js"}),
    "two": (wanted(TWO, size=SIZE), {"~/vendor.js", "~/two.js"}),
    "bare": (wanted(BARE, size=SIZE), None),
    "wrong": (wanted(ONE, size=SIZE, checksum=sha1(b"another")), None),
}


def test_two_bundles_share_pieces() -> None:
    assert set(pieces(ONE, SIZE)) & set(pieces(TWO, SIZE))


class Uploads(RuleBasedStateMachine):
    """Two people, two projects, four uploads, pieces in any order, workers that die, a storage that goes away."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.projects = [Project.objects.create(name=name, slug=name) for name in ("a", "b")]
        self.people = [User.objects.create_user(f"{name}@example.org") for name in ("dee", "eve")]
        for user in self.people:
            Membership.objects.bulk_create(Membership(user=user, project=each) for each in self.projects)
        Elsewhere.kept, Elsewhere.down = {}, None

    def ask(self, user: int, name: str, projects: list[Project]) -> states.Standing:
        standing = asking.ask(self.people[user], projects, ASKED[name][0])
        there = set(UploadChunk.objects.filter(user=self.people[user]).values_list("sha1", flat=True))
        assert not there & set(standing.missing), "a piece that is there is not asked for again"
        if standing.state in {states.OK, states.ERROR}:
            names = ASKED[name][1]
            assert (standing.state == states.OK) == (names is not None)
        return standing

    @rule(user=st.integers(0, 1), piece=st.sampled_from(PIECES))
    def piece_arrives(self, user: int, piece: bytes) -> None:
        if Elsewhere.down is None:
            send(self.people[user], self.directory, piece)

    @rule(user=st.integers(0, 1), name=st.sampled_from(["one", "two", "bare"]))
    def all_pieces_arrive(self, user: int, name: str) -> None:
        data = {"one": ONE, "two": TWO, "bare": BARE}[name]
        if Elsewhere.down is None:
            send(self.people[user], self.directory, *pieces(data, SIZE))

    @rule(
        user=st.integers(0, 1),
        name=st.sampled_from(list(ASKED)),
        projects=st.sampled_from([[0], [1], [0, 1]]),
    )
    def asked(self, user: int, name: str, projects: list[int]) -> None:
        self.ask(user, name, [self.projects[index] for index in projects])

    @rule()
    def a_worker_dies(self) -> None:
        for pk in Upload.objects.filter(state__in=states.UNFINISHED).values_list("pk", flat=True):
            work.take(pk)

    @rule()
    def time_passes(self) -> None:
        for row in Upload.objects.exclude(leased_until=None):
            Upload.objects.filter(pk=row.pk).update(leased_until=clock.now() - timedelta(seconds=1))
        Upload.objects.filter(state=states.ERROR).update(finished_at=clock.now() - timedelta(minutes=5))

    @rule(is_away=st.booleans())
    def storage(self, is_away: bool) -> None:
        Elsewhere.down = RuntimeError("no bucket") if is_away else None

    @rule()
    def deliver_runs(self) -> None:
        waiting.run()

    @invariant()
    def each_upload_is_there_once(self) -> None:
        keys = list(Upload.objects.values_list("project", "checksum"))
        assert len(keys) == len(set(keys))
        for row in Upload.objects.all():
            names = list(Artifact.objects.filter(upload=row).values_list("name", flat=True))
            known = {asked.checksum: names for asked, names in ASKED.values()}[row.checksum]
            expected = known if row.state == states.OK else set()
            assert sorted(names) == sorted(expected or ())
            assert row.artifact_count == len(names)

    def teardown(self) -> None:
        try:
            Elsewhere.down = None
            self.time_passes()
            for name, (_, names) in ASKED.items():
                if name != "wrong":
                    self.all_pieces_arrive(0, name)
                end = self.ask(0, name, self.projects)
                assert end.state == (states.OK if names else states.ERROR), (name, end)
            self.each_upload_is_there_once()
            assert Upload.objects.count() == 2 * len(ASKED)
            assert all(used.artifact_bytes > 0 for used in Usage.objects.all())
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            shutil.rmtree(self.directory)


def test_every_upload_ends_in_one_state(elsewhere: type[Elsewhere]) -> None:
    run_state_machine_as_test(
        Uploads, settings=hypothesis_settings(max_examples=8, stateful_step_count=10, deadline=None)
    )


def test_an_upload_is_invisible_to_other_people_and_projects(
    bo: User, cy: User, shop: Project, stored: Path, tmp_path: Path
) -> None:
    own = Project.objects.create(name="Own", slug="own")
    Membership.objects.create(user=cy, project=own)
    assert upload(bo, [shop], ONE, tmp_path).state == states.OK
    # The same content in another project, by another person: neither pieces nor files of the first are used.
    asked = asking.ask(cy, [own], wanted(ONE))
    assert (asked.state, len(asked.missing)) == (states.NOT_FOUND, len(pieces(ONE)))
    assert not Artifact.objects.filter(project=own).exists()
    assert upload(cy, [own], ONE, tmp_path).state == states.OK
    keys = set(Artifact.objects.values_list("file__file", flat=True))
    assert len(keys) == 4
    # Bo may not see Own: whatever Bo's pieces are, they are not what Cy's upload is assembled from.
    assert set(Upload.objects.values_list("by", flat=True)) == {bo.pk, cy.pk}


def test_what_is_stored_is_told_at_once_and_keeps_it(
    bo: User, shop: Project, stored: Path, tmp_path: Path
) -> None:
    upload(bo, [shop], ONE, tmp_path)
    old = clock.now() - timedelta(days=3)
    Upload.objects.update(created_at=old)
    UploadChunk.objects.all().delete()
    assert asking.ask(bo, [shop], wanted(ONE)).state == states.OK
    assert Upload.objects.get().last_used_at > old
    shop.refresh_from_db()
    assert shop.artifacts_version == 1


def test_an_upload_of_another_release_or_dist_is_another_one(
    bo: User, shop: Project, stored: Path, tmp_path: Path
) -> None:
    for fields in ({}, {"release": "1.0"}, {"release": "1.0", "dist": "7"}, {"release": "2.0"}):
        assert upload(bo, [shop], ONE, tmp_path, **fields).state == states.OK
    found = Artifact.objects.filter(name="~/one.js").order_by("pk").values_list("release", "dist")
    assert list(found) == [("", ""), ("1.0", ""), ("1.0", "7"), ("2.0", "")]
    # The bytes are there once.
    assert Artifact.objects.values("file").distinct().count() == 2


def test_a_project_has_so_many_uploads_at_most(
    bo: User, shop: Project, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_UPLOADS", 1)
    upload(bo, [shop], ONE, tmp_path)
    refused = upload(bo, [shop], TWO, tmp_path)
    assert refused.state == states.ERROR
    assert "Delete some" in refused.detail


def test_a_large_upload_is_left_to_deliver(
    bo: User, shop: Project, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_OWN_BYTES", 1)
    assert upload(bo, [shop], ONE, tmp_path).state == states.CREATED
    assert waiting.run() == 1
    assert asking.ask(bo, [shop], wanted(ONE)).state == states.OK
    # Unless nobody does it.
    assert upload(bo, [shop], TWO, tmp_path).state == states.CREATED
    Upload.objects.filter(state=states.CREATED).update(created_at=clock.now() - timedelta(minutes=1))
    assert asking.ask(bo, [shop], wanted(TWO)).state == states.OK
