from __future__ import annotations

from django.urls import resolve

from rustrak.lib.http.view_limits import BODY_BYTES, BodyLimit, body_limit, body_of_at_most


def test_a_view_takes_64_kib_unless_it_says_more() -> None:
    @body_of_at_most(100)
    def view() -> None:
        """Nothing."""

    assert body_limit(view) == BodyLimit(100, None)
    assert body_limit(test_a_view_takes_64_kib_unless_it_says_more).size == BODY_BYTES == 64 * 1024


def test_the_limit_survives_the_decorators_of_access() -> None:
    assert body_limit(resolve("/projects/shop/settings/filters/").func).size == 2 * 1024 * 1024
