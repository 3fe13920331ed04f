from __future__ import annotations

import pytest
from django.db import connection

from accounts import projects
from accounts.models import Project
from issues import search
from issues.models import Issue
from issues.record.writer import record
from rustrak.lib import clock
from tests.lib.occurrences import NOW, occurrence


@pytest.mark.django_db
def test_a_search_that_takes_long_is_given_up() -> None:
    # No machine counts so far in so short a time.
    with pytest.raises(search.TookTooLong), search.limited(0.05), connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000) SELECT max(i) FROM n"
        )
    with search.limited(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_words_count_once_and_long_ones_first() -> None:
    assert search.words("a a A École\n b") == ["École", "A", "b"]


@pytest.mark.parametrize(
    "text",
    ["%", "_", "a" * 500, "\ufffd", ".*(a+)+$", "\\", "'", '"', "⋄", "a " * 250, "#", "-1", "shop-" * 90],
)
def test_odd_texts_are_searched_for_as_they_are(shop: Project, text: str) -> None:
    now = clock.now()
    title = " ".join(search.words(text)[: search.MOST_WORDS])
    for number, each in enumerate((title, "x"), 1):
        Issue.objects.create(project=shop, digest_order=number, title=each, first_seen=now, last_seen=now)
    found = search.matching(shop.issues.all(), text, shop.slug)
    assert [issue.title for issue in found] == [title]


# Titles, and what finds exactly these: the same on both databases.
TITLES = {
    "Ошибка оплаты": ["ошибка", "ОШИБКА", "оплаты ошиб"],
    "ÄRGER im Büro": ["ärger", "BÜRO", "Bu\u0308ro"],
    "cafe\u0301 closed": ["café", "CAFÉ"],
    "Große Straße": ["GROSSE", "straße", "STRASSE", "GROẞE"],
    "ΟΔΟΣ": ["οδος", "οδοσ"],
    "İzmir": ["İZMIR", "i\u0307zmir", "izmir", "IZMIR"],
    "ılık": ["ılık", "ILIK", "ilik"],
    "100% of a_b\\c": ["100%", "a_b", "B\\C"],
    "1000 of aXbXc": ["axb"],
    "ﬁle ＡＢＣ": ["FILE", "ａｂｃ"],
}


def test_case_does_not_matter_in_any_script_and_wildcards_are_literal(shop: Project) -> None:
    now = clock.now()
    for number, title in enumerate(TITLES, 1):
        Issue.objects.create(project=shop, digest_order=number, title=title, first_seen=now, last_seen=now)
    for title, texts in TITLES.items():
        for text in texts:
            found = search.matching(shop.issues.all(), text, shop.slug)
            assert [issue.title for issue in found] == [title], text


def test_recorded_issues_are_found_by_title_value_and_culprit(shop: Project) -> None:
    frames = [{"function": "Сохранить", "module": "shop"}]
    exception = {"type": "TypeError", "value": "First\nЗАКАЗ 7", "stacktrace": {"frames": frames}}
    record(shop.pk, [occurrence({"exception": [exception]})], NOW)
    for text in ("typeerror", "first", "заказ", "7", "shop.сохранить", "SHOP-1", "заказ TYPEERROR"):
        assert search.matching(shop.issues.all(), text, shop.slug).count() == 1, text
    assert not search.matching(shop.issues.all(), "first7", shop.slug)


def test_many_words_make_a_query_that_databases_accept(shop: Project) -> None:
    text = " ".join(str(number) for number in range(250))
    assert not search.matching(shop.issues.all(), text, shop.slug)


def test_short_ids_with_a_former_slug_are_found(shop: Project) -> None:
    now = clock.now()
    for number in (11, 12):
        Issue.objects.create(project=shop, digest_order=number, title="x", first_seen=now, last_seen=now)
    projects.rename(shop, slug="store")
    projects.rename(shop, slug="magazin")
    shop.refresh_from_db()
    for text in ("SHOP-12", "store-12", "MAGAZIN-12", "#12", " shop-12 "):
        assert [issue.digest_order for issue in search.matching(shop.issues.all(), text, shop.slug)] == [
            12
        ], text
    assert not search.matching(shop.issues.all(), "OTHER-12", shop.slug)
    projects.create("Taker", "shop")
    assert not search.matching(shop.issues.all(), "SHOP-12", shop.slug)
