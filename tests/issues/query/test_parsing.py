"""Search texts are read as they are meant, or refused with a place."""

from __future__ import annotations

import pytest
from hypothesis import given

from issues.query.keys import KEYS
from issues.query.parsing import LONGEST, MOST_TERMS, MOST_VALUES, parse
from issues.query.printing import to_text
from issues.query.syntax import Operator, Query
from tests.lib.growth import assert_linear
from tests.lib.search_texts import texts


def understood(text: str) -> str:
    query, mistakes = parse(text)
    assert not mistakes, mistakes
    return to_text(query)


def only_mistake(text: str) -> tuple[str, str, tuple[str, ...]]:
    _, [mistake] = parse(text)
    return mistake.message, text[mistake.place.start : mistake.place.end], mistake.suggestions


@given(texts)
def test_any_text_is_read_or_refused_with_a_place_inside(text: str) -> None:
    query, mistakes = parse(text)
    for place in [*(one.place for one in mistakes), *(one.place for one in query.terms)]:
        assert 0 <= place.start < place.end <= len(text)
    assert all(mistake.message.endswith(".") for mistake in mistakes)
    assert all(term.values for term in query.terms)
    if text.replace("\0", "").replace("\ud800", "").strip():
        assert query or mistakes


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("is:unresolved is:Ignored is:for-review", "is:open is:muted is:for_review"),
        ("firstSeen:-24h age:+7d First_Seen:2W", "first-seen:<24h first-seen:>7d first-seen:<2w"),
        (
            "last-seen:>=2026-11-01 lastSeen:2026-11-01t10:00z",
            "last-seen:>=2026-11-01 last-seen:2026-11-01T10:00Z",
        ),
        ("timesSeen:>010 userCount:5 users:[>5,1]", "times:>10 users:5 users:[>5,1]"),
        ("level:warn level:>=ERROR", "level:warning level:>=error"),
        ("stack.function:charge error.type:KeyError http.url:/pay", "function:charge type:KeyError url:/pay"),
        ('browser:"Chrome" browser:"Chrome 12"', 'browser:Chrome browser:"Chrome 12"'),
        (
            'user:id:8812 user:[email:a@b.c,email:*d] user:"username:ana b"',
            'user.id:8812 user.email:[a@b.c,*d] user.username:"ana b"',
        ),
        ("-“card declined” browser:“Chrome 12” „a b“", '-"card declined" browser:"Chrome 12" "a b"'),
        ('!level:error -"a b" !foo', '-level:error -"a b" -foo'),
        ("os:[a, b , a]", "os:[a,b]"),
        ('release:"latest" release:latest release:>=2.4', 'release:"latest" release:latest release:>=2.4'),
        ('function:"charge" function:<lambda>', 'function:"charge" function:<lambda>'),
        ("tags[level]:x tags[browser]:y", "tags[level]:x browser:y"),
        ('"odd key":"a\\" b\\\\c"', '"odd key":"a\\" b\\\\c"'),
        ('times>100 first-seen:"2026-11-01 10:00"', "times:>100 first-seen:2026-11-01T10:00"),
        ("level: fatal user: 8812", "level:fatal user:8812"),
        ("timeout level: fatal AND level:error", "timeout level:fatal level:error"),
    ],
)
def test_what_is_written_is_understood(written: str, meant: str) -> None:
    assert understood(written) == meant


@pytest.mark.parametrize(
    "title",
    [
        "TypeError: x is undefined",
        "KeyError: 'order_id'",
        r"C:\app\x.py",
        "12:30 https://a.example/b Foo::Bar billing/charge.py:42 charge.py:42:7",
        "->name --flag != => returned",
        'can\'t read "x" of undefined',
        '{"a":"b c"}',
        "main(args) [object Object]",
        "KeyError:'order_id' redis.exceptions.ConnectionError:111 times>many",
    ],
)
def test_pasted_text_is_free_text(title: str) -> None:
    query, mistakes = parse(title)
    assert not mistakes
    assert {term.key for term in query.terms} == {""}


def test_a_key_in_a_sentence_is_a_word_unless_it_can_be_nothing_else() -> None:
    assert understood("cannot open file: foo") == "cannot open file foo"
    assert understood("timeout level: fatal") == "timeout level:fatal"
    assert understood("file: foo") == "file:foo"


def test_stars_are_globs_only_without_quotes() -> None:
    [glob, phrase] = parse('char**rd "char*rd"')[0].terms
    assert glob.values[0].pieces == ("char", "rd")
    assert not phrase.values[0].is_glob


def test_operators_are_read_where_values_are_compared() -> None:
    [times, tag] = parse("times:<=5 browser:<=5")[0].terms
    assert (times.values[0].operator, times.values[0].text) == (Operator.AT_MOST, "5")
    assert (tag.values[0].operator, tag.values[0].text) == (Operator.EQUAL, "<=5")


@pytest.mark.parametrize(
    ("text", "about", "suggestions"),
    [
        ("is:opne", "opne", ("open",)),
        ("level:fatl", "fatl", ("fatal",)),
        ("level:>=err0r", ">=err0r", (">=error",)),
        ("level:error,fatal", "error,fatal", ("[error,fatal]",)),
        ("times:>many", ">many", (">100",)),
        ("first-seen:<2y", "<2y", ("<2d", ">=2026-11-01")),
        ("first-seen:2026-02-30", "2026-02-30", ("<2d", ">=2026-11-01")),
        ("level:", "level:", ("level:fatal", "level:>=error")),
        ("foo level:", "level:", ("level:fatal", "level:>=error")),
        ('foo "bar', '"bar', ('"bar"',)),
        ('x:"bar', '"bar', ('"bar"',)),
        ("x:[a,b", "[a,b", ("[a,b]",)),
        ("x:[a b]", "a b", ('"a b"',)),
        ("level:error OR level:fatal", "level:error OR level:fatal", ("level:[error,fatal]",)),
        ("timeout OR refused", "OR", ('"or"',)),
        ("(level:error", "(level:error", ()),
        ("NOT level:error", "NOT level:error", ("-level:error",)),
        ('"a"*', "*", ()),
        ('environment:""', '""', ()),
        ("=> !=", "=> !=", ()),
        ("bookmarks:me", "bookmarks:me", ()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_said_with_its_place(text: str, about: str, suggestions: tuple[str, ...]) -> None:
    message, place, offered = only_mistake(text)
    assert (place, offered) == (about, suggestions)
    assert message


def test_what_a_mistake_suggests_is_right_in_its_place() -> None:
    for text in (
        "is:opne",
        "level:>=fatl",
        'x:"bar',
        "x:[a,b",
        "x:[a b]",
        "NOT level:error",
        "a:1 OR a:2",
        "level:",
        "level:error,fatal",
    ):
        _, [mistake] = parse(text)
        for suggestion in mistake.suggestions:
            assert understood(text[: mistake.place.start] + suggestion + text[mistake.place.end :])


def test_huge_texts_are_refused() -> None:
    assert parse("x" * LONGEST)[1] == []
    query, [mistake] = parse("x" * (LONGEST + 1))
    assert (query, mistake.place.start, mistake.place.end) == (Query(), LONGEST, LONGEST + 1)
    for text in (" ".join(["x"] * (MOST_TERMS + 1)), f"x:[{','.join(map(str, range(MOST_VALUES + 1)))}]"):
        query, [mistake] = parse(text)
        assert "at most" in mistake.message


def test_time_in_proportion() -> None:
    assert_linear(lambda size: '"a":"b"[' * size, parse)


def test_examples_of_keys_are_right() -> None:
    for key in KEYS:
        for example in key.examples:
            assert understood(example) == example
