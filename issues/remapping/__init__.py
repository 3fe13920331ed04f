"""Applies maps that came after the events to the issues of a release: their titles, culprits and smart keys.

`ask` begins a job, which `deliver` or `manage.py remap` carries out. Events stay as they were sent, and no issue is merged: those
whose smart keys become equal look alike from then on.
"""

from __future__ import annotations

from issues.remapping.jobs import NotPossible, ask, latest, stop
from issues.remapping.work import finish, is_waiting, run

__all__ = ["NotPossible", "ask", "finish", "is_waiting", "latest", "run", "stop"]
