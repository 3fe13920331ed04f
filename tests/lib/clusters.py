"""PostgreSQL servers of their own for tests that stop, restart or reconfigure them; skipped where there are no programs.

with cluster(max_connections=10) as server: ...
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.lib import missing, postgres
from tests.lib.live import free_port


def _run(root: Path, program: str, *arguments: str, **over: Any) -> None:
    programs = postgres.binaries()
    assert programs is not None
    as_user = {"user": "postgres"} if os.getuid() == 0 else {}
    subprocess.run(
        [programs / program, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=root, **as_user, **over
    )


@dataclass
class Cluster:
    """A server, which a test may stop and start again at its port."""

    root: Path
    port: int

    @property
    def directory(self) -> str:
        return str(self.root / "cluster")

    def url(self, name: str = "postgres", user: str = "rustrak") -> str:
        return f"postgres://{user}@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        _run(
            self.root,
            "pg_ctl",
            "-D",
            self.directory,
            "-w",
            "-l",
            str(self.root / "log"),
            "-o",
            options,
            "start",
        )

    def stop(self, mode: str = "fast") -> None:
        _run(self.root, "pg_ctl", "-D", self.directory, "-m", mode, "-w", "stop", stderr=subprocess.DEVNULL)

    def promote(self) -> None:
        """Make a standby the primary server."""
        _run(self.root, "pg_ctl", "-D", self.directory, "-w", "promote")

    def execute(self, *statements: str, name: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as the superuser; the rows of the last one, if it has any."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def configure(self, **settings: Any) -> None:
        """Change settings that need no restart."""
        self.execute(*(f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()))
        self.execute("SELECT pg_reload_conf()")


@contextmanager
def _place() -> Iterator[Cluster]:
    if postgres.binaries() is None:
        missing.skip("PostgreSQL's programs are not installed")
    root = Path(tempfile.mkdtemp(prefix="rustrak-cluster-"))
    if os.getuid() == 0:
        shutil.chown(root, user=pwd.getpwnam("postgres").pw_name)
    made = Cluster(root, free_port())
    try:
        yield made
    finally:
        try:
            if (root / "cluster" / "postmaster.pid").exists():
                made.stop("immediate")
        finally:
            shutil.rmtree(root, ignore_errors=True)


@contextmanager
def cluster(**settings: Any) -> Iterator[Cluster]:
    """A running server with these settings."""
    with _place() as made:
        _run(
            made.root,
            "initdb",
            "-D",
            made.directory,
            "-U",
            "rustrak",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        )
        with (made.root / "cluster" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        made.start()
        yield made


@contextmanager
def standby(primary: Cluster) -> Iterator[Cluster]:
    """A running hot standby of `primary`."""
    with _place() as made:
        _run(
            made.root, "pg_basebackup", "-D", made.directory, "-R", "-X", "stream", "-c", "fast", "--no-sync",
            "-d", primary.url(),
        )  # fmt: skip
        made.start()
        yield made
