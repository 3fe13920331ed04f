from __future__ import annotations

import pytest

from ingest.filters.lines import MAX_LENGTH, MAX_LINES, BadLines, clean


def test_valid_lines_are_cleaned() -> None:
    assert clean("error_messages", "  TypeError*  \r\n\r\n*timeout*\nTypeError*\n") == "TypeError*\n*timeout*"
    assert clean("allowed_origins", "*\nexample.org\nnull") == "*\nexample.org\nnull"
    assert clean("blocked_addresses", "192.0.2.1\n192.0.2.0/24\n2001:db8::/32\n::1") == (
        "192.0.2.1\n192.0.2.0/24\n2001:db8::/32\n::1"
    )
    assert clean("releases", "") == ""


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("error_messages", "fine\n*\n", "Line 2, '*': matches every event"),
        ("releases", "???", "matches every event"),
        ("releases", "x" * (MAX_LENGTH + 1), f"longer than {MAX_LENGTH}"),
        ("releases", "\n".join(f"r{n}" for n in range(MAX_LINES + 1)), f"at most {MAX_LINES} are allowed"),
        ("allowed_origins", "https://example.org/app", "an origin has no path"),
        ("allowed_origins", "a b", "is not an origin"),
        ("blocked_addresses", "example.org", "is not an address or network"),
        ("blocked_addresses", "192.0.2.300", "is not an address or network"),
        ("blocked_addresses", "0.0.0.0/0", "matches every address"),
    ],
)
def test_the_error_names_the_line(name: str, text: str, says: str) -> None:
    with pytest.raises(BadLines) as refused:
        clean(name, text)
    assert says in str(refused.value)
    assert refused.value.problems
