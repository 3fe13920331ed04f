from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from issues.commits.fixes import MOST_ISSUES, named
from tests.lib.growth import assert_linear


def test_the_issues_that_a_message_says_it_fixes() -> None:
    messages = {
        "fixes SHOP-12": [("shop", 12)],
        "Fix cart\n\nCloses: web-shop-3, SHOP-1 and shop-2.": [("web-shop", 3), ("shop", 1), ("shop", 2)],
        "RESOLVED SHOP-1, and SHOP-2 & SHOP-3; see SHOP-4": [("shop", 1), ("shop", 2), ("shop", 3)],
        "fix SHOP-1 fixed SHOP-1 close SHOP-2 closed SHOP-3": [("shop", 1), ("shop", 2), ("shop", 3)],
        "resolve SHOP-1\nresolves SHOP-2": [("shop", 1), ("shop", 2)],
        "chore(fix): SHOP-7 (fixes SHOP-8)": [("shop", 8)],
        "see SHOP-12, prefixes SHOP-1, fixes #12, fixes acme/shop#3, fixing SHOP-4": [],
        "fixes SHOP-12a, fixes SHOP-12-3x, fixes SHOP-١, fixes -1": [],
        'Revert "Add cart, fixes SHOP-12"': [],
        'Reapply "Add cart, fixes SHOP-12"': [("shop", 12)],
        "": [],
    }
    for message, issues in messages.items():
        assert named(message) == issues, message


_PARTS = st.sampled_from(["fixes", "SHOP-1", "a-b-2", ",", "and", " ", "\n", ":", "#3", "x", "-", "9"])


@given(st.lists(_PARTS, max_size=12).map("".join) | st.text(max_size=80))
def test_what_is_named_stands_behind_a_word_in_the_message(message: str) -> None:
    for slug, number in named(message):
        assert f"{slug}-" in message.lower()
        assert str(number) in message
        assert any(word in message.lower() for word in ("fix", "close", "resolve"))


def test_a_long_message_takes_no_longer_than_its_length() -> None:
    for part in ("fixes ", "fixes a-", "A-1, ", "fixes SHOP-1, and ", "-", "fix\n", "close: A-1 & "):
        assert_linear(lambda size, part=part: part * (size // len(part) + 1), named, largest=1 << 18)  # type: ignore[misc]
    assert len(named("fixes " + ", ".join(f"A-{number}" for number in range(5_000)))) == MOST_ISSUES
