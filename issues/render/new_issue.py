"""What a new issue in another tracker says of an event: a link, then what leads to the cause, cut to the room there is.

Others read it than those who may read the event: no person, no address with its parameters and no variables are in it. Text from the event is inside code, where trackers neither follow links nor tell the people who are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from issues.render.event import EventView
from issues.render.markdown import beside, fence, frames, span

#: Called with the view of the event, if it is stored.
Body = Callable[..., str]

_CHIPS = ("environment", "release", "transaction", "runtime")
_VALUE_LENGTH = 160
_CUT = "(cut: all of it is behind the link)"


@dataclass(frozen=True, slots=True)
class _Block:
    """A text, and how it is written."""

    text: str
    write: Callable[[str], str]


def markdown_body(
    view: EventView | None, *, title: str, link: str, room: int, size: Callable[[str], int]
) -> str:
    """Markdown whose `size` is at most `room`; "" if there is not even room for the link."""
    blocks = [_Block(title, span)] if title.strip() else []
    if view is not None:
        chips = {chip.name: chip.value for chip in view.chips}
        facts = [
            f"- {name}: {span(chips[name][:_VALUE_LENGTH])}" for name in _CHIPS if chips.get(name, "").strip()
        ]
        blocks += [_Block("\n".join(facts), str)] if facts else []
        blocks += [_Block(code, fence) for code in _code(view)]
    return _fitting(blocks, link, room, size)


def jira_body(view: EventView | None, *, title: str, link: str, room: int, size: Callable[[str], int]) -> str:
    """The same in the markup of Jira, all of it in one block of unformatted text."""
    lines = [title]
    if view is not None:
        lines += [f"{chip.name}: {chip.value[:_VALUE_LENGTH]}" for chip in view.chips if chip.name in _CHIPS]
        lines += ["", *_code(view)]
    return _fitting([_Block("\n".join(lines), _noformat)], link, room, size)


def _code(view: EventView) -> Iterator[str]:
    """The exception that names the event with its frames, or the stack or the message that it has instead."""
    main = view.exceptions.main
    other = None if main and main.stack else beside(view)
    said = ""
    if main:
        value = main.value.text[:1_000] if main.value else ""
        said = f"{main.type}: {value}" if value else main.type
    elif view.message:
        said = view.message.text.text[:2_000]
    stack = main.stack if main and main.stack else other[1] if other else None
    text = "\n".join(part for part in (said, frames(stack, variables=False) if stack else "") if part)
    if text.strip():
        yield text


def _noformat(text: str) -> str:
    # A brace begins a macro, also the one that ends the block.
    return "{noformat}\n" + text.replace("{", "{\u2060") + "\n{noformat}"


def _fitting(blocks: list[_Block], link: str, room: int, size: Callable[[str], int]) -> str:
    """The link and the blocks, as far as they fit; the one that does not is cut, and those behind it are left out."""
    text, cut = link, "\n\n" + _CUT
    if size(text) > room:
        return ""
    for number, block in enumerate(blocks, 1):
        left = room - size(text)
        more = "\n\n" + block.write(block.text)
        # Behind all but the last there must be room to say that something is missing.
        if size(more) <= left - (0 if number == len(blocks) else size(cut)):
            text += more
            continue
        return text + _beginning(block, left - size(cut), size) + (cut if size(cut) <= left else "")
    return text


def _beginning(block: _Block, room: int, size: Callable[[str], int]) -> str:
    """As much of a block as fits; "" if nothing does, or if it cannot be cut."""
    if block.write is str:
        return ""
    # Each character takes a byte at least.
    text = block.text[: max(0, room)]
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if size("\n\n" + block.write(text[:middle])) <= room:
            low = middle
        else:
            high = middle - 1
    return "\n\n" + block.write(text[:low]) if text[:low].strip() else ""
