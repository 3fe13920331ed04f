"""A client asks for an upload: it is told how the upload stands, and which pieces it has to send; what is complete is assembled."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.models import Project, User
from issues import usage
from issues.artifacts import chunks
from issues.artifacts.assembly import states, waiting, work
from issues.artifacts.assembly.states import Known, Next, Standing
from issues.models import Upload
from rustrak.lib import clock, wording
from rustrak.lib.text.name_hash import name_hash

#: So many uploads one project may have, refused ones included.
MOST_UPLOADS = 50_000
# What a request assembles itself: no more than so many bytes, for about so many seconds, and so many requests of a process at once. The
# rest `deliver` does, or whoever asks for it when it has waited for WAITED seconds.
_OWN_BYTES, _OWN_SECONDS, _OWN_AT_ONCE = 64 * 1024 * 1024, 8.0, 2
_WAITED = 20.0
_ROWS = 500
_turns = threading.BoundedSemaphore(_OWN_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An upload as a client names it: its kind (Upload.Kind), its SHA-1, those of its pieces, and what is said of it, with the limits of the
    columns. `client` is its User-Agent header."""

    kind: str
    checksum: str
    chunks: Sequence[str]
    name: str = ""
    release: str = ""
    dist: str = ""
    debug_id: str = ""
    client: str = ""


def ask(user: User, projects: Sequence[Project], wanted: Wanted) -> Standing:
    """How an upload into these projects stands; begins or goes on with it where it is complete. `projects` are visible to the user."""
    return states.together(_ask(user, project, wanted) for project in projects)


def unsent(
    user: User, project: Project, kind: str, asked: Mapping[str, Sequence[str]]
) -> dict[str, Standing]:
    """Of uploads by their SHA-1, each with those of its pieces: how those stand that the project does not know and that have pieces to be
    sent. A few queries for all of them."""
    known: set[str] = set()
    for some in _some(asked):
        rows = Upload.objects.filter(project=project, kind=kind, checksum__in=some)
        known.update(rows.values_list("checksum", flat=True))
    new = {checksum: names for checksum, names in asked.items() if checksum not in known}
    lost = set(chunks.missing(user, [name for names in new.values() for name in names], clock.now()))
    found = {}
    for checksum, names in new.items():
        missing = [name for name in dict.fromkeys(names) if name in lost]
        if missing or not names:
            found[checksum] = Standing(states.NOT_FOUND, missing)
    return found


def find(project: Project, wanted: Wanted) -> Upload | None:
    """The project's upload of this name and content, whoever sent it."""
    return Upload.objects.filter(
        project=project,
        checksum=wanted.checksum,
        kind=wanted.kind,
        release=wanted.release,
        dist=wanted.dist,
        name_hash=name_hash(wanted.name),
    ).first()


def _ask(user: User, project: Project, wanted: Wanted) -> Standing:
    now = clock.now()
    upload = find(project, wanted)
    missing: list[str] = []
    newest = None
    if upload is None or upload.state == Upload.State.ERROR:
        missing = chunks.missing(user, wanted.chunks, now)
        newest = chunks.newest(user, wanted.chunks) if upload is not None else None
    is_missing = bool(missing) or not wanted.chunks
    known = None if upload is None else Known(upload.state, upload.finished_at, upload.leased_until)
    match states.next_of(known, is_missing=is_missing, newest=newest, now=now):
        case Next.SEND:
            return Standing(states.NOT_FOUND, missing)
        case Next.BEGIN:
            upload = _begin(user, project, wanted, upload)
            if upload is None:
                return Standing(
                    states.ERROR,
                    detail=f"This project has {wording.number(MOST_UPLOADS)} uploads, as many as one may have. Delete some that are not needed.",
                )
    assert upload is not None  # noqa: S101  what is not known is sent or begins
    if upload.state in states.UNFINISHED and states.is_free(
        Known(upload.state, None, upload.leased_until), now
    ):
        _work(upload)
        upload = Upload.objects.filter(pk=upload.pk).first()
        if upload is None:
            return Standing(states.NOT_FOUND)
    elif upload.state == Upload.State.OK:
        note_use(upload)
    detail = upload.detail if upload.state == Upload.State.ERROR else ""
    return Standing(upload.state, (), detail, upload.pk)


def _begin(user: User, project: Project, wanted: Wanted, known: Upload | None) -> Upload | None:
    """The row of an upload that is complete; None when the project has too many. Another request may have begun it meanwhile."""
    now = clock.now()
    if known is not None:
        Upload.objects.filter(pk=known.pk, state=Upload.State.ERROR, finished_at=known.finished_at).update(
            state=Upload.State.CREATED,
            detail="",
            chunks=list(wanted.chunks),
            by=user,
            client=wanted.client,
            debug_id=wanted.debug_id,
            created_at=now,
            finished_at=None,
            leased_until=None,
            interrupted=0,
        )
    elif Upload.objects.filter(project=project).count() >= MOST_UPLOADS:
        return None
    else:
        try:
            with transaction.atomic():
                Upload.objects.create(
                    project=project,
                    kind=wanted.kind,
                    state=Upload.State.CREATED,
                    checksum=wanted.checksum,
                    chunks=list(wanted.chunks),
                    name=wanted.name,
                    name_hash=name_hash(wanted.name),
                    release=wanted.release,
                    dist=wanted.dist,
                    debug_id=wanted.debug_id,
                    client=wanted.client,
                    by=user,
                    created_at=now,
                )
                usage.add(project.pk, {"artifact": (0, usage.UPLOAD)})
        except IntegrityError:
            pass
    waiting.wake()
    return find(project, wanted)


def _work(upload: Upload) -> None:
    """Assemble an upload here and now if that is little work, or nobody else does it."""
    waited = (clock.now() - upload.created_at).total_seconds()
    if waited < _WAITED and len(upload.chunks) * chunks.CHUNK_BYTES > _OWN_BYTES:
        return
    if not _turns.acquire(blocking=False):
        return
    try:
        if lease := work.take(upload.pk):
            work.go_on(lease, _OWN_SECONDS)
    finally:
        _turns.release()


def note_use(upload: Upload) -> None:
    """Note that a build has this upload still, once a day, as that keeps it."""
    now = clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if upload.created_at < today and (upload.last_used_at is None or upload.last_used_at < today):
        Upload.objects.filter(pk=upload.pk).update(last_used_at=now)


def _some(names: Iterable[str]) -> Iterator[list[str]]:
    """So many at a time as one query may name."""
    rest = list(names)
    return (rest[start : start + _ROWS] for start in range(0, len(rest), _ROWS))
