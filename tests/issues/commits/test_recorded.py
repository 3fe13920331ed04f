from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import FormerSlug, Project, User
from issues import merging, usage
from issues.commits import recorded
from issues.commits.recorded import SentCommit, head, set_commits, set_refs
from issues.models import Activity, Commit, CommitFile, Issue, Release, Repository, Usage
from issues.releases import rows, tools
from issues.releases.rows import BadRelease
from issues.states import sentences
from rustrak.lib import clock
from tests.lib import builders

pytestmark = pytest.mark.django_db


def release(project: Project, version: str = "shop@1.1") -> Release:
    return rows.create(project, version)[0]


def session_bytes(project: Project) -> int:
    return Usage.objects.get(pk=project.pk).session_bytes


def test_a_call_replaces_what_the_release_had(shop: Project, bo: User) -> None:
    one = release(shop)
    before = session_bytes(shop)
    sent = SentCommit(
        "b" * 40, "acme/shop", "Mend\0 it\ud800", " Ana\n Lee ", "ANA@example.com", clock.now(),
        (("src/cart.ts", "m"), ("./src/a.ts", "A"), ("x" * 1_001, "M"), ("old.ts", "R")),
    )  # fmt: skip
    done = set_commits(shop, one, [sent, SentCommit("a" * 40), sent], by=bo)
    assert (done.commits, done.files, done.kept_commits, done.kept_files) == (2, 4, 2, 3)
    newest, oldest = Commit.objects.order_by("position")
    assert (newest.message, newest.author_name, newest.author_email) == (
        "Mend it?",
        "Ana Lee",
        "ana@example.com",
    )
    assert (newest.file_count, oldest.sha, oldest.committed_at) == (4, "a" * 40, None)
    assert sorted(CommitFile.objects.values_list("path", "change")) == [
        ("old.ts", "M"), ("src/a.ts", "A"), ("src/cart.ts", "M"),
    ]  # fmt: skip
    one.refresh_from_db()
    assert (one.commit_count, session_bytes(shop) - before) == (2, one.commit_bytes)
    assert (head(one), head(one, "ACME/shop"), head(one, "x")) == ("b" * 40, "b" * 40, "")
    usage.recount(shop.pk, clock.now())
    assert session_bytes(shop) - before == one.commit_bytes
    set_commits(shop, one, [SentCommit("c")], by=bo)
    assert list(Commit.objects.values_list("sha", flat=True)) == ["c"]
    assert not CommitFile.objects.exists()
    recorded.delete(one)
    assert (session_bytes(shop), Commit.objects.exists()) == (before, False)
    assert Repository.objects.get().name == "acme/shop"


def test_heads_are_those_of_the_last_call(shop: Project, bo: User) -> None:
    one = release(shop)
    refs = [
        {"repository": "acme/shop", "commit": "b", "previousCommit": "a"},
        {"repository": "git@github.com:acme/lib.git", "commit": "c", "more": "x"},
    ]
    set_refs(shop, one, refs, by=bo)
    one.refresh_from_db()
    assert one.refs == [refs[0], {"repository": refs[1]["repository"], "commit": "c"}]
    assert (head(one), head(one, "acme/SHOP")) == ("b", "b")
    assert Repository.objects.get(name=refs[1]["repository"]).url == "https://github.com/acme/lib"
    set_commits(shop, one, [SentCommit("d", "acme/shop"), SentCommit("c", "acme/shop")], by=bo)
    one.refresh_from_db()
    assert (head(one, "acme/shop"), len(one.refs)) == ("d", 2)
    set_refs(shop, one, [], by=bo)
    one.refresh_from_db()
    assert (one.refs, head(one), one.commit_count, Commit.objects.exists()) == ([], "", 0, False)
    for bad in (
        {"repository": "a", "commit": ""},
        {"commit": "x" * 65},
        {"repository": "r" * 201, "commit": "a"},
    ):
        with pytest.raises(BadRelease):
            set_refs(shop, one, [bad], by=bo)


