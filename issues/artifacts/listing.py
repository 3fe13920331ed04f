"""The artifacts of a project and of a release, as programs list them. Every query names its projects."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from issues.models import Artifact, StoredFile, Upload

#: What the files of a release are; others have debug ids only.
FILES = (
    Artifact.Kind.SOURCE,
    Artifact.Kind.MINIFIED_SOURCE,
    Artifact.Kind.SOURCE_MAP,
    Artifact.Kind.OTHER,
)
#: What debug files are.
DEBUG_FILES = (
    Artifact.Kind.PROGUARD,
    Artifact.Kind.DART_SYMBOLS,
    Artifact.Kind.NATIVE,
    Artifact.Kind.SOURCE_BUNDLE,
    Artifact.Kind.BC_SYMBOL_MAP,
)


def release_files(
    project_ids: Collection[int], release: str, names: Sequence[str] = (), checksums: Sequence[str] = ()
) -> QuerySet[Artifact]:
    """The files of a release with their stored files; with `names` those whose name contains one of them, with `checksums` those with one
    of these SHA-1s."""
    found = Artifact.objects.filter(
        project__in=project_ids, release=release, kind__in=FILES, upload__state=Upload.State.OK
    )
    if names:
        condition = Q()
        for name in names:
            condition |= Q(name__icontains=name)
        found = found.filter(condition)
    if checksums:
        found = found.filter(file__sha1__in=checksums)
    return found.select_related("file")


def release_file(project_ids: Collection[int], release: str, artifact_id: int) -> Artifact | None:
    """One file of a release."""
    return release_files(project_ids, release).filter(pk=artifact_id).select_related("upload").first()


def debug_files(
    project_id: int, debug_ids: Sequence[str] = (), text: str = "", upload_ids: Sequence[int] = ()
) -> QuerySet[Artifact]:
    """The debug files of a project with their stored files, the newest first; `text` is a part of their name or the beginning of an id."""
    found = Artifact.objects.filter(project=project_id, kind__in=DEBUG_FILES, upload__state=Upload.State.OK)
    if upload_ids:
        found = found.filter(upload__in=upload_ids)
    if debug_ids:
        found = found.filter(debug_id__in=debug_ids)
    if text:
        found = found.filter(
            Q(name__icontains=text)
            | Q(debug_id__startswith=text.lower())
            | Q(code_id__startswith=text.lower())
        )
    return found.select_related("file").order_by("-pk")


def unknown(project_id: int, checksums: Sequence[str]) -> list[str]:
    """Those of the SHA-1s that no debug file of the project has, of the upload or of what was in it; in their order."""
    uploads = Upload.objects.filter(
        project=project_id, checksum__in=checksums, kind=Upload.Kind.DEBUG_FILE, state=Upload.State.OK
    )
    known = set(uploads.values_list("checksum", flat=True))
    files = StoredFile.objects.filter(project=project_id, sha1__in=checksums, artifacts__kind__in=DEBUG_FILES)
    known.update(files.values_list("sha1", flat=True))
    return [checksum for checksum in dict.fromkeys(checksums) if checksum not in known]


def bundles(project_id: int, text: str = "") -> QuerySet[Upload]:
    """The artifact bundles of a project; `text` is a part of their release or dist, or a debug id of one of their files."""
    found = Upload.objects.filter(project=project_id, kind=Upload.Kind.BUNDLE, state=Upload.State.OK)
    if text:
        with_id = Artifact.objects.filter(project=project_id, debug_id=text.lower()).values("upload")
        found = found.filter(Q(release__icontains=text) | Q(dist__icontains=text) | Q(pk__in=with_id))
    return found


def counted(project_ids: Collection[int], release: str) -> tuple[int, datetime | None]:
    """How many files a release has, and when the last of them came."""
    found = release_files(project_ids, release).order_by().aggregate(n=Count("pk"), at=Max("created_at"))
    return int(found["n"]), found["at"]
