"""What `up` does before it starts anything, and the parts it starts: each a fork of one preloaded process."""

from __future__ import annotations

import gc
import json
import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from django.conf import settings
from django.core import checks
from django.core.management import call_command
from django.db import connection, connections

from rustrak.checks import private_paths
from rustrak.lib.database import startup
from rustrak.lib.disk import private
from rustrak.run import assets, loops, warmup
from rustrak.run.processes import fork
from rustrak.run.supervisor import Part
from rustrak.run.web import serve

log = logging.getLogger("rustrak.up")

DATABASE_WAIT_SECONDS = 30
# Any number will do, as long as every Rustrak uses the same: two that start together migrate one after the other.
_MIGRATION_LOCK = 7_267_883


def prepare(bootstrap: Callable[[], str | None]) -> str | None:
    """Check the settings, migrate, call `bootstrap` and collect static files; what `bootstrap` returned.

    Runs in a fork, so that this process opens no database connection and starts no thread: neither survives the forks
    that follow. Raises SystemExit if anything is wrong; the fork has then written the reason to stderr.
    """
    # The checks walk all URLs, and the parts need them too: the fork would build the same tables once more.
    warmup.load_urls()
    reader, writer = os.pipe()

    def body() -> None:
        os.close(reader)
        result = _prepare(bootstrap)
        with os.fdopen(writer, "w") as answer:
            json.dump(result, answer)

    pid = fork(body, "rustrak: prepare")
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise SystemExit(1)
    result = json.loads(text)
    return result if isinstance(result, str) else None


def _prepare(bootstrap: Callable[[], str | None]) -> str | None:
    if errors := [found for found in checks.run_checks() if found.is_serious()]:
        raise SystemExit("Rustrak cannot start:\n" + "\n".join(str(found) for found in errors))
    close_files()
    startup.require(wait_seconds=DATABASE_WAIT_SECONDS, migrating=True)
    with _alone():
        call_command("migrate", interactive=False, verbosity=0)
        result = bootstrap()
    connections.close_all()
    assets.collect()
    return result


def close_files() -> None:
    """Take the rights of other users from what an earlier version, or a program beside this one, left open to them."""
    # Attachments were always written for their owner alone, and there may be very many.
    private.tighten(private_paths(), skipped={settings.DATA_DIR / "attachments"})


@contextmanager
def _alone() -> Iterator[None]:
    """Inside, no other `up` migrates the same PostgreSQL.

    The lock is that of a transaction, on a connection of its own: a pooler that gives each transaction another connection
    would never release a session's lock.
    """
    if connection.vendor != "postgresql":
        yield
        return
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET LOCAL {name} = 0")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATION_LOCK])
        yield
    finally:
        other.close()


def preload() -> None:
    """Load what the parts share before they are forked, and exclude it from garbage collection."""
    warmup.load()
    gc.collect()
    gc.freeze()


def all_parts(listener: socket.socket, periodic: Sequence[loops.Loop]) -> list[Part]:
    """The web part on `listener`, the digests, and one process for the `periodic` loops.

    The web part stops first, so that the digests find its segments sealed.
    """
    count = settings.DIGEST_WORKERS
    return [
        Part("web", partial(serve, listener)),
        *(
            Part("digest" if count == 1 else f"digest {number}", partial(_digest, listener), stage=1)
            for number in range(1, count + 1)
        ),
        Part("deliver retain", partial(_periodic, listener, periodic), stage=1),
    ]


def _digest(listener: socket.socket) -> None:
    listener.close()
    call_command("digest", prepared=True)


def _periodic(listener: socket.socket, periodic: Sequence[loops.Loop]) -> None:
    listener.close()
    loops.run(periodic, settings.RUN_DIR)
