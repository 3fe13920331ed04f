"""Asks for scripts to be fetched from their sites if nothing was uploaded for them and the project allows it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from issues.artifacts import fetching

log = logging.getLogger(__name__)


def ask(project_id: int, scripts: Sequence[tuple[str, str]]) -> None:
    """Ask for scripts, (release, URL) each. What fails is left to the next time: the look-up goes on."""
    if not any(url.startswith(("https://", "http://")) for _, url in scripts):
        return
    try:
        fetching.ask(project_id, scripts)
    except Exception as error:
        log.warning("scripts of project %d cannot be asked for now: %s", project_id, error)
