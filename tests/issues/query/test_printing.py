"""What is printed is read again as the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.query.parsing import parse
from issues.query.printing import chips, term, to_text
from issues.query.syntax import Query
from tests.lib.search_texts import PIECES, texts


@given(texts)
def test_a_query_is_read_again_as_the_same(text: str) -> None:
    query, _ = parse(text)
    printed = to_text(query)
    assert parse(printed) == (query, [])
    assert to_text(parse(printed)[0]) == printed


@given(texts)
def test_removing_a_chip_removes_this_term_only(text: str) -> None:
    query, _ = parse(text)
    for at, chip in enumerate(chips(query)):
        assert parse(chip.without) == (Query(query.terms[:at] + query.terms[at + 1 :]), [])
        assert parse(chip.text)[0].terms == (query.terms[at],)


_STRANGE = (
    st.lists(st.sampled_from(PIECES) | st.text(max_size=3), min_size=1, max_size=4)
    .map("".join)
    .map(lambda text: text.replace("\0", "").replace("\ud800", ""))
    .filter(lambda text: bool(text.strip()) and len(text) < 50)
)


@given(_STRANGE, _STRANGE, st.booleans())
def test_a_link_leads_to_this_value_of_a_tag(name: str, value: str, negated: bool) -> None:
    [found] = parse(term(name, value, negated=negated, is_tag=True))[0].terms
    assert (found.key, found.is_tag, found.is_negated) == (name, True, negated)
    assert [(each.text, each.is_glob) for each in found.values] == [(value, False)]


@pytest.mark.parametrize("key", ["environment", "release", "user.id", "url", "assigned", "has"])
@given(_STRANGE)
def test_a_link_leads_to_this_value_of_a_key(key: str, value: str) -> None:
    [found] = parse(term(key, value))[0].terms
    assert (found.key, found.is_tag) == (key, False)
    assert [(each.text, each.is_glob) for each in found.values] == [(value, False)]


def test_links_are_short_where_they_can_be() -> None:
    assert term("browser", "Chrome") == "browser:Chrome"
    assert term("browser", "Chrome", "Firefox 3", negated=True) == '-browser:[Chrome,"Firefox 3"]'
    assert term("level", "x", is_tag=True) == "tags[level]:x"
    assert term("release", "latest") == 'release:"latest"'
    assert term("function", "charge") == 'function:"charge"'
    assert term("environment", "") == "-has:environment"
    assert term("", "a phrase") == '"a phrase"'
    assert term("", "") == ""


@pytest.mark.parametrize(
    "value",
    ["https://a.example/" + "x y" * 300, '"' * 300, "//" * 300, "\\" * 250],
    ids=["url", "quotes", "slashes", "backslashes"],
)
@pytest.mark.parametrize(
    ("key", "is_tag"), [("url", False), ("k" * 200, True), ("", False)], ids=["key", "tag", "free"]
)
def test_a_link_with_a_long_value_is_cut(key: str, is_tag: bool, value: str) -> None:
    text = term(key, value, is_tag=is_tag)
    query, mistakes = parse(text)
    assert not mistakes or not key
    assert [each.key for each in query.terms] in ([key], [])
    for found in query.terms:
        assert max(found.values[0].pieces, key=len) in value
