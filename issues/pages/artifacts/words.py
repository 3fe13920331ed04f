"""What uploads and artifacts are called on pages."""

from __future__ import annotations

from dataclasses import dataclass

from issues.models import Artifact, Upload
from issues.render.values import line, visible

KINDS = {
    Upload.Kind.BUNDLE: "artifact bundle",
    Upload.Kind.RELEASE_FILE: "file of a release",
    Upload.Kind.DEBUG_FILE: "debug file",
    Upload.Kind.FETCHED: "fetched from the site",
}
#: The word, and the class of its badge.
STATES = {
    Upload.State.CREATED: ("incomplete", ""),
    Upload.State.ASSEMBLING: ("being processed", ""),
    Upload.State.OK: ("ready", "success"),
    # Refused, or stored once and deleted because nothing needed it: the detail says which.
    Upload.State.ERROR: ("not stored", "error"),
}
CONTENTS = {
    Artifact.Kind.SOURCE: "source",
    Artifact.Kind.MINIFIED_SOURCE: "script",
    Artifact.Kind.SOURCE_MAP: "source map",
    Artifact.Kind.OTHER: "other file",
    Artifact.Kind.PROGUARD: "ProGuard mapping",
    Artifact.Kind.DART_SYMBOLS: "Dart symbol map",
    Artifact.Kind.NATIVE: "debug file",
    Artifact.Kind.SOURCE_BUNDLE: "source bundle",
    Artifact.Kind.BC_SYMBOL_MAP: "symbol map",
}


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One upload as lists show it. `title` is the release with its dist, else the name, else the debug id or checksum."""

    upload: Upload
    title: str
    kind: str
    state: str
    look: str
    detail: str
    client: str
    by: str


def upload_row(upload: Upload) -> UploadRow:
    """The row of an upload whose `by` is loaded."""
    state, look = STATES[Upload.State(upload.state)]
    return UploadRow(
        upload=upload,
        title=title_of(upload),
        kind=KINDS[Upload.Kind(upload.kind)],
        state=state,
        look=look,
        detail=visible(upload.detail),
        client=line(upload.client, 80),
        by=visible(upload.by.get_short_name()) if upload.by else "",
    )


def title_of(upload: Upload) -> str:
    """What an upload is called: its release with its dist, else its name, else its debug id or checksum."""
    release = of_release(upload.release, upload.dist)
    if upload.kind == Upload.Kind.BUNDLE:
        return release or f"Bundle {upload.checksum[:8]}, found by debug ids"
    name = line(upload.name, 1_000) or upload.debug_id or upload.checksum[:8]
    return f"{name} in {release}" if release else name


def of_release(release: str, dist: str) -> str:
    """A release with its dist; empty for none."""
    shown = line(release)
    return f"{shown}, dist {line(dist, 64)}" if shown and dist else shown


@dataclass(frozen=True, slots=True)
class ArtifactRow:
    """One artifact as lists show it. `map` says what its map is, `facts` what else is known of it."""

    artifact: Artifact
    name: str
    kind: str
    size: int
    map: str
    facts: tuple[str, ...]


# Of what a debug file says of itself.
_MOST_FEATURES = 12


def artifact_row(artifact: Artifact) -> ArtifactRow:
    """The row of an artifact whose `file` is loaded."""
    reference = artifact.source_map
    details = artifact.details if isinstance(artifact.details, dict) else {}
    features = details.get("features")
    facts = [artifact.arch, details.get("format"), details.get("kind")]
    if isinstance(features, list) and features:
        facts.append("has " + ", ".join(line(each, 40) for each in features[:_MOST_FEATURES]))
    return ArtifactRow(
        artifact=artifact,
        name=line(artifact.name, 1_000) or artifact.debug_id or "without a name",
        kind=CONTENTS.get(Artifact.Kind(artifact.kind), artifact.kind),
        size=artifact.file.size,
        map="its map is inside" if reference == "inline" else line(reference, 200),
        facts=tuple(line(fact, 120) for fact in facts if fact),
    )
