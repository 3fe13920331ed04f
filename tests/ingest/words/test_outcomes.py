from __future__ import annotations

import pytest

from ingest import item_types
from ingest.digest import client_reports
from ingest.ledger.outcomes import NOT_RECEIVED, Outcome
from ingest.words import outcomes, reasons


def test_the_sentence_leaves_out_what_is_zero() -> None:
    quantities = {Outcome.STORED: 9902, Outcome.SAMPLED: 2311, Outcome.RATE_LIMITED: 218, Outcome.FILTERED: 0}
    assert outcomes.sentence(12431, quantities, 0, ["SHOP-14"]) == (
        "12,431 received, 9,902 stored, 2,311 sampled into SHOP-14, 218 rate limited"
    )
    assert outcomes.sentence(0, {}, 0) == "0 received"
    assert outcomes.sentence(5, {Outcome.STORED: 3}, 2) == "5 received, 3 stored, 2 unknown"


def test_what_is_no_part_of_what_was_received_is_no_part_of_the_sentence() -> None:
    aside = dict.fromkeys(NOT_RECEIVED, 5) | {Outcome.ACCEPTED: 1, Outcome.STORED: 1}
    assert outcomes.sentence(1, aside, 0) == "1 received, 1 stored"


def test_every_outcome_has_a_meaning_and_its_position() -> None:
    assert set(outcomes.MEANINGS) == set(Outcome) - {Outcome.ACCEPTED}
    assert set(outcomes.ORDER) == set(Outcome) - {Outcome.ACCEPTED} - NOT_RECEIVED
    for means in [*outcomes.MEANINGS.values(), outcomes.UNKNOWN]:
        assert means.meaning.endswith(".")
        assert not means.advice or means.advice.endswith(".")
    assert len({means.part for means in outcomes.MEANINGS.values()}) == len(outcomes.MEANINGS)


@pytest.mark.parametrize("item", ["event", "transaction", "replay_event", "check_in", "log", "session", "x"])
def test_every_category_has_a_noun(item: str) -> None:
    name = item_types.category(item)
    assert outcomes.counted(1, name) != outcomes.counted(2, name)
    assert outcomes.category(name) != name


def test_counts_and_lists_in_words() -> None:
    assert outcomes.counted(1204, "transaction") == "1,204 transactions"
    assert outcomes.counted(1, "error") == "1 error"
    assert outcomes.counted(2, "made up") == "2 made up"
    assert outcomes.listed([]) == ""
    assert outcomes.listed(["a", "b", "c"]) == "a, b and c"
    assert outcomes.listed(["a", "b", "c", "d"], most=3) == "a, b and 2 more"


def test_reasons_nobody_knows_are_shown_as_they_are() -> None:
    assert reasons.reason("my_own") == "my own"
    assert "does not know this reason" in reasons.discard("my_own")
    assert "before_send" in reasons.discard("before_send")


def test_every_reason_of_a_client_report_is_explained() -> None:
    for code in client_reports.REASONS | {client_reports.OTHER}:
        assert "does not know" not in reasons.discard(code), code
