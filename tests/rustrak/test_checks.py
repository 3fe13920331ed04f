from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.access import public
from rustrak import checks


def naked(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


naked.__module__ = "issues.pages.example"


@public("an example")
def dressed(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def foreign(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


foreign.__module__ = "somebody.views"


class Urls:
    def __init__(self, *patterns: Any) -> None:
        self.urlpatterns = list(patterns)


def found(settings: Any, *patterns: Any) -> list[str]:
    settings.ROOT_URLCONF = Urls(*patterns)
    return [str(error.msg) for error in checks.every_view_has_a_policy(None)]


def test_the_project_passes_its_own_checks() -> None:
    assert [error for error in run_checks() if error.is_serious()] == []


def test_every_view_of_ours_is_checked() -> None:
    from django.urls import get_resolver

    ours = [view for _, view in checks.views(get_resolver().url_patterns) if getattr(view, "access", None)]
    assert len(ours) > 20


def test_a_view_without_a_policy_is_refused(settings: Any) -> None:
    assert found(settings, path("naked/", naked)) == ["The view of /naked/ does not say who may use it."]
    assert found(settings, path("below/", ([path("naked/", naked)], None, None))) == [
        "The view of /below/naked/ does not say who may use it."
    ]


def test_a_view_of_an_unknown_library_is_refused(settings: Any) -> None:
    assert len(found(settings, path("foreign/", foreign))) == 1


def test_policies_and_known_guards_pass(settings: Any) -> None:
    assert found(settings, path("dressed/", dressed), path("admin/", admin.site.urls)) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_is_refused(settings: Any, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    settings.INGEST_DIR = tmp_path / "spool"
    assert [error.id for error in checks.directories_are_ours(None)] == ["rustrak.E002"]
    tmp_path.chmod(0o700)


def test_a_file_instead_of_a_directory_is_refused(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("")
    settings.INGEST_DIR = tmp_path / "spool"
    errors = checks.directories_are_ours(None)
    assert [error.id for error in errors] == ["rustrak.E002"]
    assert "INGEST_DIR" in str(errors[0].msg)
    assert "Example: INGEST_DIR=" in str(errors[0].hint)


def test_a_secret_that_others_can_read_is_a_warning(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = settings.INGEST_DIR = tmp_path
    secret = tmp_path / "secret_key"
    secret.write_text("x")
    secret.chmod(0o644)
    assert [error.id for error in checks.directories_are_ours(None)] == ["rustrak.W001"]
    secret.chmod(0o600)
    assert checks.directories_are_ours(None) == []
