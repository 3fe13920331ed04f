from __future__ import annotations

from itertools import count

import pytest
from django.db import connection
from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import Project
from issues.models import Issue, IssueText
from issues.payload import words
from issues.search import text_index
from tests.lib.builders import issue

pytestmark = pytest.mark.django_db

COLUMNS = ("types", "functions", "files", "modules", "urls", "other")
PARTS = st.sampled_from([
    "charge_card", "chargeCard", "charge", "charger", "Ошибка", "ош", "東京", "京", "é", "e\u0301t", "utf8", "a" * 70, "AND", "NEAR",
    "x OR y", "'", '"', "\\", "it's", "*", ":", "-1", "\0", "😀",
])  # fmt: skip


class TestAgainstReference(TestCase):
    @settings(max_examples=40)
    @given(
        st.lists(st.dictionaries(st.sampled_from(COLUMNS), PARTS), min_size=1, max_size=4),
        st.lists(PARTS, min_size=1, max_size=3),
        st.booleans(),
    )
    def test_the_index_finds_what_has_all_words(self, texts, asked, prefix):
        shop = Project.objects.create(name="Shop", slug="shop")
        numbers = count(1)
        have = {}
        for columns in texts:
            made = issue(shop, next(numbers))
            stored = {name: f"{words.part(text)}\n" for name, text in columns.items()}
            IssueText.objects.create(grouping=made.groupings.get(), **stored)
            have[made.pk] = set(" ".join(stored.values()).split())
        wanted = [word for text in asked for word in words.words(text)]
        expected = {key for key, own in have.items() if _has(own, wanted, prefix)}
        condition = text_index.condition(wanted, prefix=prefix)
        assert set(Issue.objects.filter(condition).values_list("pk", flat=True)) == expected
        if wanted:
            condition = text_index.text_condition(wanted, prefix=prefix)
            of_texts = IssueText.objects.filter(condition)
            assert set(of_texts.values_list("grouping__issue", flat=True)) == expected
            if connection.vendor == "sqlite":
                assert sorted(text_index.numbers(condition)) == sorted(of_texts.values_list("pk", flat=True))


def _has(own, wanted, prefix):
    if not prefix or not wanted:
        return own.issuperset(wanted)
    return own.issuperset(wanted[:-1]) and any(word.startswith(wanted[-1]) for word in own)


def test_several_conditions_of_the_index_are_looked_up_in_it_alone(shop):
    texts = [
        IssueText.objects.create(grouping=issue(shop, at).groupings.get(), other=f" {has} \n")
        for at, has in enumerate(("a b", "b c", "c"), 1)
    ]
    a, b, c = (text_index.text_condition([word], prefix=False) for word in "abc")
    for condition, expected in ((a & b, texts[:1]), (a | b, texts[:2]), (b & c, texts[1:2]), (a & c, [])):
        assert list(IssueText.objects.filter(condition).order_by("pk")) == expected
        known = text_index.numbers(condition)
        assert known == ([text.pk for text in expected] if connection.vendor == "sqlite" else None)
    for other in (Q(), ~a, a & Q(is_full=False), a & (b | c)):
        assert text_index.numbers(other) is None


def test_the_index_follows_every_change(shop):
    made = issue(shop)
    text = IssueText.objects.create(grouping=made.groupings.get(), other=" declined \n")

    def found(word):
        return Issue.objects.filter(text_index.condition([word], prefix=False)).exists()

    assert found("declined")
    IssueText.objects.filter(pk=text.pk).update(other=" expired \n", types="=keyerror= key error keyerror \n")
    assert not found("declined")
    assert found("expired")
    assert found("keyerror")
    made.delete()
    again = issue(shop, 2)
    IssueText.objects.create(grouping=again.groupings.get(), pk=text.pk, other=" fresh \n")
    assert not found("expired")
    assert found("fresh")


def test_words_of_strangers_are_words_only(shop):
    made = issue(shop)
    IssueText.objects.create(grouping=made.groupings.get(), other=" a b \n")
    for hostile in [
        "a' & 'c",
        'a" OR "b',
        "a:*",
        "types:a",
        "(",
        "^a",
        "a AND NOT b",
        "a\0b",
        "\ud800",
        " ",
        "x" * 5000,
    ]:
        for prefix in (True, False):
            list(Issue.objects.filter(text_index.condition([hostile], prefix=prefix)))
    many = [f"w{number}" for number in range(5000)]
    assert not Issue.objects.filter(text_index.condition(many, prefix=True)).exists()
