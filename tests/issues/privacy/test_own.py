from __future__ import annotations

import pytest

from issues.privacy import own


def test_lines_are_read_without_remarks_and_duplicates() -> None:
    assert own.lines("# ours\n customer_* \n\ncustomer_*\norder\n") == ("customer_*", "order")
    assert own.clean("removed_names", " # ours\ncustomer_*  \n\norder\n\n") == "# ours\ncustomer_*\n\norder"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("removed_names", "*", "needs 2 characters in a row"),
        ("kept_names", "a*b", "needs 2 characters in a row"),
        ("removed_names", 'a"bc', "ASCII characters"),
        ("removed_names", "straße", "ASCII characters"),
        ("removed_names", "a" * 251, "longer than 250"),
        ("removed_names", "\n".join(f"name{n}" for n in range(101)), "at most 100"),
        ("patterns", "(", "Line 1, '(': is not a pattern of RE2"),
        ("patterns", r"(a)\1", "is not a pattern of RE2"),
        ("patterns", "((a{1000}){1000})", "is not a pattern of RE2"),
        ("patterns", "x*", "matches an empty text"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(name: str, text: str, problem: str) -> None:
    with pytest.raises(own.BadRules) as error:
        own.clean(name, text)
    assert problem in error.value.problems[0]
