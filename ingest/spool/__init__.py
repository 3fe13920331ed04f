"""The spool: append-only segment files, the only thing that crosses from the web process to the digest.

writer.py       one web worker's open segment: append, shared fsync, seal
blobs.py        files of their own for payloads that are too large for a segment
capacity.py     how much the spool may hold
backlog.py      the digest's side: which projects' records are waiting where, and a fair claim of them
segments.py     the digest's side: recover, hold, read and settle a segment; and writing one at once
backlog_age.py  up to when everything is digested
record.py       the format of a record
errors.py       why nothing can be written
files.py        names, locks and durable writes
quarantine_writer.py  keeps records that cannot be digested
quarantine_files.py   its files, and which of them are deleted when there are too many
requeue.py      puts records from there back into the queue
waking.py       how a digest learns at once that a segment was sealed
"""

from __future__ import annotations

from ingest.spool.backlog import Backlog, Claim
from ingest.spool.blobs import Blob, Blobs, blob_path, sweep
from ingest.spool.capacity import SpoolCapacity
from ingest.spool.errors import SpoolUnavailable
from ingest.spool.quarantine_files import Limits as QuarantineLimits
from ingest.spool.quarantine_writer import of as quarantine_of
from ingest.spool.quarantine_writer import quarantine
from ingest.spool.quarantine_writer import sync as sync_quarantine
from ingest.spool.record import Record
from ingest.spool.segments import Segment, recover, write_sealed
from ingest.spool.waking import Waker, wake
from ingest.spool.writer import SegmentWriter

__all__ = [
    "Backlog",
    "Blob",
    "Blobs",
    "Claim",
    "QuarantineLimits",
    "Record",
    "Segment",
    "SegmentWriter",
    "SpoolCapacity",
    "SpoolUnavailable",
    "Waker",
    "blob_path",
    "quarantine",
    "quarantine_of",
    "recover",
    "sweep",
    "sync_quarantine",
    "wake",
    "write_sealed",
]
