from __future__ import annotations

import os
import secrets
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.access import public
from rustrak import checks
from rustrak.lib.disk import private


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


@pytest.fixture
def data(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """RUSTRAK_DATA with a queue in it, closed to others."""
    settings.DATA_DIR, settings.INGEST_DIR = tmp_path, tmp_path / "spool"
    monkeypatch.setattr(checks, "_sqlite_file", lambda: tmp_path / "db" / "x.sqlite3")
    (tmp_path / "spool").mkdir(mode=0o700)
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_is_refused(data: Path) -> None:
    (data / "spool").chmod(0o500)
    assert [error.id for error in checks.directories_are_writable(None)] == ["rustrak.E002"]
    (data / "spool").chmod(0o700)


def test_a_file_instead_of_a_directory_is_refused(data: Path) -> None:
    (data / "spool").rmdir()
    (data / "spool").write_text("")
    errors = checks.directories_are_writable(None)
    assert [error.id for error in errors] == ["rustrak.E002"]
    assert "INGEST_DIR" in str(errors[0].msg)
    assert "Example: INGEST_DIR=" in str(errors[0].hint)


def test_directories_of_ours_pass(data: Path) -> None:
    assert checks.directories_are_ours(None) == []
    assert checks.files_are_private(None) == []


@pytest.mark.parametrize(
    ("wide", "number"), [(0o755, "rustrak.W002"), (0o711, "rustrak.W002"), (0o1777, "rustrak.E003"), (0o777, "rustrak.W002")]
)  # fmt: skip
def test_an_open_directory_is_named(data: Path, wide: int, number: str) -> None:
    (data / "spool").chmod(wide)
    (found,) = checks.directories_are_ours(None)
    assert (found.id, "INGEST_DIR" in str(found.msg)) == (number, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
@pytest.mark.parametrize(("wide", "number"), [(0o700, "rustrak.W002"), (0o757, "rustrak.E003")])
def test_a_directory_of_another_user_is_named(data: Path, wide: int, number: str) -> None:
    (data / "spool").chmod(wide)
    os.chown(data / "spool", 12345, -1)
    (found,) = checks.directories_are_ours(None)
    assert (found.id, "another user (uid 12345)" in str(found.msg)) == (number, True)
    assert number == "rustrak.E003" or "sudo -u '#12345'" in str(found.hint)


@pytest.mark.parametrize("name", ["secret_key", "spool/1-web-1-0.sealed", "spool/quarantine/1.jsonl", "cache/1.djcache", "attachments/1/2026-11/x", "db/x.sqlite3", "db/x.sqlite3-wal", "db/x.sqlite3-shm", "quota", "run/web.1.lock"])  # fmt: skip
def test_a_file_that_others_can_read_is_named(data: Path, name: str) -> None:
    path = data / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text("SQLite format 3\0" if name.endswith(".sqlite3") else "x")
    path.chmod(0o640)
    (found,) = checks.files_are_private(None)
    assert (found.id, str(path) in str(found.msg)) == ("rustrak.W001", True)
    path.chmod(0o600)
    assert checks.files_are_private(None) == []


def test_in_a_shared_directory_only_what_is_ours_is_named_and_closed(data: Path) -> None:
    (data / "website").mkdir()
    (data / "website" / "index.html").touch()
    ours = [
        data / name
        for name in ("secret_key", "rustrak.sqlite3", "rustrak.sqlite3-wal", "spool/1.sealed", "cache/x")
    ]
    theirs = [data, data / "website", data / "website" / "index.html"]
    (data / "cache").mkdir()
    for one in ours:
        one.touch()
    for one in [*ours, *theirs]:
        one.chmod(0o755)
    assert checks.directories_are_ours(None)[0].id == "rustrak.W002"
    private.tighten(checks.private_paths())
    assert [one.stat().st_mode & 0o077 for one in ours] == [0] * len(ours)
    assert [one.stat().st_mode & 0o077 for one in theirs] == [0o055] * len(theirs)
    assert checks.files_are_private(None) == []


def test_only_some_of_many_files_are_named(data: Path) -> None:
    for number in range(50):
        (data / f"file-{number}").touch()
        (data / f"file-{number}").chmod(0o644)
    (found,) = checks.files_are_private(None)
    assert "and 30 more" in str(found.msg)


@pytest.mark.parametrize(
    ("backend", "options", "says"),
    [
        ("x.y.Z", {}, "No module named 'x'"),
        ("django.core.files.storage.Nothing", {}, "Nothing"),
        ("django.core.files.storage.FileSystemStorage", {"bucket": "hunter2"}, "bucket"),
        ("datetime.timedelta", {"days": "hunter2"}, "TypeError"),
        ("decimal.Decimal", {"value": "hunter2"}, "InvalidOperation"),
        ("uuid.UUID", {"hex": "hunter2"}, "ValueError"),
    ],
)
def test_a_storage_that_cannot_be_used_is_named_without_its_options(
    settings: Any, backend: str, options: dict[str, str], says: str
) -> None:
    settings.STORAGES = {**settings.STORAGES, "attachments": {"BACKEND": backend, "OPTIONS": options}}
    (error,) = checks.attachments_have_a_storage(None)
    assert error.id == "rustrak.E004"
    assert says in error.msg
    assert "hunter2" not in error.msg


def test_a_file_that_is_no_database_is_left_alone(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that refuses it must not have taken it from other users first."""
    other = data.parent / f"{data.name}-notes.txt"
    other.write_text("root:x:0:0:root:/root:/bin/bash\n" * 10)
    other.chmod(0o644)
    monkeypatch.setattr(checks, "_sqlite_file", lambda: other)
    assert other not in checks.private_paths()
    private.tighten(checks.private_paths())
    assert other.stat().st_mode & 0o777 == 0o644
    for content in (b"", b"SQLite format 3\0" + bytes(84)):
        other.write_bytes(content)
        assert other in checks.private_paths()
    other.unlink()
    other.mkdir()
    assert other not in checks.private_paths()


def test_looking_at_the_database_does_not_end_its_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its lock, the next program that leaves takes itself for the last one and deletes the file of what is not written yet."""
    file = tmp_path / "rustrak.sqlite3"
    monkeypatch.setattr(checks, "_sqlite_file", lambda: file)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE events (id)")
        assert file in checks.private_paths()
        other = f"import sqlite3; c = sqlite3.connect({str(file)!r}); c.execute('SELECT * FROM events'); c.close()"
        subprocess.run([sys.executable, "-I", "-S", "-c", other], check=True)
        assert Path(f"{file}-wal").exists()
    file.unlink()
    file.write_bytes(b"SQLite is not all")
    assert file not in checks.private_paths()


@pytest.mark.parametrize("length", [32, 64])
def test_the_checks_for_deployment_find_nothing(tmp_path: Path, length: int) -> None:
    environment = {
        "PATH": os.environ["PATH"], "RUSTRAK_DATA": str(tmp_path / "data"), "PUBLIC_URL": "https://errors.example.org",
        "SSL_PROXY": "true", "SESSION_SECRET_KEY": secrets.token_hex(length // 2), "TRUSTED_PROXIES": "127.0.0.1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-Wignore", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout
