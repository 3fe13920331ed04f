"""The tables and static files that a new installation needs, made once for all processes of a test run."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from tests.lib import postgres

ROOT = Path(__file__).parents[2]
_TEMPLATE = "rustrak_migrated"
_PREPARE = """
from django.core.management import call_command
from rustrak.run import assets
call_command("migrate", verbosity=0)
assets.collect()
"""


def shared() -> Path:
    """The directory that the processes of one test run share; RUSTRAK_TEST_SHARED names it to children."""
    if "RUSTRAK_TEST_SHARED" not in os.environ:
        os.environ["RUSTRAK_TEST_SHARED"] = directory = tempfile.mkdtemp(prefix="rustrak-shared-")
        atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return Path(os.environ["RUSTRAK_TEST_SHARED"])


def copy_into(data: Path) -> None:
    """Give the data directory of a new server an empty SQLite database and the static files.

    What is there already stays: a second server in the same directory finds what the first one left.
    """
    prepared = _prepared()
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "static").exists():
        shutil.copytree(prepared / "static", data / "static", copy_function=os.link)
    if not (data / "rustrak.sqlite3").exists():
        shutil.copy(prepared / "rustrak.sqlite3", data)


def new_database(*, migrated: bool = True) -> str:
    """The address of a new database on the tests' PostgreSQL; it has the tables when `migrated`."""
    server = postgres.url()
    name = f"live_{uuid4().hex}"
    if migrated:
        _prepared_database(server)
    template = f'TEMPLATE "{_TEMPLATE}"' if migrated else ""
    _create(server, f'CREATE DATABASE "{name}" {template}')
    return _address(server, name)


def rows(environment: dict[str, str], query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
    """What `query` finds in the database of an installation with that environment; `?` stands for a value."""
    address = environment.get("DATABASE_URL", "")
    if address.startswith("postgres"):
        with psycopg.connect(address, autocommit=True) as connection:
            return connection.execute(query.replace("?", "%s"), values).fetchall()  # type: ignore[call-overload]
    path = address.removeprefix("sqlite:///") or str(Path(environment["RUSTRAK_DATA"]) / "rustrak.sqlite3")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
        return connection.execute(query, values).fetchall()


def _prepared() -> Path:
    """The data directory that copies are made from."""
    data = shared() / "prepared"
    with _alone("data"):
        if not data.exists():
            unfinished = shared() / "unfinished"
            _prepare(RUSTRAK_DATA=str(unfinished))
            unfinished.rename(data)
    return data


def _prepared_database(server: str) -> None:
    """Make the database that copies are made from, unless another process of the run did."""
    done = shared() / "database is prepared"
    with _alone("database"):
        if not done.exists():
            _create(server, f'DROP DATABASE IF EXISTS "{_TEMPLATE}"')
            _create(server, f'CREATE DATABASE "{_TEMPLATE}"')
            data = shared() / "data of the database"
            _prepare(RUSTRAK_DATA=str(data), DATABASE_URL=_address(server, _TEMPLATE))
            done.touch()


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Only one process of the run is in the block at a time."""
    with (shared() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare(**settings: str) -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", _PREPARE],
        cwd=ROOT, env={**environment, **settings}, check=True, stdout=subprocess.DEVNULL, timeout=400,
    )  # fmt: skip


def _create(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def _address(server: str, name: str) -> str:
    return f"{server.rpartition('/')[0]}/{name}"
