"""Artifacts: the files that frames are looked up in."""

from __future__ import annotations

from django.db import models

from accounts.models import Project
from issues.models.artifacts.stored_file import StoredFile
from issues.models.artifacts.upload import Upload
from rustrak.lib import clock


class Artifact(models.Model):
    """One file of an upload. issues.artifacts.lookup finds those of a frame."""

    class Kind(models.TextChoices):
        SOURCE = "source"
        MINIFIED_SOURCE = "minified_source"
        SOURCE_MAP = "source_map"
        # Anything else that a bundle or a release may have; nothing is looked up in it.
        OTHER = "other"
        PROGUARD = "proguard"
        DART_SYMBOLS = "dart_symbols"
        # dSYM, ELF, PDB, PE, WASM, Breakpad: `details` says which.
        NATIVE = "native"
        SOURCE_BUNDLE = "source_bundle"
        # Apple's symbol maps of bitcode, and the plists that belong to them.
        BC_SYMBOL_MAP = "bc_symbol_map"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="artifacts", db_index=False)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="artifacts")
    file = models.ForeignKey(StoredFile, on_delete=models.RESTRICT, related_name="artifacts")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    # The URL that it stands for, such as `~/static/app.js`, or the name of a debug file.
    name = models.CharField(max_length=1000, blank=True)
    # rustrak.lib.text.name_hash of the name: what is looked up, as names are too long for an index.
    name_hash = models.BigIntegerField(default=0)
    # Normalised: a lower-case UUID, for native files with the age behind it where it is not 0.
    debug_id = models.CharField(max_length=45, blank=True)
    code_id = models.CharField(max_length=64, blank=True)
    arch = models.CharField(max_length=32, blank=True)
    release = models.CharField(max_length=200, blank=True)
    dist = models.CharField(max_length=64, blank=True)
    # What the file or its headers name as its source map, as it stands there; `inline` where the map is in the file itself.
    source_map = models.CharField(max_length=1000, blank=True)
    # What else the upload says of it: the format and features of a debug file, the headers of a release file.
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["project", "debug_id", "kind"], name="artifact_by_debug_id"),
            models.Index(fields=["project", "release", "name_hash", "kind", "dist"], name="artifact_by_name"),
        ]

    def __str__(self) -> str:
        return self.name or self.debug_id
