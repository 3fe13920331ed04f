"""POST /api/<project>/minidump/: a native crash, sent by a crash handler (Crashpad, Breakpad or Electron's)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from ingest.edge import form
from ingest.edge.answers import Answer
from ingest.edge.decode import multipart
from ingest.edge.decode.multipart import Part
from ingest.edge.delivery import Buffer, Delivery
from ingest.edge.errors import BadEnvelope
from ingest.edge.exchange import Exchange
from ingest.edge.form import FileTarget, Form
from ingest.edge.native import crash_event, form_fields, minidump
from ingest.edge.native.minidump import Minidump, NotMinidump, Read
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids, tolerant_json

_DUMP = "upload_file_minidump"
_EVENT = "__sentry-event"
_BREADCRUMBS = ("__sentry-breadcrumb1", "__sentry-breadcrumb2")
# More than this is read in a thread.
_IN_THREAD_BYTES = 32 * 1024
# A module or thread in a dump takes about as long as reading so many bytes slowly.
_ENTRY_BYTES = 100
# Stands for the part of a form when the body is the minidump itself.
_RAW = Part(_DUMP, "minidump.dmp", "application/x-dmp")


async def handle(exchange: Exchange) -> Answer:
    """200 with the new event's id in plain text, as a UUID with dashes: crash handlers store it in this form."""
    request, limits = exchange.request, exchange.limits
    await exchange.authorize(request.key)
    exchange.admit()
    boundary = multipart.boundary(request.header(b"content-type"))
    async with exchange.delivery() as delivery:
        upload = _Upload(exchange, delivery)
        pieces = exchange.decoded(limits.body)
        if boundary is not None:
            found = await form.receive(
                pieces, boundary, delivery, upload.target, most=limits.event, meter=exchange
            )
        else:
            target = upload.file(_RAW)
            await form.receive_file(pieces, target, delivery, meter=exchange)
            found = Form(files=[(_RAW, target.buffer)])
        await upload.add(found)
        await delivery.keep(exchange.holder)
    return Answer(body=str(UUID(exchange.event_id)).encode(), content_type="text/plain")


class _Upload:
    """One crash: its files on their way from the form to the delivery."""

    __slots__ = ("_delivery", "_exchange")

    def __init__(self, exchange: Exchange, delivery: Delivery) -> None:
        self._exchange = exchange
        self._delivery = delivery
        exchange.count("event")

    def target(self, part: Part) -> FileTarget | None:
        """Where the bytes of a part are written; None for a field."""
        limits = self._exchange.limits
        if part.name == _EVENT or part.name in _BREADCRUMBS:
            return FileTarget(self._delivery.buffer(limits.event, limits.too_large("event")))
        if part.filename is None and part.name != _DUMP:
            return None
        return self.file(part)

    def file(self, part: Part) -> FileTarget:
        """Where a file that is stored is written."""
        limits = self._exchange.limits
        self._exchange.count_attachment()
        buffer = self._delivery.buffer(limits.attachment, limits.too_large("attachment"), in_file=True)
        return FileTarget(buffer, unpack=part.name == _DUMP)

    async def add(self, found: Form) -> None:
        """Add the event and its files to the delivery. Raises BadEnvelope if there is no minidump."""
        buffers = {part.name: buffer for part, buffer in found.files}
        dump = buffers.get(_DUMP)
        if dump is None:
            raise BadEnvelope(f"the form has no {_DUMP}", Reason.EMPTY)
        if not minidump.is_minidump(dump.head):
            raise BadEnvelope(f"{_DUMP} is not a minidump")
        event = await self._event(found, buffers, dump)
        event_id = ids.event_id(event.get("event_id")) or ids.new_event_id()
        event["event_id"] = self._exchange.event_id = event_id
        self._delivery.add("event", event_id, tolerant_json.dumps(event))
        for part, buffer in found.files:
            if buffer is dump:
                meta = form.attachment_meta(part, "event.minidump")
            elif part.name == _EVENT or part.name in _BREADCRUMBS:
                continue
            else:
                meta = form.attachment_meta(part)
            self._delivery.add("attachment", event_id, buffer, meta=meta)

    async def _event(self, found: Form, buffers: dict[str, Buffer], dump: Buffer) -> dict[str, Any]:
        base = await self._bytes(buffers[_EVENT]) if _EVENT in buffers else b""
        breadcrumbs = [await self._bytes(buffers[name]) for name in _BREADCRUMBS if name in buffers]
        size = sum(len(name) + len(value) for name, value in found.fields)
        size += len(base) + sum(map(len, breadcrumbs))
        self._exchange.spend_slowly(size)
        if size > _IN_THREAD_BYTES:
            async with self._exchange.one_at_a_time:
                given = await asyncio.to_thread(_given, found, base, breadcrumbs)
        else:
            given = _given(found, base, breadcrumbs)
        crash = await self._delivery.read(dump, lambda read: _dump(read, dump.size))
        if crash is not None:
            self._exchange.spend_slowly(_ENTRY_BYTES * (len(crash.modules) + len(crash.threads)))
        return crash_event.event(given, crash)

    async def _bytes(self, buffer: Buffer) -> bytes:
        return await self._delivery.read(buffer, lambda read: read(0, buffer.size))


def _given(found: Form, base: bytes, breadcrumbs: list[bytes]) -> dict[str, Any]:
    """The event in a form's fields and msgpack files."""
    given = form_fields.event(found.fields, form_fields.unpacked_event(base) if base else None)
    crumbs = form_fields.unpacked_breadcrumbs(breadcrumbs)
    if crumbs and not given.get("breadcrumbs"):
        given["breadcrumbs"] = {"values": crumbs}
    return given


def _dump(read: Read, size: int) -> Minidump | None:
    try:
        return minidump.read(read, size)
    except NotMinidump:
        return None
