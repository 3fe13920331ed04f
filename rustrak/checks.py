"""System checks: conditions for serving anything."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.files.storage import storages
from django.urls import URLPattern, URLResolver, get_resolver

from rustrak.lib.disk import private

OURS = {"rustrak", "accounts", "ingest", "issues", "mail"}
# Modules whose views have no decorator of ours, and what protects them instead.
GUARDED_ELSEWHERE = {
    "allauth.account": "sign-in and password reset are for everyone; the other views require a user themselves",
    "allauth.mfa": "its sign-in pages are a stage after the password; the others require a user, and a recent password or code",
}


def views(patterns: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every (route, view) in `patterns`, without the admin's."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            # AdminSite.admin_view wraps them all: staff only.
            if pattern.app_name == "admin":
                continue
            yield from views(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def _home(view: Callable[..., Any]) -> str:
    """The module in which a view is defined, also behind a partial or a class-based view."""
    view = getattr(view, "view_class", None) or getattr(view, "func", None) or view
    return str(getattr(view, "__module__", None) or type(view).__module__)


@register
def every_view_has_a_policy(app_configs: Iterable[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Every view of ours needs a decorator of accounts.access: without one, anyone can use it."""
    found: list[CheckMessage] = []
    for route, view in views(get_resolver().url_patterns):
        module = _home(view)
        if getattr(view, "access", None):
            continue
        if module.split(".")[0] not in OURS and any(
            module == known or module.startswith(known + ".") for known in GUARDED_ELSEWHERE
        ):
            continue
        found.append(
            Error(
                f"The view of /{route} does not say who may use it.",
                hint="Add a decorator from accounts.access, or `auth=needs(…)` from accounts.credentials to the operation of an API.",
                obj=f"{module}.{getattr(view, '__name__', view)}",
                id="rustrak.E001",
            )
        )
    return found


