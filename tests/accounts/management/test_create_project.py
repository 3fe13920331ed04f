from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Project


def test_stdout_is_the_dsn(db) -> None:
    out = io.StringIO()
    call_command("create_project", "Shop API", stdout=out)
    assert out.getvalue() == f"{Project.objects.get().dsn}\n"


@pytest.mark.parametrize(("name", "said"), [("SHOP", "already"), ("", "1 to 100")])
def test_says_what_is_wrong(shop: Project, name: str, said: str) -> None:
    out = io.StringIO()
    with pytest.raises(CommandError, match=said):
        call_command("create_project", name, stdout=out)
    assert out.getvalue() == ""
