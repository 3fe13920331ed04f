"""A database that Rustrak cannot use stops every command with one sentence that says what helps, and no traceback."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.lib import installation
from tests.lib.clusters import Cluster, cluster
from tests.lib.live import free_port

pytestmark = pytest.mark.long
COMMANDS = ["up", "web", "digest", "deliver", "retain", "migrate"]


def run(url: str, *arguments: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` with this DATABASE_URL, to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=installation.ROOT, capture_output=True, text=True, timeout=240, check=False,
        env={"PATH": os.environ["PATH"], "RUSTRAK_DATA": str(data), "DATABASE_URL": url, "PORT": str(free_port()), **environment},
    )  # fmt: skip


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a command that was refused."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as made:
        made.execute("CREATE ROLE app LOGIN PASSWORD 'x'", "CREATE ROLE group_only")
        yield made


@pytest.mark.parametrize("command", COMMANDS)
def test_an_encoding_that_cannot_store_every_text(server: Cluster, command: str, tmp_path: Path) -> None:
    server.execute("DROP DATABASE IF EXISTS latin", "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")  # fmt: skip
    sentence = refusal(run(server.url("latin"), command, data=tmp_path))
    assert "encoding LATIN1" in sentence
    assert "ENCODING 'UTF8' TEMPLATE template0" in sentence


@pytest.mark.parametrize("encoding", ["EUC_JP", "SQL_ASCII"])
def test_other_encodings(server: Cluster, encoding: str, tmp_path: Path) -> None:
    name = f"enc_{encoding.lower()}"
    server.execute(
        f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    assert f"encoding {encoding}" in refusal(run(server.url(name), "migrate", data=tmp_path))
    doctor = run(server.url(name), "doctor", data=tmp_path)
    assert doctor.returncode == 1
    assert f"encoding {encoding}" in doctor.stdout


@pytest.mark.parametrize(
    ("prepare", "url", "words", "fix"),
    [
        ([], "postgres://nobody@127.0.0.1:{port}/postgres", 'role "nobody" does not exist', "CREATE ROLE"),
        ([], "postgres://rustrak@127.0.0.1:{port}/none", 'database "none" does not exist', "CREATE DATABASE"),
        ([], "postgres://group_only@127.0.0.1:{port}/postgres", "not permitted to log in", "ALTER ROLE"),
        ([], "postgres://app@127.0.0.1:{port}/postgres?sslmode=require", "does not support SSL", "sslmode"),
        ([], "postgres://app@127.0.0.1:{port}/postgres?colour=red", "colour", "DATABASE_URL"),
        ([], "postgres://app@127.0.0.1:{port}/postgres", "may not create tables", "GRANT CREATE, USAGE ON SCHEMA public TO app"),
        (["CREATE DATABASE lost OWNER app", "ALTER ROLE app IN DATABASE lost SET search_path = nowhere"],
         "postgres://app@127.0.0.1:{port}/lost", "search_path names no schema", "SET search_path = public"),
        (["CREATE DATABASE reading OWNER app", "ALTER DATABASE reading SET default_transaction_read_only = on"],
         "postgres://app@127.0.0.1:{port}/reading", "only allows reads", "default_transaction_read_only"),
        (["CREATE ROLE guest LOGIN", "CREATE DATABASE closed", "REVOKE CONNECT ON DATABASE closed FROM PUBLIC"],
         "postgres://guest@127.0.0.1:{port}/closed", "permission denied for database", "GRANT CONNECT"),
        ([], "postgres://app@127.0.0.1:1/postgres", "refused", "Start PostgreSQL"),
        ([], "postgres://app@no-such-host.invalid/postgres", "no-such-host.invalid", "cannot be resolved"),
    ],
)  # fmt: skip
def test_a_server_that_refuses(
    server: Cluster, prepare: list[str], url: str, words: str, fix: str, tmp_path: Path
) -> None:
    server.execute(*prepare or ["SELECT 1"])
    sentence = refusal(run(url.format(port=server.port), "migrate", data=tmp_path))
    assert words in sentence
    assert fix in sentence


def test_a_wrong_password_is_not_waited_for(server: Cluster, tmp_path: Path) -> None:
    hba = server.root / "cluster" / "pg_hba.conf"
    before = hba.read_text()
    hba.write_text(f"host all app 127.0.0.1/32 scram-sha-256\n{before}")
    server.execute("SELECT pg_reload_conf()")
    try:
        for command in ("up", "web", "digest"):
            url = f"postgres://app:wrong@127.0.0.1:{server.port}/postgres"
            sentence = refusal(run(url, command, data=tmp_path))
            assert "password authentication failed" in sentence
            assert "Correct the user and password" in sentence
            assert "wrong" not in sentence
    finally:
        hba.write_text(before)
        server.execute("SELECT pg_reload_conf()")


def test_a_database_of_another_project_or_version(server: Cluster, tmp_path: Path) -> None:
    table = "CREATE TABLE django_migrations (id bigserial, app text, name text, applied timestamptz DEFAULT now())"
    server.execute("CREATE DATABASE other", "CREATE DATABASE newer", "CREATE DATABASE plain", "CREATE DATABASE bare")  # fmt: skip
    server.execute(table, "INSERT INTO django_migrations (app, name) VALUES ('auth', '0001_initial'), ('polls', '0001_initial')", name="other")  # fmt: skip
    assert "belongs to another Django project" in refusal(run(server.url("other"), "up", data=tmp_path))
    server.execute(
        table, "INSERT INTO django_migrations (app, name) VALUES ('ingest', '9999_later')", name="newer"
    )
    assert "newer version of Rustrak (ingest.9999_later)" in refusal(
        run(server.url("newer"), "up", data=tmp_path)
    )
    server.execute("CREATE TABLE accounts_user (id int)", name="plain")
    assert "tables of another program" in refusal(run(server.url("plain"), "migrate", data=tmp_path))
    server.execute("CREATE TABLE django_migrations (id int)", name="bare")
    assert "tables of another program" in refusal(run(server.url("bare"), "migrate", data=tmp_path))
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as other:
        other.execute("CREATE TABLE django_migrations (id int)")
    sentence = refusal(run(f"sqlite:///{tmp_path}/other.sqlite3", "migrate", data=tmp_path))
    assert "tables of another program" in sentence


def test_what_the_role_and_the_environment_set_does_no_harm(server: Cluster, tmp_path: Path) -> None:
    server.execute("CREATE DATABASE fine OWNER app", "ALTER ROLE app SET client_encoding = 'LATIN1'", "ALTER ROLE app SET statement_timeout = '50ms'", "ALTER ROLE app SET lock_timeout = '1s'")  # fmt: skip
    try:
        done = run(server.url("fine", "app"), "migrate", data=tmp_path, PGCLIENTENCODING="LATIN1", PGOPTIONS="-c client_min_messages=error")  # fmt: skip
        assert done.returncode == 0, done.stderr
        name = "Ωmega Магазин 店"
        dsn = run(server.url("fine", "app"), "create_project", name, data=tmp_path, PGCLIENTENCODING="LATIN1")
        assert dsn.returncode == 0, dsn.stderr
        assert server.execute("SELECT name FROM accounts_project", name="fine") == [(name,)]
    finally:
        server.execute("ALTER ROLE app RESET ALL")


def test_tables_of_another_role(server: Cluster, tmp_path: Path) -> None:
    server.execute("CREATE DATABASE restored")
    assert run(server.url("restored"), "migrate", data=tmp_path).returncode == 0
    url = server.url("restored", "app")
    sentence = refusal(run(url, "digest", "--once", data=tmp_path))
    assert "may not" in sentence or "permission denied" in sentence
    assert "GRANT" in sentence or "owner" in sentence
    refusal(run(url, "create_project", "Shop", data=tmp_path))


def test_a_database_that_lacks_its_tables(server: Cluster, tmp_path: Path) -> None:
    server.execute("CREATE DATABASE empty")
    for arguments in (["create_project", "Shop"], ["retain", "--once"]):
        assert "manage.py migrate" in refusal(run(server.url("empty"), *arguments, data=tmp_path))


def odd_files(tmp_path: Path) -> dict[str, tuple[str, str]]:
    """Paths of SQLite files that cannot be used, with what is said about each."""
    (tmp_path / "text").write_text("not a database at all " * 100)
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").write_text("")
    whole = tmp_path / "whole"
    installation.copy_into(whole)
    data = bytearray((whole / "rustrak.sqlite3").read_bytes())
    data[100:4000] = b"\xff" * 3900
    (tmp_path / "corrupt").write_bytes(data)
    return {
        "text": ("not a database", "correct it"),
        "directory": ("unable to open", "must name a file"),
        "file/x.sqlite3": ("unable to open", "in a directory that exists"),
        "missing/x.sqlite3": ("unable to open", "in a directory that exists"),
        "corrupt": ("malformed", "restore the backup"),
    }


@pytest.mark.parametrize("command", ["migrate", "digest"])
def test_files_that_are_no_database(tmp_path: Path, command: str) -> None:
    for name, (words, fix) in odd_files(tmp_path).items():
        if command == "digest" and name.endswith("x.sqlite3"):
            words, fix = "does not exist", "manage.py migrate"
        sentence = refusal(run(f"sqlite:///{tmp_path / name}", command, data=tmp_path / "data"))
        assert words in sentence
        assert fix in sentence


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    installation.copy_into(tmp_path / "data")
    (tmp_path / "data" / "rustrak.sqlite3").chmod(0o400)
    assert "cannot be written" in refusal(run("", "migrate", data=tmp_path / "data"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses(tmp_path: Path, command: str) -> None:
    (tmp_path / "text").write_text("not a database at all " * 100)
    assert "not a database" in refusal(run(f"sqlite:///{tmp_path / 'text'}", command, data=tmp_path / "data"))


def test_a_file_that_was_moved_away_is_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "gone.sqlite3"
    for arguments in (["digest", "--once"], ["retain", "--once"], ["create_project", "Shop"]):
        sentence = refusal(run(f"sqlite:///{path}", *arguments, data=tmp_path))
        assert "does not exist" in sentence
    assert not path.exists()
