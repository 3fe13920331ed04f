from __future__ import annotations

import pytest
from django.conf import LazySettings

from accounts.sign_in import passkeys


@pytest.mark.parametrize(
    ("url", "works"),
    [
        ("https://errors.example.org", True),
        ("https://errors.example.org:8443/rustrak", True),
        ("http://localhost:8000", True),
        ("http://errors.example.org", False),
        ("http://127.0.0.1:8000", False),
        ("https://192.0.2.1", False),
        ("https://[2001:db8::1]", False),
    ],
)
def test_where_browsers_use_passkeys(settings: LazySettings, url: str, works: bool) -> None:
    settings.PUBLIC_URL = url
    assert (passkeys.why_not() == "") is works
