from __future__ import annotations

from django.urls import resolve

from rustrak.lib.http.view_limits import BODY_BYTES, body_bytes, body_of_at_most


def test_a_view_takes_64_kib_unless_it_says_more() -> None:
    @body_of_at_most(100)
    def view() -> None:
        """Nothing."""

    assert body_bytes(view) == 100
    assert body_bytes(test_a_view_takes_64_kib_unless_it_says_more) == BODY_BYTES == 64 * 1024


def test_the_limit_survives_the_decorators_of_access() -> None:
    assert body_bytes(resolve("/projects/shop/settings/filters/").func) == 2 * 1024 * 1024
