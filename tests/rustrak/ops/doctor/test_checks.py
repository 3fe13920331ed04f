from __future__ import annotations

import errno
import ipaddress
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.spool import Record, quarantine
from rustrak.lib import presence
from rustrak.ops.doctor import Finding, Level, configuration, machine, processes, spool


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    settings.INGEST_DIR = tmp_path / "spool"
    settings.RUN_DIR = tmp_path / "run"
    return tmp_path / "spool"


def worst(findings: Any) -> Finding:
    order = [Level.OK, Level.WARNING, Level.PROBLEM]
    found: list[Finding] = list(findings)
    return max(found, key=lambda one: order.index(one.level))


def a_segment(directory: Path, age: float, size: int = 10) -> None:
    directory.mkdir(exist_ok=True)
    begun = int((time.time() - age) * 1e9)
    (directory / f"{begun:020d}-web-1-0.sealed").write_bytes(b"x" * size)


def test_an_empty_queue(directory: Path) -> None:
    found = list(spool.check())
    assert [(one.subject, one.level) for one in found] == [("queue", Level.OK), ("set aside", Level.OK)]
    assert list(directory.iterdir()) == [], "nothing is left of the probe"


@pytest.mark.parametrize(("age", "level"), [(1, Level.OK), (20, Level.WARNING), (300, Level.PROBLEM)])
def test_a_queue_that_is_not_processed(directory: Path, age: float, level: Level) -> None:
    a_segment(directory, age)
    found = worst(spool.check())
    assert found.level == level
    if level != Level.OK:
        assert "No digest is running" in found.fix
        presence.hold(directory.parent / "run", "digest")
        assert "The digest is running: see its log" in worst(spool.check()).fix


@pytest.mark.parametrize(("size", "level"), [(100, Level.OK), (600, Level.WARNING), (950, Level.PROBLEM)])
def test_a_queue_near_its_limit(directory: Path, settings: Any, size: int, level: Level) -> None:
    settings.MAX_SPOOL_BYTES = 1000
    a_segment(directory, 0, size)
    assert worst(spool.check()).level == level
    settings.MAX_SPOOL_BYTES = 0
    assert worst(spool.check()).level == Level.OK


def test_quarantine(directory: Path) -> None:
    quarantine(directory, Record("event", 1, "a" * 32, 0.0, None, None, b"x"), "why")
    found = worst(spool.check())
    assert (found.subject, found.level, found.text) == (
        "set aside",
        Level.WARNING,
        "1 record could not be stored (4 KiB)",
    )
    assert str(directory / "quarantine") in found.fix


@pytest.mark.parametrize(
    ("number", "fix"),
    [(errno.ENOSPC, "Free space"), (errno.EROFS, "mounted read-only"), (errno.EACCES, "the user that runs"), (errno.EMFILE, "open files"), (errno.EIO, "and its disk, or set")],
)  # fmt: skip
def test_a_directory_that_is_not_writable(
    directory: Path, monkeypatch: pytest.MonkeyPatch, number: int, fix: str
) -> None:
    def refuse(*arguments: Any) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(machine.os, "open", refuse)
    for subject, found in (("queue", list(spool.check())), ("data directory", list(machine.check_data()))):
        (one,) = found
        assert (one.subject, one.level) == (subject, Level.PROBLEM)
        assert os.strerror(number) in one.text
        assert fix in one.fix


@pytest.mark.parametrize(
    ("free", "inodes", "level", "text"),
    [
        (100_000, 10**6, Level.OK, ""),
        (1000, 10**6, Level.WARNING, "1,000 MiB are free"),
        (100, 10**6, Level.PROBLEM, "100 MiB are free"),
        (600, 10**6, Level.WARNING, "below 512 MiB SDKs get a 503"),
        (100_000, 5000, Level.WARNING, "5,000 more files"),
        (100_000, 10, Level.PROBLEM, "10 more files"),
    ],
)
def test_free_space(
    directory: Path, monkeypatch: pytest.MonkeyPatch, free: int, inodes: int, level: Level, text: str
) -> None:
    about = SimpleNamespace(
        f_bavail=free, f_frsize=1024 * 1024, f_blocks=200_000, f_files=10**6, f_favail=inodes
    )
    monkeypatch.setattr(machine.os, "statvfs", lambda path: about)
    for check in (spool.check, machine.check_data):
        found = worst(check())
        assert found.level == level
        assert text in found.text