@register
def directories_are_writable(app_configs: Iterable[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """RUSTRAK_DATA and INGEST_DIR must be writable."""
    return [
        Error(
            f"{name}={str(path)!r} is not writable.",
            hint=f"Make the user that runs Rustrak its owner, or set another directory. Example: {name}=/var/lib/rustrak",
            id="rustrak.E002",
        )
        for name, path, _ in _directories()
        if not _writable(path)
    ]


@register
def directories_are_ours(app_configs: Iterable[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """RUSTRAK_DATA and INGEST_DIR must be Rustrak's alone: whoever can write to them can replace the secret or forge
    events."""
    found: list[CheckMessage] = []
    for name, path, inside in _directories():
        try:
            about = path.stat()
            why = private.why_shared(path, inside)
        except OSError:
            continue  # it will be created, or `directories_are_writable` says why it cannot be
        open_to_others = stat.S_IMODE(about.st_mode) & private.OTHERS
        hint = f"Set another directory, which belongs to the user that runs Rustrak alone. Example: {name}=/var/lib/rustrak"
        if about.st_mode & stat.S_IWOTH and why is not None:
            found.append(
                Error(
                    f"{name}={str(path)!r} {why}, and every user can write to it.",
                    hint=hint,
                    id="rustrak.E003",
                )
            )
        elif open_to_others or about.st_uid != os.geteuid():
            why = why or "can be read by other users of this machine"
            helps = f"chmod 700 {path}"
            if about.st_uid != os.geteuid():
                # Root can write there, but what it makes the owner cannot read.
                helps = f"Run Rustrak and all of its commands as that user (sudo -u '#{about.st_uid}' …)"
            found.append(
                Warning(f"{name}={str(path)!r} {why}.", hint=f"{helps}, or: {hint}", id="rustrak.W002")
            )
    return found


@register
def files_are_private(app_configs: Iterable[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Nobody else may read what Rustrak writes: sessions, password hashes, events, the secret."""
    exposed = private.exposed(private_paths())
    if not exposed.count:
        return []
    names = ", ".join(map(str, exposed.first))
    more = f" and {exposed.count - len(exposed.first)} more" if exposed.count > len(exposed.first) else ""
    return [
        Warning(
            f"Other users of this machine can read {names}{more}.",
            hint=f"chmod -R go= {settings.DATA_DIR}, and the same for what is elsewhere; the next start does it for its files.",
            id="rustrak.W001",
        )
    ]


@register
def attachments_have_a_storage(app_configs: Iterable[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """The class that ATTACHMENTS_STORAGE names must exist and take its options; processing would stop at the first event."""
    try:
        storages["attachments"]
    except Exception as error:  # whatever the class raises
        # The values of options may be secrets, and a class may repeat them.
        given: Any = settings.STORAGES["attachments"]
        repeated = any(str(value) in str(error) for value in given["OPTIONS"].values())
        why = type(error).__name__ if repeated else f"{type(error).__name__}: {error}"
        return [
            Error(
                f"ATTACHMENTS_STORAGE={settings.ATTACHMENTS_STORAGE!r} cannot be used with its options: {why}",
                hint="Install its package, and correct its name and ATTACHMENTS_STORAGE_OPTIONS. "
                "Example: ATTACHMENTS_STORAGE=storages.backends.s3.S3Storage",
                id="rustrak.E004",
            )
        ]
    return []


def private_paths() -> list[Path]:
    """The files and directories that only the user that runs Rustrak may read: RUSTRAK_DATA and INGEST_DIR with everything in
    them, SQLite's files and the settings. Of a directory that others use too, only what Rustrak makes in it."""
    paths = [settings.BASE_DIR / ".env"]
    for _, directory, inside in _directories():
        try:
            shared = private.why_shared(directory, inside) is not None
        except OSError:
            continue
        paths += _made_in(directory, inside) if shared else [directory]
    database = _sqlite_file()
    if database is not None and (not database.exists() or _is_sqlite(database)):
        paths += [Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm", "-journal")]
    unique = dict.fromkeys(paths)
    return [path for path in unique if not any(parent in unique for parent in path.parents)]


def _made_in(directory: Path, inside: frozenset[str]) -> list[Path]:
    names = inside | settings.OWN_FILES
    with os.scandir(directory) as entries:
        return [
            Path(entry.path)
            for entry in entries
            if entry.name in names or entry.name.endswith(settings.OWN_SUFFIXES)
        ]


def _sqlite_file() -> Path | None:
    database = settings.DATABASES["default"]
    return Path(database["NAME"]) if database["ENGINE"].endswith("sqlite3") else None


# Of the files that are SQLite's, by device and inode: descriptors that stay open.
_sqlite_files: dict[tuple[int, int], int] = {}


def _is_sqlite(path: Path) -> bool:
    """Whether `path` is an SQLite database, or an empty file that becomes one. A file of anybody else is left alone.

    Closing a descriptor would end the locks that connections of this process have on the file (fcntl(2), and "How To Corrupt
    An SQLite Database File", section 2.2, at sqlite.org), so each database is opened once and stays open.
    """
    try:
        about = path.stat()
        if (about.st_dev, about.st_ino) in _sqlite_files:
            return True
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        begin = os.read(descriptor, 16)
    except OSError:
        begin = None
    if begin not in (b"", b"SQLite format 3\0"):
        os.close(descriptor)
        return False
    about = os.fstat(descriptor)
    _sqlite_files[about.st_dev, about.st_ino] = descriptor
    return True


def _directories() -> Iterator[tuple[str, Path, frozenset[str]]]:
    yield "RUSTRAK_DATA", Path(settings.DATA_DIR), settings.DATA_DIRECTORIES
    yield "INGEST_DIR", Path(settings.INGEST_DIR), settings.INGEST_DIRECTORIES


def _writable(path: Path) -> bool:
    """Whether files can be created in `path`, or, if it does not exist, whether it can be created."""
    while not path.exists():
        path = path.parent
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)
