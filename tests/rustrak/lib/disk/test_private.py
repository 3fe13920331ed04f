from __future__ import annotations

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from rustrak.lib.disk import private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def opened(path: Path, wide: int = 0o755) -> Path:
    path.mkdir(exist_ok=True)
    path.chmod(wide)
    return path


def test_a_new_directory_is_closed_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        private.create(tmp_path / "new")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == 0o700


def test_an_existing_directory_of_ours_is_closed(tmp_path: Path) -> None:
    directory = opened(tmp_path / "data")
    (directory / "run").mkdir()
    (directory / "lost+found").mkdir()
    (directory / "rustrak.sqlite3").touch()
    private.create(directory, {"run"})
    assert mode(directory) == 0o700


def test_a_directory_with_something_else_in_it_stays_as_it_is(tmp_path: Path) -> None:
    directory = opened(tmp_path / "srv")
    (directory / "website").mkdir()
    private.create(directory, {"run"})
    assert mode(directory) == 0o755
    assert private.why_shared(directory, {"run"}) == "also holds website, which is not Rustrak's"


def test_a_directory_that_everybody_uses_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = opened(tmp_path / "tmp", 0o1777)
    private.create(directory)
    assert mode(directory) == 0o1777
    home = opened(tmp_path / "home")
    monkeypatch.setenv("HOME", str(home))
    private.create(home)
    assert mode(home) == 0o755
    for shared in ("/", "/tmp", "/var/spool"):  # noqa: S108
        assert private.why_shared(Path(shared)) is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_another_user_stays_as_it_is(tmp_path: Path) -> None:
    directory = opened(tmp_path / "data")
    os.chown(directory, 12345, -1)
    private.create(directory)
    assert mode(directory) == 0o755
    assert private.why_shared(directory) == "belongs to another user (uid 12345)"
    mine = opened(tmp_path / "mine")
    (mine / "theirs").touch()
    os.chown(mine / "theirs", 12345, -1)
    assert private.why_shared(mine) == "also holds theirs, which is not Rustrak's"


def test_a_file_in_the_place_of_the_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(FileExistsError):
        private.create(tmp_path / "data")
    private.close(tmp_path / "missing")


def test_tightening_closes_everything_and_follows_no_link(tmp_path: Path) -> None:
    outside = opened(tmp_path / "outside")
    (outside / "file").touch(0o666)
    (outside / "file").chmod(0o666)
    data = opened(tmp_path / "data")
    for name in ("rustrak.sqlite3", "rustrak.sqlite3-wal", "secret_key"):
        (data / name).touch()
        (data / name).chmod(0o644)
    (opened(data / "cache") / "x.djcache").touch()
    (data / "cache" / "x.djcache").chmod(0o664)
    os.mkfifo(data / "wake")
    (data / "wake").chmod(0o666)
    (data / "link").symlink_to(outside / "file")
    (data / "links").symlink_to(outside)
    with tempfile.TemporaryDirectory(dir="/tmp") as short, socket.socket(socket.AF_UNIX) as server:  # noqa: S108
        server.bind(f"{short}/socket")
        os.chmod(f"{short}/socket", 0o777)
        found = private.exposed([data, Path(short)])
        assert found.count == 8
        assert private.tighten([data, Path(short)]) == 8
        assert private.exposed([data, Path(short)]).count == 0
    assert (mode(outside), mode(outside / "file")) == (0o755, 0o666)


def test_what_is_skipped_is_closed_itself_and_not_looked_into(tmp_path: Path) -> None:
    attachments = opened(tmp_path / "attachments")
    (attachments / "1").touch()
    (attachments / "1").chmod(0o644)
    assert private.tighten([tmp_path], skipped={attachments}) == 1
    assert (mode(attachments), mode(attachments / "1")) == (0o700, 0o644)


def test_many_files_are_counted_and_a_few_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        (tmp_path / str(number)).touch()
        (tmp_path / str(number)).chmod(0o644)
    found = private.exposed([tmp_path])
    assert (len(found.first), found.count, found.complete) == (20, 30, True)
    monkeypatch.setattr(private, "MOST_ENTRIES", 10)
    found = private.exposed([tmp_path])
    assert (found.count, found.complete) == (9, False)
    assert private.exposed([tmp_path / "missing"]).count == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_cannot_be_closed_is_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        (tmp_path / str(number)).touch()
        (tmp_path / str(number)).chmod(0o644)
        os.chown(tmp_path / str(number), 12345, -1)
    assert private.tighten([tmp_path]) == 0
    assert len(caplog.records) == 1