def test_a_slow_disk(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "SLOW_SECONDS", 0.0)
    found = worst(spool.check())
    assert (found.level, found.fix) == (Level.WARNING, "Put INGEST_DIR on a faster local disk.")


def test_processes(directory: Path, settings: Any) -> None:
    run = directory.parent / "run"
    assert not processes.anything_runs()
    assert worst(processes.check()).text == "Rustrak is not running on this machine"
    presence.hold(run, "digest")
    found = {one.subject: one for one in processes.check()}
    assert processes.anything_runs()
    assert (found["web"].level, found["digest"].level, found["retain"].level) == ("problem", "ok", "warning")
    settings.WEB_WORKERS = 3
    presence.hold(run, "web")
    found = {one.subject: one for one in processes.check()}
    assert found["web"].level == "warning"
    assert found["web"].text.endswith("; there should be 3")


@pytest.mark.parametrize(
    ("changed", "level", "text"),
    [
        ({}, Level.OK, "PUBLIC_URL=https://errors.example.org"),
        ({"SSL_PROXY": False}, Level.WARNING, "SSL_PROXY is false"),
        ({"PUBLIC_URL": "http://errors.example.org"}, Level.PROBLEM, "nobody can sign in"),
        ({"TRUSTED_PROXIES": []}, Level.WARNING, "TRUSTED_PROXIES is empty"),
        (
            {"PUBLIC_URL": "https://0.0.0.0", "HOST": "0.0.0.0"},
            Level.WARNING,
            "only be reached from this machine",
        ),
        (
            {"PUBLIC_URL": "https://localhost", "HOST": "192.0.2.1"},
            Level.WARNING,
            "only be reached from this machine",
        ),
        (
            {"PUBLIC_URL": "https://127.0.0.1:8000", "HOST": "127.0.0.1"},
            Level.WARNING,
            "only be reached from this machine",
        ),
        ({"INGEST_FSYNC": False}, Level.WARNING, "power failure"),
        (
            {"GIVEN_NAMES": {"PUBLIC_URI"}},
            Level.WARNING,
            "PUBLIC_URI is set, which Rustrak does not read",
        ),
    ],
)
def test_settings_that_do_not_fit_together(
    directory: Path, settings: Any, changed: dict[str, Any], level: Level, text: str
) -> None:
    usual = {"PUBLIC_URL": "https://errors.example.org", "SSL_PROXY": True, "TRUSTED_PROXIES": [ipaddress.ip_network("127.0.0.1")], "HOST": "127.0.0.1", "GIVEN_NAMES": set()}  # fmt: skip
    for name, value in {**usual, **changed}.items():
        setattr(settings, name, value)
    found = worst(configuration.check())
    assert (found.level, text in found.text) == (level, True), found


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("PUBLIC_URI", "PUBLIC_URL"),
        ("DATABASEURL", "DATABASE_URL"),
        ("public_url", "PUBLIC_URL"),
        ("RUSTRAK_PORT", "PORT"),
        ("RUSTRAK_PUBLIC_URL", "PUBLIC_URL"),
        ("RUSTRAK_SECRET_KEY", "SESSION_SECRET_KEY"),
        ("SECRET_KEY", "SESSION_SECRET_KEY"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("RETAIN_DAY", "RETAIN_DAYS"),
        ("SESSION_SECRET_KEYFILE", "SESSION_SECRET_KEY_FILE"),
        ("RUSTRAK_DATA", None),
        ("RUSTRAK_DATA_FILE", None),
        ("HOSTNAME", None),
        ("PATH", None),
        ("PORTS", None),
        ("DISPLAY", None),
        ("X" * 10_000, None),
    ],
)
def test_misspelled_names(settings: Any, given: str, meant: str | None) -> None:
    found = list(configuration.misspelled({given}, settings.SETTING_NAMES))
    assert found == ([(given, meant)] if meant else [])


def test_trusting_every_address_is_a_warning(directory: Path, settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("0.0.0.0/0")]
    assert "TRUSTED_PROXIES contains every address" in worst(configuration.check()).text


def test_a_low_limit_of_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.resource, "getrlimit", lambda which: (256, 256))
    (found,) = machine.check_descriptors()
    assert (found.level, "only 256 files" in found.text) == (Level.WARNING, True)
