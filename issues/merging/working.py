"""Moves the events of groupings that lead to another issue than before, a part at a time.

Each part is a transaction of its own: whoever is killed has moved nothing twice, and several processes may work at once.
"""

from __future__ import annotations

SECONDS, PAUSE = 0.015, 0.02


def wake() -> None:
    """Have this machine's `deliver` begin soon after the transaction is committed."""


def is_waiting() -> bool:
    """Whether something was begun on this machine since this process asked last."""
    return False


def work(project_id: int, seconds: float = SECONDS) -> bool:
    """Move events of the project for about so long, in one transaction, and count people. True: nothing is left to do."""
    raise NotImplementedError


def finish(project_id: int) -> None:
    """Do all that is left to do in a project, with pauses for digests."""
    raise NotImplementedError


def run(seconds: float) -> bool:
    """Work for some seconds on what is left to do in all projects, in turns. True: nothing is left."""
    raise NotImplementedError


def finish_interrupted() -> None:
    """Do all that is left to do in all projects."""
    raise NotImplementedError
