"""Runs all checks, those first whose failure explains later ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from rustrak.ops.doctor import (
    address,
    alerts,
    attachments,
    configuration,
    database,
    machine,
    processes,
    spool,
    symbols,
)
from rustrak.ops.doctor.findings import Finding, problem
from rustrak.ops.doctor.outgoing import connections, identity_provider, mail

log = logging.getLogger(__name__)

Check = Callable[[], Iterator[Finding]]


def examine(*, bodies: bool = False) -> list[Finding]:
    """The findings of all checks. Never raises.

    With `bodies`, a request body of the largest size that SDKs may send goes through PUBLIC_URL too.
    """
    running = processes.anything_runs()
    checks: list[tuple[str, Check]] = [
        ("version", machine.check_version),
        ("settings", configuration.check),
        ("data directory", machine.check_data),
        ("database", database.check),
        ("clock", machine.check_clock),
        ("spool", spool.check),
        ("attachments", attachments.check),
        ("processes", processes.check),
        ("source maps", symbols.check),
        ("mail", mail.check),
        ("sign-in provider", identity_provider.check),
        ("alerts", alerts.check),
        ("outgoing connections", connections.check),
        ("descriptors", machine.check_descriptors),
        ("address", lambda: address.check(running=running, bodies=bodies)),
    ]
    found: list[Finding] = []
    for subject, check in checks:
        try:
            found.extend(check())
        except Exception as error:
            # One failing check must not hide the others.
            log.debug("the check of %s failed", subject, exc_info=True)
            text = f"the check failed: {type(error).__name__}: {error}"
            found.append(
                problem(subject, text, "Fix what the message names. If it names nothing, report it as a bug.")
            )
    return found
