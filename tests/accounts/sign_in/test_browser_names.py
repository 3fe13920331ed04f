from __future__ import annotations

import pytest

from accounts.sign_in.browser_names import browser_name

APPLE = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0) {APPLE} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 15) {APPLE} Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Firefox/140.0", "Firefox on macOS"),
        ("curl/8.5.0", "curl"),
        ("x" * 500, "x" * 60),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_what_people_call_it(header: str, name: str) -> None:
    assert browser_name(header) == name
