from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from issues import usage
from issues.models import Issue, IssueText, Usage
from issues.record.words import issue_text
from issues.record.writer import record
from issues.search import text_index
from rustrak.lib import clock
from tests.lib.occurrences import NOW, occurrence, thrown

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered():
    issue_text.forget()
    yield
    issue_text.forget()


def found(*words):
    return Issue.objects.filter(text_index.condition(words, prefix=False)).count()


def with_frame(function, **over):
    frame = {"function": function, "module": "shop.cart", "filename": "shop/cart.py", "in_app": True}
    values = [{"type": "E", "value": "v", "stacktrace": {"frames": [frame]}}]
    return occurrence({"exception": {"values": values}, "fingerprint": ["one"], **over})


def stored(project, *batch, commits):
    with commits(execute=True):
        return record(project.pk, list(batch), NOW)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


def test_words_of_any_event_are_found(shop, commits):
    stored(shop, with_frame("charge_card"), commits=commits)
    assert found("charge", "card", "shop") == 1
    assert not found("settle")
    stored(
        shop, with_frame("chargeCard"), with_frame("settle", tags={"region": "eu-central"}), commits=commits
    )
    assert found("settle", "eu", "charge") == 1
    text = IssueText.objects.get()
    assert text.functions == "\n charge card \n charge card chargecard \n settle \n"
    assert text.is_complete
    assert not text.is_full


def queries(project, *batch, commits):
    with CaptureQueriesContext(connection) as captured:
        stored(project, *batch, commits=commits)
    return [query["sql"] for query in captured if "issuetext" in query["sql"]]


def test_what_an_issue_has_costs_no_statement(shop, commits):
    event = {"tags": {"region": "eu"}, "release": "1.0"}
    assert len(queries(shop, with_frame("f", **event), commits=commits)) == 1
    assert queries(shop, *[with_frame("f", **event) for _ in range(3)], commits=commits) == []
    # Known texts that come together for the first time are known.
    stored(shop, with_frame("g", tags={"region": "us"}), commits=commits)
    assert (
        queries(shop, with_frame("g", **event), with_frame("f", tags={"region": "us"}), commits=commits) == []
    )
    # Reads the row, and writes it.
    assert len(queries(shop, with_frame("h"), commits=commits)) == 2
    # As another process, which knows nothing.
    issue_text.forget()
    assert len(queries(shop, with_frame("h"), commits=commits)) == 1
    assert queries(shop, with_frame("h"), commits=commits) == []


def test_numbers_that_change_cost_no_statement_in_the_end(shop, commits):
    def batch(start):
        return [with_frame("f", logentry={"message": f"order {start + n} failed"}) for n in range(100)]

    for start in range(0, 500, 100):
        stored(shop, *batch(start), commits=commits)
    assert queries(shop, *batch(1000), commits=commits) == []
    text = IssueText.objects.get()
    assert text.is_full
    assert found("order", "failed") == 1


def test_what_was_rolled_back_is_not_remembered(shop, commits):
    stored(shop, with_frame("f"), commits=commits)
    with commits(execute=True), transaction.atomic():
        record(shop.pk, [with_frame("g")], NOW)
        transaction.set_rollback(True)
    assert not found("g")
    stored(shop, with_frame("g"), commits=commits)
    assert found("g") == 1


def test_the_row_is_the_truth_where_several_processes_write(shop, commits):
    stored(shop, with_frame("f"), commits=commits)
    other, issue_text._cache = issue_text._cache, type(issue_text._cache)(1 << 20)
    stored(shop, with_frame("g"), commits=commits)
    issue_text._cache = other
    stored(shop, with_frame("g"), with_frame("h"), commits=commits)
    assert IssueText.objects.get().functions == "\n f \n g \n h \n"


def test_an_issue_from_before_the_index_is_not_complete(shop, commits):
    stored(shop, with_frame("f"), commits=commits)
    IssueText.objects.all().delete()
    issue_text.forget()
    stored(shop, with_frame("g"), commits=commits)
    text = IssueText.objects.get()
    assert text.functions == "\n g \n"
    assert not text.is_complete
    shop.refresh_from_db()
    assert not shop.is_indexed


def test_bytes_are_counted_as_they_are_counted_again(shop, commits):
    stored(shop, with_frame("f"), thrown("KeyError"), commits=commits)
    stored(shop, with_frame("größer", tags={"a": "b"}), commits=commits)
    before = Usage.objects.get(pk=shop.pk).issue_bytes
    usage.recount(shop.pk, clock.now())
    after = Usage.objects.get(pk=shop.pk).issue_bytes
    # The texts of the issues themselves are estimated in characters.
    assert abs(after - before) <= 10


def test_a_full_project_adds_no_words(shop, commits, settings):
    stored(shop, with_frame("f"), commits=commits)
    settings.RETAIN_BYTES_PER_PROJECT = 100
    stored(shop, with_frame("g"), commits=commits)
    assert not found("g")
    settings.RETAIN_BYTES_PER_PROJECT = 0
    stored(shop, with_frame("g"), commits=commits)
    assert found("g") == 1


def test_hostile_words_are_stored(shop, commits):
    odd = [
        thrown("=#\n=", value=text)
        for text in ("\u2028a\u0085b", "'); DROP", "x" * 5000, "é" * 5000, "😀" * 3000)
    ]
    stored(shop, *odd, with_frame("\n=a#", tags={"#k": "=v#w", uuid4().hex: "x"}), commits=commits)
    assert found("v", "w") == 1
    for text in IssueText.objects.all():
        assert len(text.other.encode()) < 5000
