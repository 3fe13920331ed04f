from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Project, User
from issues import search
from issues.models import IssueText
from issues.payload import words
from issues.search import Scope
from issues.search.conditions import text as conditions
from tests.lib import builders
from tests.lib.growth import assert_linear
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db

# Titles, and what finds exactly these: the same on both databases.
TITLES = {
    "Ошибка оплаты": ["ошибка", "ОШИБКА", "оплаты ошиб", '"ошибка оплаты"'],
    "ÄRGER im Büro": ["ärger", "BÜRO", "Bu\u0308ro", "bü*o"],
    "cafe\u0301 closed": ["café", "CAFÉ"],
    "Große Straße": ["GROSSE", "straße", "STRASSE", "GROẞE"],
    "ΟΔΟΣ": ["οδος", "οδοσ"],
    "İzmir": ["İZMIR", "i\u0307zmir", "izmir", "IZMIR"],
    "ılık": ["ılık", "ILIK", "ilik"],
    "100% of a_b\\c": ['"100%"', "a_b", "B\\C", "a%b", "a*b*c -axb"],
    "1000 of aXbXc": ["axb", "1000", "*xbxc"],
    "ﬁle ＡＢＣ": ["FILE", "ａｂｃ"],
    "東京都の注文": ["東京", "京都", '"の注文"'],
}


def found(shop: Project, asked: str) -> list[str]:
    answer = search.find(shop.issues.all(), asked, Scope([shop], None, NOW))
    assert not answer.mistakes, (asked, answer.mistakes)
    return [issue.title for issue in answer.issues]


def test_case_does_not_matter_in_any_script_and_wildcards_of_sql_are_literal(shop: Project) -> None:
    for number, title in enumerate(TITLES, 1):
        builders.searchable(builders.issue(shop, number, title=title, type="", value="", culprit=""))
    for title, texts in TITLES.items():
        for text in texts:
            assert found(shop, text) == [title], text


def test_the_pieces_of_a_glob_are_in_one_text(shop: Project) -> None:
    made = builders.searchable(builders.issue(shop, title="x", type="", value="", culprit=""))
    # Quotes and backslashes stay in the form in which types are compared.
    types = [r'Foo\nBar"', "Baz", r"C:\new_type"]
    IssueText.objects.filter(grouping__issue=made).update(
        types="".join(f"{words.exact(text)}{words.part(text)}\n" for text in types),
        files=" shop cart py \n billing charge py \n",
    )
    for text in ("cart*py", "file:shop/*.py", "file:*bill*", "type:foo*bar*", "type:*new*type", "type:baz", 'type:"C:\\\\new_type"',
                 'file:"billing/charge.py"', "file:*"):  # fmt: skip
        assert found(shop, text) == ["x"], text
    for text in (
        "shop*charge",
        "file:shop*charge",
        "type:foo*baz",
        "type:ba",
        "type:*ba",
        'file:"charge.py"',
        "file:cart.pyx",
        "url:*",
    ):
        assert found(shop, text) == [], text


def test_of_a_message_quotes_make_a_phrase(shop: Project) -> None:
    builders.searchable(builders.issue(shop, title="The card was declined", type="", value="", culprit=""))
    assert found(shop, 'message:"card was declined"')
    assert found(shop, 'title:"the card"')
    assert not found(shop, 'message:"card was decl"')
    assert not found(shop, 'message:"was card"')


def test_stars_are_compared_in_linear_time(shop: Project) -> None:
    made = builders.searchable(builders.issue(shop))

    def make(size: int) -> int:
        IssueText.objects.filter(grouping__issue=made).update(other=f" {'a ' * size}\n")
        return size

    assert_linear(make, lambda size: found(shop, f"{'*a' * 200}*b"), largest=1 << 14)


def test_what_has_no_letters_is_a_mistake(shop: Project, bo: User) -> None:
    answer = search.find(shop.issues.all(), "function:%", Scope([shop], bo, NOW))
    assert [mistake.message for mistake in answer.mistakes] == [
        "“%” has no letters or digits, and only these are searched for."
    ]


def test_all_words_are_looked_for_at_once(
    shop: Project, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """On SQLite one query finds the texts; the others are about the whole search, and about issues with several groupings."""
    title = "the card of a customer was declined"
    builders.searchable(builders.issue(shop, title=title, type="", value="", culprit=""))
    with django_assert_max_num_queries(3):
        found = search.find(shop.issues.all(), 'card declined "a customer" was*ed', Scope([shop], None, NOW))
    assert found.issues.count() == 1
    mistaken = search.find(shop.issues.all(), "card function:%", Scope([shop], None, NOW))
    assert [mistake.message for mistake in mistaken.mistakes]
    assert not mistaken.issues


def test_how_many_issues_a_word_has_does_not_matter(
    shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, title in enumerate(("card declined", "card lost", "mail lost"), 1):
        builders.searchable(builders.issue(shop, number, title=title, type="", value="", culprit=""))
    for most in (0, 1, 2, 100):
        monkeypatch.setattr(conditions, "_FEW", most)
        for asked, numbers in (
            ("card", {1, 2}),
            ("lost card", {2}),
            ("-card", {3}),
            ('"card lost"', {2}),
            ("lost -mail", {2}),
        ):
            issues = search.find(shop.issues.all(), asked, Scope([shop], bo, NOW)).issues
            assert {issue.digest_order for issue in issues} == numbers, (most, asked)


def test_each_issue_is_compared_with_all_texts_that_were_found_at_once(
    shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite would look up every one of them for each issue."""
    monkeypatch.setattr(conditions, "_FEW", 0)
    builders.searchable(builders.issue(shop, title="card", type="", value="", culprit=""))
    issues = search.find(shop.issues.all(), "card", Scope([shop], bo, NOW)).issues
    assert "grouping_id=? AND rowid=?" not in issues.explain()
