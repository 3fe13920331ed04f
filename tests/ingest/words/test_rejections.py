from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.ledger.outcomes import Reason
from ingest.words import explain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(["message", "bytes", "encoding", "project_id", "claimed", "items"]) | st.text()


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_of_its_own_and_a_fix(reason: Reason) -> None:
    explanation = explain(reason, {})
    assert explanation.title != "Rejected"
    assert explanation.text.endswith(".")
    assert explanation.fix.endswith(".")


@given(st.sampled_from(Reason) | st.text(), st.dictionaries(NAMES, JSON))
def test_nothing_in_the_detail_is_taken_at_its_word(reason: str, detail: dict[str, Any]) -> None:
    explanation = explain(reason, detail, project_id=1)
    assert explanation.title
    assert explanation.text
    assert len(explanation.text) < 1000


def test_a_key_of_another_project_names_it_only_when_one_may_know() -> None:
    detail = {"project_id": 7, "claimed": "3"}
    known = explain(Reason.KEY_OF_OTHER_PROJECT, detail, project_id=3, other="Blog")
    assert known.text == "The key belongs to project Blog, but the address names this one."
    unknown = explain(Reason.KEY_OF_OTHER_PROJECT, detail, project_id=3)
    assert unknown.text == "The key belongs to another project, but the address names this one."
    owner = explain(Reason.KEY_OF_OTHER_PROJECT, detail, project_id=7)
    assert owner.text == "It was sent with this project’s key, but its address names project number 3."


def test_too_large_says_which_limit_and_how_much_came() -> None:
    detail = {"message": "an item of type 'event' is larger than 8388608 bytes", "bytes": 9437184}
    explanation = explain(Reason.TOO_LARGE_EVENT, detail)
    assert explanation.text == (
        "An item of type 'event' is larger than 8 MiB. 9 MiB had arrived when it was rejected."
    )
    assert "MAX_EVENT_BYTES" in explanation.fix


def test_an_unknown_reason_is_said_as_it_is() -> None:
    assert explain("new_one", {}).text == "The reason is called “new_one”."
    assert explain("new_one", {"message": "no such thing"}).text == "No such thing."
