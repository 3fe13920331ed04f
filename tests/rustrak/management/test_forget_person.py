from __future__ import annotations

import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Project
from issues.models import Event
from issues.record.writer import record
from tests.issues.forgetting.conftest import LINK, ZELDA, event
from tests.lib.occurrences import NOW, occurrence


@pytest.fixture
def met(shop: Project) -> Project:
    record(
        shop.pk, [occurrence(event(user)) for user in (ZELDA, LINK, {"id": "z", "username": "wvlink"})], NOW
    )
    return shop


def test_a_person_is_given_out_and_forgotten(
    met: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("export_person", "shop", "qxzel", str(tmp_path / "her.zip"), stdout=(said := StringIO()))
    assert said.getvalue().startswith("1 event written to")
    assert (tmp_path / "her.zip").stat().st_mode & 0o777 == 0o600
    assert zipfile.ZipFile(tmp_path / "her.zip").testzip() is None
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_person", "shop", "qxzel", str(tmp_path / "her.zip"))
    monkeypatch.setattr("builtins.input", lambda prompt: "no")
    with pytest.raises(CommandError, match="nothing was deleted"):
        call_command("forget_person", "shop", "QXZELDA@example.org")
    monkeypatch.setattr("builtins.input", lambda prompt: "qxzelda@example.org")
    call_command("forget_person", "shop", "QXZELDA@example.org", stdout=(said := StringIO()))
    assert said.getvalue().endswith("1 event deleted.\n")
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("project", "name", "said"),
    [
        ("nowhere", "x", "no project"),
        ("shop", "x", "nobody in shop"),
        ("shop", "198.51.100.4", "several people"),
    ],
)
def test_who_is_not_one_person(met: Project, project: str, name: str, said: str) -> None:
    record(met.pk, [occurrence(event({"id": "z2", "ip_address": "198.51.100.4"}))], NOW)
    with pytest.raises(CommandError, match=said):
        call_command("forget_person", project, name, "--yes")
