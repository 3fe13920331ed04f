"""Writing, changing and deleting comments, and whom they mention."""

from __future__ import annotations

import pytest

from accounts import teams
from accounts.models import Membership, Project, User
from issues import facts, watching
from issues.comments import written
from issues.comments.markdown import LONGEST
from issues.comments.mentioned import resolve
from issues.models import Activity, AlertFact, Issue, News
from tests.lib import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(shop: Project) -> Issue:
    return builders.issue(shop)


@pytest.fixture
def dee(shop: Project) -> User:
    user = User.objects.create_user("dee@example.org", "x", name="Dee Ø")
    Membership.objects.create(user=user, project=shop)
    return user


def news() -> list[tuple[News, str]]:
    return [
        (each.news, each.detail) for row in AlertFact.objects.order_by("pk") for each in facts.changes_of(row)
    ]


def test_a_comment_is_written_changed_and_deleted(issue: Issue, ana: User, bo: User, dee: User) -> None:
    saved = written.add(issue, bo, "  one\r\n@dee @nobody\n")
    comment = saved.comment
    assert (comment.text, comment.user, comment.kind) == ("  one\n@dee @nobody", bo, "commented")
    assert saved.unclear == ["Nobody who can see this project is called @nobody, so nobody was told."]
    assert watching.watchers(issue) == [bo, dee]
    assert news() == [(News.COMMENTED, comment.pk.hex), (News.MENTIONED, f"{comment.pk.hex} {dee.pk}")]
    with pytest.raises(written.NotYours):
        written.edit(comment, dee, "mine")
    with pytest.raises(written.NotYours):
        written.delete(comment, dee)
    # Dee knows already.
    changed = written.edit(comment, bo, "@dee @ana").comment
    assert changed.edited_at is not None
    assert news()[2:] == [(News.MENTIONED, f"{comment.pk.hex} {ana.pk}")]
    written.delete(comment, ana)
    comment.refresh_from_db()
    assert (comment.text, comment.detail) == ("", "ana")
    with pytest.raises(written.BadComment, match="deleted"):
        written.edit(comment, bo, "again")


def test_what_cannot_be_written(issue: Issue, bo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("", " \n", "\u200b", "a\0b", "x" * (LONGEST + 1)):
        with pytest.raises(written.BadComment):
            written.add(issue, bo, text)
    monkeypatch.setattr(written, "MOST", 1)
    written.add(issue, bo, "x" * LONGEST)
    with pytest.raises(written.BadComment, match="at most 1"):
        written.add(issue, bo, "one too many")
    Issue.objects.all().delete()
    with pytest.raises(written.BadComment, match="merged"):
        written.add(issue, bo, "late")


def test_whom_mentions_mean(shop: Project, ana: User, bo: User, cy: User, dee: User) -> None:
    team = teams.create("Payments", by=ana, members=[bo, cy])
    teams.create("Others", by=ana, members=[cy])
    # Cy cannot see the project.
    assert set(resolve(shop, "#payments #others #42 @cy").people) == {bo.pk}
    assert set(resolve(shop, "@DEE@example.org @deeø").people) == {dee.pk}
    Membership.objects.create(user=User.objects.create_user("bo@other.example", "x"), project=shop)
    unclear = resolve(shop, "@bo")
    assert not unclear.people
    assert "@bo@example.org, @bo@other.example" in unclear.unclear[0]
    assert set(resolve(shop, "@bo@example.org").people) == {bo.pk}
    assert team.members.count() == 2


def test_who_said_no_does_not_watch(issue: Issue, bo: User) -> None:
    watching.set_watching(issue, bo, False)
    written.add(issue, bo, "hm")
    assert watching.watchers(issue) == []
    assert Activity.objects.filter(kind="commented").count() == 1
