"""Why each frame of an event is mapped or not: the steps that lead from the frame to its original position, ticked one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.mapping import events
from issues.mapping.events import Mapped
from issues.mapping.steps import Explanation, Origin, Step
from issues.models import Artifact
from issues.pages.artifacts.shown import at, words
from issues.record import codec, references
from issues.render.stack.origin import place
from issues.render.values import visible

#: The page explains so many frames, the newest first.
MOST_FRAMES = 100


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step as the page shows it. `mark` and `look` say whether it is met, in words and as the class of a badge."""

    name: str
    mark: str
    look: str
    says: str
    fix: str


@dataclass(frozen=True, slots=True)
class FrameRow:
    """A frame with its steps. `readable` is what it is mapped to, in one line, empty if it is not; `found` is the upload and the name of the file that it was found in; `is_asked`: the link named this frame, or it named none, and this is the newest that is not mapped."""

    sent: str
    is_mapped: bool
    readable: str
    steps: tuple[StepRow, ...]
    found: tuple[int, str] | None
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """`rows` are the frames, newest first; `more` were left out. `words` say how many of all are mapped."""

    words: str
    late: str
    rows: list[FrameRow]
    more: int
    can_be_mapped: bool


@member(section=Section.ISSUES)
@require_safe
def event_mapping(request: SignedInRequest, project: Project, issue_id: UUID, event_id: UUID) -> HttpResponse:
    """Query string: `frame`, the path of a frame in the payload, such as `exception.values.0.stacktrace.frames.3`: it is open."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    event = get_object_or_404(issue.events.filter(Q(pk=event_id) | Q(project=project, event_id=event_id)))
    asked = request.GET.get("frame", "")

    def explained(payload: dict[str, Any]) -> Explained:
        return explain(project, payload, asked)

    try:
        found = references.show(event.payload, explained)
    except codec.UnknownForm as error:
        raise Http404(str(error)) from None
    context = {
        "project": project,
        "issue": issue,
        "event": event,
        "title": visible(event.own_title or issue.title),
        "release": visible(event.release),
        "explained": found,
    }
    return render(request, "issues/artifacts/why.html", context)


def explain(project: Project, payload: dict[str, Any], asked: str = "") -> Explained:
    """The frames of an event of the project with this payload, the one at the path `asked` among them, as far as any upload could map them."""
    found = events.mapped(project.pk, project.artifacts_version, payload, origins=True, explain=True)
    if found is None or not found.explanations:
        return Explained("", "", [], 0, can_be_mapped=False)
    sent = _sent(found)
    frames = [(path, one) for path, one in _newest_first(found.explanations) if path in sent]
    shown = list(islice(frames, MOST_FRAMES))
    if asked in found.explanations and asked in sent and all(path != asked for path, _ in shown):
        shown.append((asked, found.explanations[asked]))
    files = _files(project, {one.artifact_id for _, one in shown if one.artifact_id is not None})
    opened = asked if asked in sent else next((path for path, one in shown if not one.is_mapped), "")
    readable = _readable(found)
    rows = [
        _row(sent[path], readable.get(path, ""), one, files, is_asked=path == opened) for path, one in shown
    ]
    return Explained(words(found), visible(found.late), rows, len(frames) - len(shown), can_be_mapped=True)


def _newest_first(explanations: Mapping[str, Explanation]) -> Iterator[tuple[str, Explanation]]:
    """They are by stack, the newest frame first; SDKs send the exception that names the event last."""
    stacks = [
        list(each) for _, each in groupby(explanations.items(), key=lambda item: item[0].rpartition(".")[0])
    ]
    return (item for each in reversed(stacks) for item in each)


def _sent(found: Mapped) -> dict[str, Origin]:
    """The frames that uploads could map, by their path in the payload as it was sent."""
    return {one.path: one for one in found.origins.values() if one.is_mapped is not None}


def _readable(found: Mapped) -> dict[str, str]:
    """What frames are mapped to, by their path in the payload as it was sent: of inlined calls the innermost, which comes last."""
    mapped = [(path, one.path) for path, one in found.origins.items() if one.is_mapped]
    frames = ((sent, at(found.payload, path)) for path, sent in mapped)
    return {sent: place({**frame, "abs_path": ""}) for sent, frame in frames if isinstance(frame, dict)}


def _files(project: Project, ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """The upload and the name of each of these artifacts. One query."""
    if not ids:
        return {}
    rows = Artifact.objects.filter(project=project, pk__in=ids)
    return {
        pk: (upload, visible(name) or debug_id)
        for pk, upload, name, debug_id in rows.values_list("pk", "upload", "name", "debug_id")
    }


#: The mark of a step that is not met.
NOT_MET = "no"
_MARKS = {True: ("yes", "success"), False: (NOT_MET, "error"), None: ("skipped", "")}


def _step(one: Step, is_mapped: bool) -> StepRow:
    """Of a frame that is mapped nothing has to be mended: it was found without what is missing."""
    mark, look = _MARKS[one.is_met]
    if is_mapped and one.is_met is False:
        return StepRow(one.name, mark, "", visible(one.says), "")
    return StepRow(one.name, mark, look, visible(one.says), visible(one.fix))


def _row(
    origin: Origin, readable: str, why: Explanation, files: dict[int, tuple[int, str]], *, is_asked: bool
) -> FrameRow:
    steps = tuple(_step(one, why.is_mapped) for one in why.steps)
    found = files.get(why.artifact_id) if why.artifact_id is not None else None
    return FrameRow(place(origin.sent), why.is_mapped, readable, steps, found, is_asked)
