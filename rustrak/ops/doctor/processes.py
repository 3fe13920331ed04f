"""Who runs on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from rustrak.lib import presence
from rustrak.ops.doctor.findings import Finding, ok, problem, span, warning

SUBJECT = "processes"
# Their roles, and what does not happen without them.
QUIET = {
    "watch-monitors": "no late check-in is noticed",
    "retain": "nothing old is deleted",
}
START = "Start it: `make run`, or `manage.py up`."


def anything_runs() -> bool:
    """Whether any part of Rustrak runs here."""
    try:
        return any(presence.present(settings.RUN_DIR, role) for role in ("web", "digest", *QUIET))
    except OSError:
        return True  # nobody knows


def check() -> Iterator[Finding]:
    """Web, digest and the quiet loops."""
    directory = Path(settings.RUN_DIR)
    if not anything_runs():
        yield problem(SUBJECT, "Rustrak is not running on this machine", START)
        return
    web, digest = (presence.present(directory, role) for role in ("web", "digest"))
    if not web:
        yield problem("web", "no web process runs: SDKs and browsers get no answer", START)
    else:
        yield _running("web", web, settings.WEB_WORKERS)
    if digest:
        yield _running("digest", digest, settings.DIGEST_WORKERS)
    elif settings.DIGEST_WORKERS:
        yield problem("digest", "no digest runs: what is accepted waits in the spool", START)
    else:
        yield warning(
            "digest",
            "DIGEST_WORKERS=0 and no digest runs here",
            "Run `manage.py digest` on this machine: it alone can read this machine's spool.",
        )
    for role, loss in QUIET.items():
        if found := presence.present(directory, role):
            yield _running(role, found, 1)
        else:
            yield warning(
                role, f"does not run here: {loss}", "Start `manage.py up`, unless it runs on another machine."
            )


def _running(role: str, found: list[presence.Present], wanted: int) -> Finding:
    since = min((one.since for one in found if one.since), default=time.time())
    count = "1 process has" if len(found) == 1 else f"{len(found)} processes have"
    text = f"{count} run for {span(max(0.0, time.time() - since))}"
    if len(found) < wanted:
        fix = "The missing are being started again, or the server has other settings; its log says which."
        return warning(role, f"{text}; {wanted} should", fix)
    return ok(role, text)
