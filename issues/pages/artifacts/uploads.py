"""The uploads of a project: all of them, newest first, with what they take and may take; and its debug files."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import search, usage
from issues.models import Artifact, Upload, Usage
from issues.pages.artifacts.words import artifact_row, upload_row
from issues.pages.paging import Paged, paged
from issues.render.values import line

#: What is looked up by a debug id alone, and belongs to no release.
DEBUG_KINDS = (
    Artifact.Kind.PROGUARD,
    Artifact.Kind.DART_SYMBOLS,
    Artifact.Kind.NATIVE,
    Artifact.Kind.SOURCE_BUNDLE,
    Artifact.Kind.BC_SYMBOL_MAP,
)
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """The bytes that the files of a project take; `allowed` is None without a limit."""

    used: int
    allowed: int | None

    @property
    def is_full(self) -> bool:
        return self.allowed is not None and self.used >= self.allowed


def kept(project: Project) -> Kept:
    """One query."""
    stored = Usage.objects.filter(project=project).first() or Usage(project=project)
    most = usage.allowed("artifact").bytes
    return Kept(usage.used(stored, "artifact").bytes, None if most == usage.UNLIMITED else most)


def searched(request: SignedInRequest) -> str:
    """The search text of the page, `q`."""
    return request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]


def found_in(
    artifacts: QuerySet[Artifact], text: str, asked: QueryDict, *, descending: bool = False
) -> tuple[Paged[Artifact], str]:
    """The page of those whose name contains `text`, or whose debug id begins with it; and a sentence, if that took too long."""
    if text:
        artifacts = artifacts.filter(Q(name__icontains=text) | Q(debug_id__startswith=text.lower()))
    try:
        with search.limited():
            return paged(artifacts.select_related("file"), ["id"], asked, descending=descending), ""
    except search.TookTooLong:
        return Paged(
            [], "", ""
        ), "The files took too long to find. Search for a whole debug id, or look into a single upload."


@member(reads=Capability.PROJECT_READ, section=Section.SETTINGS)
@require_safe
def source_maps(request: SignedInRequest, project: Project) -> HttpResponse:
    """Every upload into the project. Query string: `state` (`error`: only those that are not stored), `q`, `cursor`, `before`."""
    text = searched(request)
    uploads = Upload.objects.filter(project=project)
    failed = request.GET.get("state") == "error"
    if failed:
        uploads = uploads.filter(state=Upload.State.ERROR)
    if text:
        with_id = Artifact.objects.filter(project=project, debug_id__startswith=text.lower())
        named = Q(release__icontains=text) | Q(name__icontains=text) | Q(debug_id__startswith=text.lower())
        uploads = uploads.filter(named | Q(pk__in=with_id.values("upload")))
    page, trouble = _page(uploads, request.GET)
    context = {
        "project": project,
        "current": "uploads",
        "rows": [upload_row(each) for each in page.items],
        "page": page,
        "trouble": trouble,
        "q": text,
        "kept_fields": [("state", "error")] if failed else [],
        "failed": failed,
        "kept": kept(project),
    }
    return render(request, "issues/artifacts/uploads.html", context)


def _page(uploads: QuerySet[Upload], asked: QueryDict) -> tuple[Paged[Upload], str]:
    """A page of these uploads; and a sentence, if they took too long to find."""
    try:
        with search.limited():
            return paged(uploads.select_related("by").defer("chunks"), ["id"], asked), ""
    except search.TookTooLong:
        return Paged([], "", ""), "The uploads took too long to find. Search for a whole debug id."


@member(reads=Capability.PROJECT_READ, section=Section.SETTINGS)
@require_safe
def debug_files(request: SignedInRequest, project: Project) -> HttpResponse:
    """What is looked up by debug id alone: native debug files, ProGuard mappings, Dart symbol maps. Query string: `q`, `cursor`, `before`."""
    text = searched(request)
    files = Artifact.objects.filter(project=project, kind__in=DEBUG_KINDS)
    page, trouble = found_in(files, text, request.GET, descending=True)
    context = {
        "project": project,
        "current": "debug-files",
        "rows": [artifact_row(each) for each in page.items],
        "trouble": trouble,
        "page": page,
        "q": text,
        "shown_q": line(text),
    }
    return render(request, "issues/artifacts/debug_files.html", context)
