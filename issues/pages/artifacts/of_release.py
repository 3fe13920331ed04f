"""The files that were uploaded for a release, and what a URL, a dist or a debug id would find among them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.models import Artifact, Upload
from issues.pages.artifacts import remapping, summary
from issues.pages.artifacts.uploads import found_in, searched
from issues.pages.artifacts.why import NOT_MET, FrameRow, explain
from issues.pages.artifacts.words import artifact_row, upload_row
from issues.render.values import line

# Of the uploads of the release the latest; the others are in the list of all.
MOST_UPLOADS = 10


class TryForm(forms.Form):
    """A position in a script, as a stack trace names it."""

    url = forms.CharField(
        label="URL of the script",
        max_length=2_000,
        help_text="As the stack trace has it, such as https://shop.example.com/static/app.js or app:///main.js.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    line = forms.IntegerField(label="Line", min_value=1, max_value=10**9, required=False)
    column = forms.IntegerField(label="Column", min_value=1, max_value=10**9, required=False)
    dist = forms.CharField(label="Dist", max_length=64, required=False)
    debug_id = forms.CharField(label="Debug id", max_length=45, required=False)

    @property
    def has_position(self) -> bool:
        """Whether more than the script is asked for."""
        return bool(self.cleaned_data["line"] and self.cleaned_data["column"])

    def event(self, release: str) -> dict[str, Any]:
        """The payload of an event of the release with a frame at this position alone."""
        data = self.cleaned_data
        url = data["url"]
        frame = {"abs_path": url, "filename": url, "in_app": True}
        if self.has_position:
            frame |= {"lineno": data["line"], "colno": data["column"]}
        payload: dict[str, Any] = {
            "platform": "javascript",
            "release": release,
            "exception": {"values": [{"type": "Error", "stacktrace": {"frames": [frame]}}]},
        }
        if data["dist"]:
            payload["dist"] = data["dist"]
        if data["debug_id"]:
            image = {"type": "sourcemap", "code_file": url, "debug_id": data["debug_id"]}
            payload["debug_meta"] = {"images": [image]}
        return payload


@dataclass(frozen=True, slots=True)
class Tried:
    """What was found for a script or a position in it: the steps of `row`; `words` say whether it is mapped. `row` is None where no upload can map such a URL."""

    words: str
    row: FrameRow | None


@member(reads=Capability.PROJECT_READ, section=Section.RELEASES)
@require_safe
def release_artifacts(request: SignedInRequest, project: Project) -> HttpResponse:
    """Query string: `release`, `q`, `cursor`, `before`; and `url`, `line`, `column`, `dist`, `debug_id` of a script to try."""
    version = request.GET.get("release", "").replace("\0", "")[:200]
    if not version:
        raise Http404("no release is named")
    text = searched(request)
    page, trouble = found_in(Artifact.objects.filter(project=project, release=version), text, request.GET)
    uploads = (
        Upload.objects.filter(project=project, release=version)
        .select_related("by")
        .defer("chunks")
        .order_by("-created_at", "-pk")
    )
    form = TryForm(request.GET if "url" in request.GET else None)
    context = {
        "project": project,
        "version": version,
        "name": line(version),
        "query": urlencode({"release": version}),
        "kept_fields": [("release", version)],
        "uploaded": summary.of_release(project, version),
        "uploads": [upload_row(each) for each in uploads[:MOST_UPLOADS]],
        "remapped": remapping.shown(project, version),
        "rows": [artifact_row(each) for each in page.items],
        "page": page,
        "trouble": trouble,
        "q": text,
        "form": form,
        "tried": _tried(project, version, form) if form.is_bound and form.is_valid() else None,
    }
    return render(request, "issues/artifacts/of_release.html", context)


def _tried(project: Project, version: str, form: TryForm) -> Tried:
    found = explain(project, form.event(version))
    if not found.rows:
        return Tried("No upload can map a script with this URL.", None)
    row = found.rows[0]
    if not form.has_position:
        # The last step is about the position.
        row = replace(row, steps=row.steps[:-1])
        # The first two are about debug ids, which are not needed.
        if all(step.mark != NOT_MET for step in row.steps[2:]):
            steps = (replace(step, look="", fix="") if step.mark == NOT_MET else step for step in row.steps)
            return Tried("The script and its source map are found.", replace(row, steps=tuple(steps)))
        return Tried("Frames of this script cannot be mapped.", row)
    if not row.is_mapped:
        return Tried("This position is not mapped.", row)
    return Tried(f"This position is {row.readable}." if row.readable else "This position is mapped.", row)
