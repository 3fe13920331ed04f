"""POST /api/<project>/minidump/: what a crash handler (Crashpad, Breakpad, Electron's) sends of a native crash."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ingest.edge import form
from ingest.edge.answers import Answer
from ingest.edge.decode import multipart
from ingest.edge.decode.body import Body
from ingest.edge.decode.multipart import Part
from ingest.edge.delivery import Delivery, Sink
from ingest.edge.endpoints import attachments
from ingest.edge.errors import BadEnvelope
from ingest.edge.form import Form, Place
from ingest.edge.native import crash_event, form_fields, minidump
from ingest.edge.native.minidump import Minidump, NotMinidump, Read
from ingest.edge.request import Request
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids, tolerant_json

if TYPE_CHECKING:
    from ingest.edge.intake import Intake

_DUMP = "upload_file_minidump"
_EVENT = "__sentry-event"
_BREADCRUMBS = ("__sentry-breadcrumb1", "__sentry-breadcrumb2")
_RAW = Part(_DUMP, "minidump.dmp", "application/x-dmp")


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """200 with the new event's id as a dashed UUID, in plain text, as crash handlers store it."""
    await intake.authorize(request, request.key)
    intake.admit(request)
    boundary = multipart.boundary(request.header(b"content-type"))
    async with intake.delivery(request) as delivery:
        upload = _Upload(intake, request, delivery)
        pieces = intake.decoded(request, body, intake.limits.body)
        hold = partial(intake.hold, request)
        if boundary is not None:
            found = await form.receive(
                pieces, boundary, delivery, upload.place, most=intake.limits.event, hold=hold
            )
        else:
            place = upload.file(_RAW)
            await form.write(pieces, place, delivery, hold=hold)
            found = Form(files=[(_RAW, place.sink)])
        await upload.add(found)
        await delivery.keep()
    return Answer(body=str(UUID(request.event_id)).encode(), content_type="text/plain")


class _Upload:
    """One crash on its way from the form to the delivery."""

    __slots__ = ("_delivery", "_intake", "_request")

    def __init__(self, intake: Intake, request: Request, delivery: Delivery) -> None:
        self._intake = intake
        self._request = request
        self._delivery = delivery
        request.item("event")

    def place(self, part: Part) -> Place | None:
        """Where a part of the form goes."""
        limits = self._intake.limits
        if part.name == _EVENT or part.name in _BREADCRUMBS:
            return Place(self._delivery.sink(limits.event, limits.too_large("event")))
        if part.filename is None and part.name != _DUMP:
            return None
        return self.file(part)

    def file(self, part: Part) -> Place:
        """Where a file that is kept goes."""
        limits = self._intake.limits
        self._request.item("attachment")
        attachments.check_count(self._intake, self._request)
        sink = self._delivery.sink(limits.attachment, limits.too_large("attachment"), in_file=True)
        return Place(sink, unpacked=part.name == _DUMP)

    async def add(self, found: Form) -> None:
        """Adds the event and its files to the delivery. Raises BadEnvelope when there is no minidump."""
        sinks = {part.name: sink for part, sink in found.files}
        dump = sinks.get(_DUMP)
        if dump is None:
            raise BadEnvelope(f"the form has no {_DUMP}", Reason.EMPTY)
        if not minidump.is_minidump(dump.head):
            raise BadEnvelope(f"{_DUMP} is no minidump")
        event = await self._event(found, sinks, dump)
        event_id = ids.event_id(event.get("event_id")) or ids.new_event_id()
        event["event_id"] = self._request.event_id = event_id
        self._delivery.add("event", event_id, tolerant_json.dumps(event))
        for part, sink in found.files:
            if sink is dump:
                about = attachments.about(part, "event.minidump")
            elif part.name == _EVENT or part.name in _BREADCRUMBS:
                continue
            else:
                about = attachments.about(part)
            self._delivery.add("attachment", event_id, sink, meta=about)

    async def _event(self, found: Form, sinks: dict[str, Sink], dump: Sink) -> dict[str, Any]:
        base = None
        if _EVENT in sinks:
            base = form_fields.unpacked_event(await self._bytes(sinks[_EVENT]))
        given = form_fields.event(found.fields, base)
        files = [await self._bytes(sinks[name]) for name in _BREADCRUMBS if name in sinks]
        if (breadcrumbs := form_fields.unpacked_breadcrumbs(files)) and not given.get("breadcrumbs"):
            given["breadcrumbs"] = {"values": breadcrumbs}
        return crash_event.event(given, await self._delivery.look(dump, lambda read: _dump(read, dump.size)))

    async def _bytes(self, sink: Sink) -> bytes:
        return await self._delivery.look(sink, lambda read: read(0, sink.size))


def _dump(read: Read, size: int) -> Minidump | None:
    try:
        return minidump.read(read, size)
    except NotMinidump:
        return None
