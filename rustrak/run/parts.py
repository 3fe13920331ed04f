"""What `up` does and starts: preparation in a fork, then the parts, all forked from one preloaded parent."""

from __future__ import annotations

import gc
import json
import logging
import os
import socket
import time
from functools import partial

from django.conf import settings
from django.core import checks
from django.core.management import call_command
from django.db import OperationalError, connection, connections

from rustrak.run import assets, loops
from rustrak.run.processes import run_apart
from rustrak.run.supervisor import Part

log = logging.getLogger("rustrak.up")

DATABASE_WAIT_SECONDS = 30
# Any number, as long as every Rustrak uses the same one: two that start together migrate one after the other.
_MIGRATION_LOCK = 7_267_883


def prepare() -> str | None:
    """Check, migrate, bootstrap and collect static files; the set-up link while nobody can sign in.

    In a fork, so that this process stays free of database connections and threads, which forks don't
    survive. Leaves with SystemExit when anything is wrong, which has then been said on stderr.
    """
    reader, writer = os.pipe()

    def body() -> None:
        os.close(reader)
        link = _prepare()
        with os.fdopen(writer, "w") as answer:
            json.dump(link, answer)

    pid = run_apart(body, "rustrak: prepare")
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        raise SystemExit(1)
    link = json.loads(text)
    return link if isinstance(link, str) else None


def _prepare() -> str | None:
    from accounts import bootstrap

    if errors := [found for found in checks.run_checks() if found.is_serious()]:
        raise SystemExit("Rustrak cannot start:\n" + "\n".join(str(found) for found in errors))
    _await_database()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        call_command("migrate", interactive=False, verbosity=0)
        bootstrap.bootstrap()
        link = bootstrap.setup_link()
    connections.close_all()
    assets.collect()
    return link


def _await_database() -> None:
    """The database may start beside us, as in a compose file; raises SystemExit when it doesn't come."""
    # A pool hides why a connection fails.
    connections.settings["default"]["OPTIONS"].pop("pool", None)
    deadline = time.monotonic() + DATABASE_WAIT_SECONDS
    waiting = False
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError as error:
            if connection.vendor == "sqlite" or time.monotonic() > deadline:
                raise SystemExit(
                    f"DATABASE_URL: the database cannot be opened ({str(error).strip()}). "
                    "Example: DATABASE_URL=postgres://user:pass@localhost:5432/rustrak"
                ) from None
            if not waiting:
                log.warning("Waiting for the database: %s", str(error).strip())
                waiting = True
            time.sleep(1)


def preload() -> None:
    """Load what the parts share, before they are forked; afterwards nothing of it is garbage collected."""
    from rustrak.run import warmup

    warmup.load()
    gc.collect()
    gc.freeze()


def all_parts(listener: socket.socket) -> list[Part]:
    """web stops first, so that the digest sees sealed segments; then everything else."""
    count = settings.DIGEST_WORKERS
    return [
        Part("web", partial(_web, listener)),
        *(
            Part("digest" if count == 1 else f"digest {number}", partial(_digest, listener), stage=1)
            for number in range(1, count + 1)
        ),
        Part("deliver retain", partial(_quiet, listener), stage=1),
    ]


def _web(listener: socket.socket) -> None:
    from rustrak.run.web import serve

    serve(listener)


def _digest(listener: socket.socket) -> None:
    listener.close()
    call_command("digest")


def _quiet(listener: socket.socket) -> None:
    from rustrak.management.commands import deliver, retain

    listener.close()
    loops.run([*deliver.LOOPS, *retain.LOOPS], settings.RUN_DIR)
