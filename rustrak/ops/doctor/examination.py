"""All checks, in the order in which trouble is best looked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from rustrak.ops.doctor import address, attachments, configuration, database, machine, processes, spool
from rustrak.ops.doctor.findings import Finding, problem

log = logging.getLogger(__name__)

Check = Callable[[], Iterator[Finding]]


def examine(*, bodies: bool = False) -> list[Finding]:
    """Everything that was found. `bodies` also sends one as large as SDKs may through PUBLIC_URL. Never raises."""
    running = processes.anything_runs()
    checks: list[tuple[str, Check]] = [
        ("settings", configuration.check),
        ("data directory", machine.check_data),
        ("database", database.check),
        ("spool", spool.check),
        ("attachments", attachments.check),
        ("processes", processes.check),
        ("descriptors", machine.check_descriptors),
        ("address", lambda: address.check(running=running, bodies=bodies)),
    ]
    found: list[Finding] = []
    for subject, check in checks:
        try:
            found.extend(check())
        except Exception as error:
            # A doctor that falls ill of what it looks at helps nobody.
            log.debug("the check of %s failed", subject, exc_info=True)
            text = f"could not be examined: {type(error).__name__}: {error}"
            found.append(
                problem(subject, text, "Look for what the message names; if it names nothing, report it.")
            )
    return found