def test_an_issue_is_resolved_once_by_the_commit_that_fixes_it(shop: Project, bo: User) -> None:
    issue = builders.issue(shop, 3, status="muted")
    FormerSlug.objects.create(project=shop, slug="old-shop")
    one = release(shop)
    commit = SentCommit("1f0c2ab", "acme/shop", "Mend the cart, fixes Old-Shop-3, SHOP-77 and OTHER-3")
    assert set_commits(shop, one, [commit], by=bo).resolved == 1
    issue.refresh_from_db()
    assert (issue.status, issue.resolution, issue.resolved_release) == ("resolved", "in_release", "shop@1.1")
    entry = Activity.objects.get()
    assert (entry.kind, entry.user) == ("resolved", bo)
    assert sentences.sentence(entry.why) == "Resolved in 1.1 by commit 1f0c2ab of acme/shop."
    of_remote = {**entry.why, "repository": "origin"}
    assert sentences.sentence(of_remote) == "Resolved in 1.1 by commit 1f0c2ab."
    Issue.objects.update(**builders.state("open"), resolved_release="")
    # Again, in a later release, and when the rows were deleted meanwhile.
    assert set_commits(shop, one, [commit], by=bo).resolved == 0
    assert set_commits(shop, release(shop, "shop@1.2"), [commit], by=bo).resolved == 0
    Commit.objects.all().delete()
    assert set_commits(shop, one, [commit], by=bo).resolved == 0
    other = SentCommit("2", "acme/shop", "fix SHOP-3")
    assert set_commits(shop, one, [other, commit], by=bo).resolved == 1


def test_what_was_merged_is_resolved_where_it_is_and_other_projects_are_left_alone(
    shop: Project, bo: User
) -> None:
    blog = Project.objects.create(name="Blog", slug="blog")
    into, merged = builders.issue(shop, 1), builders.issue(shop, 2)
    elsewhere = builders.issue(blog, 1)
    merging.merge(shop.pk, into.pk, merged.pk, bo)
    message = "fixes SHOP-2, fixes BLOG-1"
    assert set_commits(shop, release(shop), [SentCommit("a", message=message)], by=bo).resolved == 1
    into.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (into.status, elsewhere.status) == ("resolved", "open")


def test_the_newest_commits_are_kept_and_the_rest_is_counted(
    shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "MOST_COMMITS", 3)
    monkeypatch.setattr(recorded, "MOST_FILES", 4)
    sent = [SentCommit(str(number), files=(("a", "M"), ("b", "M"), ("c", "M"))) for number in range(5)]
    one = release(shop)
    done = set_commits(shop, one, sent, by=bo)
    assert (done.commits, done.files, done.kept_commits, done.kept_files) == (5, 15, 3, 4)
    kept = Commit.objects.order_by("position").values_list("sha", "file_count")
    assert list(kept) == [("0", 3), ("1", 3), ("2", 3)]
    # The commits of the release that was created first make room.
    monkeypatch.setattr(recorded, "MOST_BYTES", int(one.commit_bytes * 1.5))
    later = release(shop, "shop@1.2")
    assert set_commits(shop, later, sent, by=bo).made_room == 1
    one.refresh_from_db()
    assert (one.commit_count, one.commit_bytes) == (5, 0)
    assert set(Commit.objects.values_list("release", flat=True)) == {later.pk}
    monkeypatch.setattr(recorded, "MOST_BYTES", 500)
    assert set_commits(shop, later, sent, by=bo).kept_commits == 1


def test_bad_commits_are_refused(shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    one = release(shop)
    for sha in ("", "a b", "x" * 65, "a\n"):
        with pytest.raises(BadRelease, match="hash"):
            set_commits(shop, one, [SentCommit(sha)], by=bo)
    far = SentCommit(
        "a", committed_at=clock.now() + timedelta(days=9), message="m" * 10_000, author_name="n" * 900
    )
    naive = SentCommit("b", committed_at=datetime(2026, 3, 1, 12), author_email="e" * 900)  # noqa: DTZ001
    set_commits(shop, one, [far, naive], by=bo)
    assert [each.committed_at is None for each in Commit.objects.order_by("position")] == [True, False]
    monkeypatch.setattr(recorded, "MOST_SENT", 1)
    with pytest.raises(BadRelease, match="At most 1"):
        set_commits(shop, one, [far, naive], by=bo)


def test_a_release_goes_with_its_commits(shop: Project, bo: User) -> None:
    one = release(shop)
    set_commits(shop, one, [SentCommit("a", files=(("a", "M"),))], by=bo)
    tools.delete(one)
    assert not Commit.objects.exists()
