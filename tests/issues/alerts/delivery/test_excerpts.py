from __future__ import annotations

from typing import Any

import pytest

from issues.alerts.delivery.excerpts import LONGEST_LINE, excerpt
from tests.lib.growth import assert_linear

FRAME: dict[str, Any] = {
    "function": "pay", "filename": "checkout/views.py", "lineno": 43, "in_app": True,
    "pre_context": [f"before {number}" for number in range(1, 6)],
    "context_line": "    total = order['id']",
    "post_context": [f"after {number}" for number in range(1, 6)],
    "vars": {"secret": "s3cret"},
}  # fmt: skip


def thrown(*frames: object) -> dict[str, Any]:
    return {
        "platform": "python",
        "exception": {"values": [{"type": "KeyError", "stacktrace": {"frames": list(frames)}}]},
    }


def test_the_lines_around_the_crash() -> None:
    library = {"function": "get", "filename": "lib/site-packages/x.py", "in_app": False}
    place, code = excerpt(thrown(FRAME, library))
    assert place == "pay in checkout/views.py:43"
    assert code.split("\n") == [
        "    40  before 3",
        "    41  before 4",
        "    42  before 5",
        ">   43      total = order['id']",
        "    44  after 1",
        "    45  after 2",
        "    46  after 3",
    ]
    assert "s3cret" not in code


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        ({}, ""),
        ({"exception": "what"}, ""),
        (thrown(), ""),
        (thrown({"function": "main"}), "main"),
        (thrown({"filename": "a.py"}), "unknown function in a.py"),
        (thrown({**FRAME, "context_line": None}), "pay in checkout/views.py:43"),
        (thrown({**FRAME, "context_line": None, "pre_context": "x", "post_context": 5, "lineno": "no"}),
         "pay in checkout/views.py"),
    ],
)  # fmt: skip
def test_without_source_there_is_no_code(payload: dict[str, Any], place: str) -> None:
    assert excerpt(payload) == (place, "")


def test_lines_are_bounded_and_visible() -> None:
    place, code = excerpt(
        thrown({**FRAME, "context_line": "x" * 100_000 + "\u202e", "pre_context": ["\u202e\0evil"]})
    )
    assert max(map(len, code.split("\n"))) <= LONGEST_LINE + 10
    assert not {"\u202e", "\0"} & {*code}


def test_the_time_grows_with_the_size() -> None:
    assert_linear(lambda size: thrown(*[FRAME] * size), excerpt, largest=1 << 14)
    assert_linear(
        lambda size: thrown({**FRAME, "pre_context": ["x'\"`" * size] * 50}), excerpt, largest=1 << 14
    )
