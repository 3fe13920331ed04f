"""What an action did or is doing, in sentences."""

from __future__ import annotations

from datetime import datetime

from issues.lifecycle import UNDO_DELETION, name_of
from issues.merging import UNDO_FOR
from issues.models import BulkAction, Issue
from issues.states import sentences
from issues.states.change import mute_of, resolve_of
from rustrak.lib import clock
from rustrak.lib.wording import counted

Kind, State = BulkAction.Kind, BulkAction.State
_DOING = {
    Kind.RESOLVE: "Resolving", Kind.REOPEN: "Reopening", Kind.MUTE: "Muting", Kind.UNMUTE: "Unmuting",
    Kind.ASSIGN: "Assigning", Kind.MERGE: "Merging", Kind.DELETE: "Deleting",
}  # fmt: skip
_DONE = {
    Kind.RESOLVE: "resolved", Kind.REOPEN: "reopened", Kind.MUTE: "muted", Kind.UNMUTE: "unmuted",
    Kind.ASSIGN: "assigned", Kind.MERGE: "merged", Kind.DELETE: "deleted",
}  # fmt: skip


def sentence(action: BulkAction) -> str:
    """`12 issues resolved.`, `Resolving 4,211 issues: 1,200 done.`; with what was left alone and what went wrong.

    A name of a person may be in it, as they chose it.
    """
    issues = counted(action.total, "issue")
    if action.state in (State.WAITING, State.RUNNING):
        doing = "Undoing a change of" if action.undoes_id else _DOING[Kind(action.kind)]
        return f"{doing} {issues}: {action.done:,} done."
    changed = counted(action.changed, "issue")
    if action.undoes_id:
        said = [f"Undone: {changed} {'is' if action.changed == 1 else 'are'} as before."]
    else:
        said = [f"{changed} {_DONE[Kind(action.kind)]}{_whom(action)}."]
    if action.state == State.STOPPED:
        said.insert(0, f"Stopped after {action.done:,} of {issues}.")
    if left := action.done - action.changed:
        one = left == 1
        if action.undoes_id:
            why = f"{'has' if one else 'have'} changed since, or {'is' if one else 'are'} gone, and {'was' if one else 'were'} left alone"
        else:
            why = f"{'was' if one else 'were'} in this state already, or {'is' if one else 'are'} gone"
        said.append(f"{left:,} {why}.")
    if action.trouble:
        said.append(action.trouble)
    return " ".join(said)


def is_undoable(action: BulkAction) -> bool:
    """Whether to offer to undo the action."""
    return not why_not_undoable(action, clock.now())


def why_not_undoable(action: BulkAction, now: datetime) -> str:
    """Why an action cannot be undone, for people; empty if it can."""
    if action.undoes_id:
        return "An undo cannot be undone."
    if action.finished_at is None:
        return "This is not finished yet. Stop it, or wait for its end."
    if not action.changed:
        return "Nothing was changed, so there is nothing to undo."
    if action.undone_by.exists():
        return "This was undone already."
    if action.kind == Kind.DELETE and now - action.finished_at > UNDO_DELETION:
        minutes = int(UNDO_DELETION.total_seconds()) // 60
        return f"A deletion can be undone for {minutes} minutes. The issues are deleted."
    if action.kind == Kind.MERGE and now - action.finished_at > UNDO_FOR:
        return f"A merge can be undone for {UNDO_FOR.days} days."
    return ""


def _whom(action: BulkAction) -> str:
    if action.kind == Kind.ASSIGN:
        return f" to {name_of(action.assignee or action.assigned_team) or 'nobody'}"
    if action.kind == Kind.MERGE:
        target = Issue.objects.filter(pk=action.target).select_related("project").first()
        return f" into {target.short_id}" if target else ""
    if action.kind == Kind.RESOLVE:
        how = resolve_of(action.parameters)
        return {
            "next_release": " in the next release",
            "in_release": f" in {sentences.name(how.release)}",
        }.get(how.resolution, "")
    if action.kind == Kind.MUTE:
        mute = mute_of(action.parameters)
        return f" until {sentences.mute_ends(mute.state)}" if mute.parameters else ""
    return ""
