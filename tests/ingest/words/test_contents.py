from __future__ import annotations

from typing import Any

import pytest

from ingest.words import contents


def test_items_by_type_with_counts() -> None:
    found = contents.items({"items": {"event": 1, "attachment": 2, "replay_recording": 3}})
    assert [(str(each), each.kept) for each in found] == [
        ("event", True),
        ("2 × attachment", True),
        ("3 × replay recording", False),
    ]


@pytest.mark.parametrize("items", [None, [], "event", 3, {"event": "many"}, {"event": -1}, {"event": None}])
def test_what_is_no_count_is_passed_over(items: Any) -> None:
    assert contents.items({"items": items}) == ()


def test_a_request_without_an_error_says_what_it_held() -> None:
    only_skipped = contents.without_event(contents.items({"items": {"transaction": 2}}))
    assert only_skipped.title == "Accepted, but not supported"
    assert only_skipped.text.endswith("only what Rustrak counts and discards: 2 transactions.")
    both = contents.without_event(
        contents.items({"items": {"session": 1, "sessions": 1, "check_in": 1, "log": 4}})
    )
    assert (
        both.text == "It contained no error, only 1 check-in and 2 session items. Not supported: 4 log items."
    )
    assert contents.without_event(()).text == "It contained nothing to store."


def test_dropped_names_the_filters_of_the_minute() -> None:
    words = contents.dropped({("filtered", "web_crawlers"): 3, ("filtered", "localhost"): 1})
    assert words.title == "Filtered"
    assert "4 events matched a filter: localhost and web crawler." in words.text
    assert words.page == "filters"
    assert contents.dropped({("sampled", "14"): 3}).title == "Sampled"


def test_an_event_that_needs_one_issue_too_many() -> None:
    words = contents.dropped({("filtered", "too_many_issues"): 3})
    assert "the project has as many as it may have" in words.text
    assert words.page == "limits"


def test_an_event_that_is_more_than_may_be_kept() -> None:
    words = contents.dropped({("filtered", "too_many_bytes"): 3})
    assert "more arrived than the project may keep" in words.text
    assert words.page == "limits"
