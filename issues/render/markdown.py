"""An event as Markdown, to be pasted into a ticket, a chat or a prompt. It is made from the view of the page.

Text from the event is inside code fences or code spans that are longer than any run of backticks in it, so that it
cannot become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from issues.render.event import EventView
from issues.render.sections.grouping import Explanation
from issues.render.stack.exception import Thrown
from issues.render.stack.frames import Frame
from issues.render.stack.trace import Stack
from issues.render.tables import Table

LONGEST = 12_000
FRAMES = 25
CRUMBS = 15


def markdown(view: EventView, *, title: str, link: str, grouping: Explanation | None = None) -> str:
    """The event under the heading `title`, with `link` to its page. Cut at LONGEST characters, with a remark."""
    parts: list[str] = []
    length = 0
    for part in _parts(view, title, link, grouping):
        parts.append(part)
        length += len(part) + 1
        if length > LONGEST + 1:
            break
    text = "\n".join(parts)
    return text + "\n" if len(text) <= LONGEST else _closed(text[:LONGEST])


def _parts(view: EventView, title: str, link: str, grouping: Explanation | None) -> Iterator[str]:
    yield from (f"# {_inline(title)}", "", link, "")
    yield from (f"- {chip.name}: {span(chip.value)}" for chip in view.chips)
    if view.timestamp:
        yield f"- time: {view.timestamp:%Y-%m-%d %H:%M:%S} UTC"
    if view.handled is not None:
        yield f"- handled: {'yes' if view.handled else 'no'}"
    if view.message and not (view.is_titled_by_message and len(view.message.text.text) <= len(title)):
        yield from ("", "## Message", "", fence(view.message.text.text[:2_000]))
    for thrown in view.exceptions.thrown:
        yield from _exception(thrown)
    if not view.exceptions.has_stack and (other := beside(view)):
        heading, stack = other
        yield from ("", f"## {_inline(heading)}", "", fence(frames(stack)))
    if view.breadcrumbs.crumbs:
        crumbs = "\n".join(
            " ".join(
                part
                for part in (crumb.time, crumb.level, crumb.category, crumb.headline, crumb.status)
                if part
            )
            + (f" {crumb.message.text[:300]}" if crumb.message else "")
            for crumb in view.breadcrumbs.crumbs[:CRUMBS]
        )
        yield from ("", "## Breadcrumbs, newest first", "", fence(crumbs))
    if view.request and (view.request.address or view.request.method):
        yield from ("", "## Request", "", fence(f"{view.request.method} {view.request.address}".strip()))
    for table in (view.csp, view.user, view.tags, *view.contexts, view.extra):
        yield from _table(table)
    if grouping is not None:
        yield from _grouping(grouping)


def _grouping(why: Explanation) -> Iterator[str]:
    """The key, and each of its parts with its source and what was replaced."""
    yield from ("", "## Grouping", "", f"- key ({why.mechanism}, version {why.version}): {span(why.key)}")
    if why.rule is not None:
        yield f"- rule in line {why.rule.line} of version {why.rule.version}: {span(why.rule.text)}"
    for part in why.parts:
        source = f", from {span(part.source)}" if part.source else ""
        before = "".join(segment.before for segment in part.segments)
        yield f"- {part.what.lower()}: {span(part.text)}{source}{f', before: {span(before)}' if before else ''}"
    yield f"- {why.other} key, not used: {span(why.other_key)}"


def beside(view: EventView) -> tuple[str, Stack] | None:
    """The stack of an event whose exceptions have none, below its heading: its own, else that of the first thread with
    one."""
    if view.stack:
        return "Stack trace", view.stack
    stacks = ((thread.name, thread.stack) for thread in view.threads.threads if thread.stack)
    return next(((f"Stack trace of {name}", stack) for name, stack in stacks), None)


def _closed(text: str) -> str:
    """A text that was cut, with the last fence closed where the cut is inside it."""
    fences = re.findall(r"^`{3,}", text, re.MULTILINE)
    return text + ("\n" + fences[-1] if len(fences) % 2 else "") + "\n\n(cut)\n"


def _exception(thrown: Thrown) -> Iterable[str]:
    value = thrown.value.text[:1_000] if thrown.value else ""
    if thrown.relation:
        yield f"\n{thrown.relation}:"
    yield f"\n## {_inline(thrown.type or 'Exception')}\n"
    said = f"{thrown.type}: {value}" if value else thrown.type
    yield fence("\n".join(part for part in (frames(thrown.stack), said) if part))


def frames(stack: Stack, *, variables: bool = True) -> str:
    """Frames as on the page; those of the application with their source, the line that was running marked."""
    lines: list[str] = []
    for frame in stack.frames[:FRAMES]:
        if sum(map(len, lines)) > LONGEST:
            return "\n".join(lines)
        lines.append(_place(frame))
        if frame.in_app and frame.code:
            lines += [
                f"{'>' if code.hit else ' '} {code.number if code.number is not None else '':>5} {code.text[:200]}"
                for code in frame.code
            ]
        if frame.raised and variables:
            lines += [f"    {row.name} = {row.value.text[:200]}" for row in frame.variables.fields[:20]]
    if len(stack.frames) > FRAMES:
        lines.append(f"… {len(stack.frames) - FRAMES} more frames")
    return "\n".join(lines)


def _place(frame: Frame) -> str:
    at = "" if frame.line is None else f":{frame.line}"
    return f"{frame.function}  {frame.path}{at}".rstrip() + ("" if frame.in_app else "  (library)")


def _table(table: Table | None) -> Iterable[str]:
    if table and table.fields:
        yield f"\n## {_inline(table.title)}\n"
        yield from (f"- {_inline(row.name)}: {span(row.value.text[:300])}" for row in table.fields[:40])


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def fence(text: str) -> str:
    """`text` as a block of code, which nothing in it can end."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}\n{text}\n{ticks}"


def span(text: str) -> str:
    """`text`, which must not be empty, as code within a line."""
    ticks = "`" * (_longest_run(text) + 1)
    flat = " ".join(text.split())
    return (
        f"{ticks} {flat} {ticks}" if flat.startswith("`") or flat.endswith("`") else f"{ticks}{flat}{ticks}"
    )


def _inline(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", " ".join(text.split()))
