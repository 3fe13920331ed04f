"""Files of a release that are uploaded one by one: what sentry-cli did before there were bundles, and plugins that ask it to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import IO

from django.db.models import QuerySet

from issues.artifacts import names
from issues.artifacts.content import BadUpload, Content
from issues.artifacts.reading import references, scripts
from issues.models import Artifact, Upload
from rustrak.lib.text.name_hash import name_hash

_MOST_HEADERS = 20


def headers_of(lines: Sequence[str]) -> dict[str, str]:
    """The headers that the form fields `header` say, such as `Sourcemap: app.js.map`, by their names in lower case. Raises BadUpload."""
    if len(lines) > _MOST_HEADERS:
        raise BadUpload(f"A file may have {_MOST_HEADERS} headers.")
    headers = {}
    for line in lines:
        name, colon, value = line.replace("\0", "\ufffd").partition(":")
        if not colon or not name.strip():
            raise BadUpload(f"“{line[:100]}” is not a header: it has the form “name: value”.")
        headers[name.strip().lower()[:100]] = value.strip()[: references.LONGEST_REFERENCE]
    return headers


def read(
    file: IO[bytes], name: str, release: str, dist: str = "", headers: Sequence[str] = ()
) -> Iterator[Content]:
    """The content of a file that was uploaded alone, and after it that of the map inside it, if it has one.

    `file` is seekable. `headers` are the form's fields `header`. Raises BadUpload.
    """
    said = headers_of(headers)
    if not name.strip():
        raise BadUpload("A file of a release needs a name, such as ~/static/app.js.")
    for each in scripts.contents(file, name, scripts.kind_of(name, file), said):
        yield replace(each, release=release, dist=dist)


def replaced(project_id: int, name: str, release: str, dist: str = "") -> QuerySet[Upload]:
    """The uploads that a new file of this name replaces: those of the same release, dist and name. `name` is as it was sent."""
    normal = names.normalised(name)
    named = Artifact.objects.filter(
        project=project_id, release=release, dist=dist, name_hash=name_hash(normal), name=normal
    )
    return Upload.objects.filter(
        project=project_id, kind=Upload.Kind.RELEASE_FILE, pk__in=named.values("upload")
    )
