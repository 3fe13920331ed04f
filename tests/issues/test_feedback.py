from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import Project, User
from issues import feedback, usage
from issues.models import Attachment, Usage, UserReport
from rustrak.lib import ids
from tests.lib.attachments import PNG, kept
from tests.lib.user_reports import feedback as said
from tests.lib.user_reports import report, said_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(shop: Project) -> list[UserReport]:
    for text in ("one", "two", "three"):
        said(shop, said_item({"contexts": {"feedback": {"message": text}}}))
    return list(UserReport.objects.order_by("comments"))


@pytest.mark.parametrize(("verb", "after"), [(feedback.finish, True), (feedback.reopen, False)])
def test_a_change_says_who_made_it_and_counts_once(
    shop: Project, three: list[UserReport], bo: User, ana: User, verb: Callable[..., int], after: bool
) -> None:
    UserReport.objects.update(is_done=not after)
    assert verb(shop.user_reports.filter(pk=three[0].pk), bo) == 1
    assert verb(shop.user_reports.all(), ana) == 2
    assert verb(shop.user_reports.all(), ana) == 0
    first = UserReport.objects.get(pk=three[0].pk)
    assert (first.is_done, first.changed_by) == (after, bo)
    assert first.changed_at is not None


def test_new_words_about_an_event_are_open_again_and_the_same_ones_stay_done(shop: Project, bo: User) -> None:
    event_id = ids.new_event_id()
    report(shop, said_item({"event_id": event_id, "comments": "It broke"}))
    feedback.finish(shop.user_reports.all(), bo)
    report(shop, said_item({"event_id": event_id, "comments": "It broke"}))
    assert UserReport.objects.get().is_done
    report(shop, said_item({"event_id": event_id, "comments": "It broke again"}))
    assert not UserReport.objects.get().is_done


def test_an_account_that_is_deleted_leaves_what_it_did(
    shop: Project, three: list[UserReport], bo: User
) -> None:
    feedback.finish(shop.user_reports.all(), bo)
    bo.delete()
    assert set(UserReport.objects.values_list("is_done", "changed_by")) == {(True, None)}


def test_deleting_takes_its_own_files_and_no_others_and_is_subtracted(
    shop: Project, three: list[UserReport], stored: Path
) -> None:
    kept(shop, PNG, three[0].report_id.hex, filename="its own.png")
    event_id = ids.new_event_id()
    report(shop, said_item({"event_id": event_id, "comments": "about an event"}))
    kept(shop, PNG, event_id, filename="of an event.png")
    other = Project.objects.create(name="Other", slug="other")
    said(other, said_item({"contexts": {"feedback": {"message": "theirs"}}}))
    before = Usage.objects.get(project=shop)
    chosen = UserReport.objects.exclude(pk=three[2].pk)
    assert feedback.delete(shop, chosen) == 3
    assert set(UserReport.objects.values_list("comments", flat=True)) == {"two", "theirs"}
    assert list(Attachment.objects.values_list("name", flat=True)) == ["of an event.png"]
    after = Usage.objects.get(project=shop)
    assert before.report_count - after.report_count == 3
    assert after.report_bytes == usage.report_size("two", "")
