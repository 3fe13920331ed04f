"""The message of an event with the template and the parameters it was made from.

It is read by issues.payload.message, as the title is. Of a message that cannot be read its JSON is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from issues.payload import message as payload_message
from issues.render.room import Room
from issues.render.tables import Field, Value, fields, is_empty, show


@dataclass(frozen=True)
class Message:
    """The text as it reads, the template it was made from where that differs, and its parameters."""

    text: Value
    template: Value | None = None
    params: tuple[Field, ...] = ()

    def is_all_of(self, title: str) -> bool:
        """Whether nothing is known of the message but the text of `title`."""
        return self.text.text.strip() == title.strip() and not (
            self.template or self.params or self.text.mark
        )


def message(
    payload: dict[str, Any], marked: dict[str, Any] | None = None, room: Room | None = None
) -> Message | None:
    """The message of an event, or None when it has none. `marked` is the payload with marks on its values."""
    marked = payload if marked is None else marked
    found = payload_message.read(payload)
    if found is None:
        unreadable = (marked.get(name) for name in payload_message.SOURCES)
        return next((Message(show(sent)) for sent in unreadable if not _is_blank(sent)), None)
    sent = marked.get(found.source)
    if isinstance(sent, dict):
        sent = sent.get("formatted" if found.formatted else "message")
    return Message(
        text=replace(show(found.text), mark=getattr(sent, "mark", "")),
        template=show(found.template) if found.template.strip() not in ("", found.text.strip()) else None,
        params=() if is_empty(found.params) else fields(found.params, room=room or Room()),
    )


def _is_blank(sent: object) -> bool:
    return is_empty(sent) or (isinstance(sent, str) and sent.isspace())
