"""Whether the database was restored from a backup, and what must not be sent because of that.

The database counts beats while a deliverer is at work, and each machine remembers in a file which database it saw and how
far that had counted. docs/decisions/0029 has the cases.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from issues.alerts.delivery import outcomes
from issues.alerts.delivery.journal import Journal
from issues.models import AlertDeliverer, AlertDelivery, AlertFact
from rustrak.lib.wording import counted, moment_text

log = logging.getLogger("rustrak.alerts")

Status = AlertDelivery.Status

NAME = "alerts.known"
BEAT = timedelta(seconds=20)
#: So many beats may be missing after a failover to a replica that was behind: the journal covers them. SQLite has no
#: replicas; a power failure may take back what it committed last.
FEW_BEATS = 6
#: A deliverer that does not know the database looks this long whether another one is at work on it.
WATCH = timedelta(seconds=90)
# Between the last beat and a backup; also how far clocks of machines may differ.
SLACK = timedelta(seconds=60)
REASON = "The database was restored from a backup: this is from before, and may have been sent then."


@dataclass(frozen=True, slots=True)
class Known:
    """What this machine knows: the database, its beats at the Unix time `at`; `watching` while it is not sure."""

    database: str
    beats: int
    at: float
    watching: bool = False


def begin(directory: Path, now: datetime) -> bool:
    """Note that a deliverer is at work; whether it may send. What is from before a restore is dropped first.

    False: the database is not known on this machine, and it is not clear yet whether others work on it. Raises OSError
    when the file in `directory` cannot be written and that matters.
    """
    directory.mkdir(parents=True, exist_ok=True)
    # Several deliverers of a machine: what one has counted must be in the file before the next one compares.
    descriptor = os.open(directory / f"{NAME}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return _begin(directory, now)
    finally:
        os.close(descriptor)


def _begin(directory: Path, now: datetime) -> bool:
    row, created = AlertDeliverer.objects.get_or_create(pk=1)
    known = _read(directory)
    ours = known if known is not None and known.database == row.database.hex else None
    if created or row.beats == 0:
        # Nobody has sent anything yet. Before the first beat: without the file, the next run would be a stranger.
        _write(directory, Known(row.database.hex, 0, now.timestamp()))
    elif ours is None:
        return _meet(directory, row, now)
    elif ours.watching:
        if row.beats <= ours.beats:
            if 0 <= now.timestamp() - ours.at < WATCH.total_seconds():
                return False
            _drop_before(min(row.beat_at + SLACK, datetime.fromtimestamp(ours.at, UTC)), directory, now)
    elif row.beats + (FEW_BEATS if _is_shared() else 1) < ours.beats:
        _drop_before(datetime.fromtimestamp(ours.at, UTC), directory, now)
    _beat(directory, row, ours, now)
    return True


def drop_waiting(reason: str, before: datetime, directory: Path, now: datetime) -> tuple[int, int]:
    """Drop what is from `before`: the number of changes that no rule has seen, and of messages.

    A message that the journal knows is noted as sent.
    """
    journal = Journal(directory)
    with transaction.atomic():
        facts = AlertFact.objects.filter(at__lte=before)
        changes = sum(len(each) for each in facts.values_list("changes", flat=True).iterator())
        facts.delete()
        waiting = AlertDelivery.objects.filter(
            status__in=[Status.WAITING, Status.COLLECTING], created_at__lte=before
        )
        for delivery in waiting.iterator(chunk_size=500):
            if (sent := journal.find(delivery.pk)) is not None:
                outcomes.known_sent(delivery, sent, now)
        messages = waiting.update(
            status=Status.DROPPED, reason=reason, finished_at=now, leased_until=None, leased_by=""
        )
    return changes, messages


def _meet(directory: Path, row: AlertDeliverer, now: datetime) -> bool:
    """What to do with a database that this machine has not seen: look whether others work on it."""
    # Also shows that the file can be written: without it every run would take the database for a restored one.
    _write(directory, Known(row.database.hex, row.beats, now.timestamp(), watching=True))
    if _is_shared() and now - row.beat_at <= WATCH:
        log.info(
            "This machine has not sent alerts from this database before: for %.0f s it looks whether others do",
            WATCH.total_seconds(),
        )
        return False
    _drop_before(min(row.beat_at + SLACK, now), directory, now)
    _beat(directory, row, None, now)
    return True


def _is_shared() -> bool:
    """Whether other machines may use the database."""
    return connection.vendor != "sqlite"


def _drop_before(moment: datetime, directory: Path, now: datetime) -> None:
    changes, messages = drop_waiting(REASON, moment, directory, now)
    AlertDeliverer.objects.update(restored_at=now, not_told=changes + messages)
    log.warning(
        "The database was restored from a backup, or moved here: %s and %s from before %s will not be sent",
        counted(messages, "alert"),
        counted(changes, "change"),
        moment_text(moment),
    )


def _beat(directory: Path, row: AlertDeliverer, known: Known | None, now: datetime) -> None:
    """Count, at most once in BEAT, and remember how far the database has counted."""
    due = row.beats == 0 or not timedelta(0) <= now - row.beat_at < BEAT
    if due:
        AlertDeliverer.objects.update(beats=F("beats") + 1, beat_at=now)
    elif known is not None and not known.watching and known.beats == row.beats:
        return
    try:
        _write(directory, Known(row.database.hex, row.beats + due, now.timestamp()))
    except OSError as error:
        log.warning("a restored backup would not be noticed: %s", error)


def _read(directory: Path) -> Known | None:
    try:
        values = json.loads((directory / NAME).read_bytes())
        known = Known(
            str(values["database"]), int(values["beats"]), float(values["at"]), bool(values["watching"])
        )
        UUID(known.database), datetime.fromtimestamp(known.at, UTC)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, OSError):
        log.warning("%s cannot be read, and is written anew", directory / NAME)
        return None
    return known


def _write(directory: Path, known: Known) -> None:
    path, new = directory / NAME, directory / f"{NAME}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(known), file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
