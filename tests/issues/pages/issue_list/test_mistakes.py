from __future__ import annotations

from issues.pages.issue_list.asked import Asked
from issues.pages.issue_list.mistakes import marked
from issues.query.mistakes import Mistake
from issues.query.syntax import Place


def test_the_place_is_marked_and_a_suggestion_replaces_it() -> None:
    text = "a levle:fatal b"
    found = marked(
        Asked(q=text), [Mistake("No tag levle. Did you mean level?", Place(2, 13), ("level:fatal",))]
    )
    assert [(each.before, each.marked, each.after) for each in found] == [("a ", "levle:fatal", " b")]
    assert found[0].message == "No tag levle."  # The links after it say what could be meant.
    assert found[0].meant == [("level:fatal", "?status=open&q=a+level%3Afatal+b")]


def test_long_texts_and_many_mistakes_are_cut() -> None:
    text = "x" * 200 + "\u202e" + "y" * 200
    found = marked(Asked(q=text), [Mistake("m", Place(200, 201))] * 9)
    assert len(found) == 5
    assert len(found[0].before) == len(found[0].after) == 61
    assert found[0].marked == "⟨U+202E⟩"
