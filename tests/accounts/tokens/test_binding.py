"""accounts/tokens/binding.py"""

from __future__ import annotations

from accounts.tokens.binding import may_ask


def test_what_asks_for_projects_is_open() -> None:
    for path in (
        "/api/0/",
        "/api/0/organizations/o/releases/a\nb/",
        "/api/projects/3",
        "/api/projects/3/issues/bulk",
        "/auth/me",
    ):
        assert may_ask("POST", path), path
    assert may_ask("GET", "/api/projects")
    assert may_ask("HEAD", "/api/projects/")


def test_everything_else_is_not() -> None:
    others = (
        "/api/projects", "/api/teams", "/api/alert-channels", "/api/bulk-actions/x", "/metrics", "/api/00/x", "/auth/me/x",
        "/x/api/0/", "/api/projects/3x/issues", "",
    )  # fmt: skip
    for path in others:
        assert not may_ask("POST", path), path
