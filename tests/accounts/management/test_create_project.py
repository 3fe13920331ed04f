from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Project


def test_stdout_is_the_dsn(db) -> None:
    out = io.StringIO()
    call_command("create_project", "Shop API", stdout=out)
    assert out.getvalue() == f"{Project.objects.get().dsn}\n"


def test_the_grouping_is_classic_if_nothing_is_said(db) -> None:
    call_command("create_project", "One", stdout=io.StringIO())
    call_command("create_project", "Two", "--grouping", "smart", stdout=io.StringIO())
    assert list(Project.objects.order_by("id").values_list("grouping", flat=True)) == ["classic", "smart"]
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("create_project", "Three", "--grouping", "clever")


@pytest.mark.parametrize(("name", "said"), [("SHOP", "already"), ("", "1 to 100")])
def test_says_what_is_wrong(shop: Project, name: str, said: str) -> None:
    out = io.StringIO()
    with pytest.raises(CommandError, match=said):
        call_command("create_project", name, stdout=out)
    assert out.getvalue() == ""


def test_stderr_says_that_other_machines_cannot_use_a_loopback_dsn(db, settings) -> None:
    for number, (public, host, words) in enumerate(
        (
            ("http://127.0.0.1:8000", "127.0.0.1", "HOST=0.0.0.0"),
            ("http://[::1]:8000", "::1", "HOST=0.0.0.0"),
            ("http://localhost:8000", "0.0.0.0", "set PUBLIC_URL"),
            ("http://0.0.0.0:8000", "0.0.0.0", "set PUBLIC_URL"),
            ("https://errors.example.org", "127.0.0.1", ""),
        )
    ):
        settings.PUBLIC_URL, settings.HOST = public, host
        out, problems = io.StringIO(), io.StringIO()
        call_command("create_project", f"P{number}", stdout=out, stderr=problems)
        assert out.getvalue().count("\n") == 1
        assert words in problems.getvalue()
        assert bool(problems.getvalue()) == bool(words)
        assert ("HOST=" in problems.getvalue()) == words.startswith("HOST")
