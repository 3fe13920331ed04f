"""The processes of Rustrak that run on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from rustrak.lib import presence
from rustrak.lib.wording import counted, duration
from rustrak.ops.doctor.findings import Finding, ok, problem, warning

SUBJECT = "processes"
# The periodic loops by their roles, and what does not happen without them.
PERIODIC = {
    "watch-monitors": "missed check-ins are not detected",
    "mail": "no mail is sent, such as links to reset a password",
    "alerts": "nobody is told of new issues",
    "actions": "actions on many issues wait",
    "retain": "expired events are not deleted",
    "budgets": "projects keep more than they may, and nothing makes room for new attachments, feedback and check-ins",
    "delete": "what people delete keeps its rows and files",
}
START = "Start it: `make run`, or `manage.py up`."


def anything_runs() -> bool:
    """Whether any part of Rustrak runs here."""
    try:
        return any(presence.present(settings.RUN_DIR, role) for role in ("web", "digest", *PERIODIC))
    except OSError:
        return True  # unknown; the other checks say more


def check() -> Iterator[Finding]:
    """The web processes, the digests and the periodic loops."""
    directory = Path(settings.RUN_DIR)
    if not anything_runs():
        yield problem(SUBJECT, "Rustrak is not running on this machine", START)
        return
    web, digest = (presence.present(directory, role) for role in ("web", "digest"))
    if not web:
        yield problem("web", "no web process is running: SDKs and browsers get no answer", START)
    else:
        yield _running("web", web, settings.WEB_WORKERS)
    if digest:
        yield _running("digest", digest, settings.DIGEST_WORKERS)
    elif settings.DIGEST_WORKERS:
        yield problem("digest", "no digest is running: accepted events wait in the queue (spool)", START)
    else:
        yield warning(
            "digest",
            "DIGEST_WORKERS is 0 and no digest is running here",
            "Run `manage.py digest` on this machine: no other machine can read its queue.",
        )
    for role, loss in PERIODIC.items():
        if found := presence.present(directory, role):
            yield _running(role, found, 1)
        else:
            yield warning(
                role,
                f"is not running here: {loss}",
                "Start `manage.py up`, unless it runs on another machine.",
            )


def _running(role: str, found: list[presence.Present], wanted: int) -> Finding:
    since = min((one.since for one in found if one.since), default=time.time())
    text = (
        f"{counted(len(found), 'process', 'processes')} running for {duration(max(0.0, time.time() - since))}"
    )
    if len(found) < wanted:
        fix = "The others are being restarted, or the server has other settings: see its log."
        return warning(role, f"{text}; there should be {wanted}", fix)
    return ok(role, text)
