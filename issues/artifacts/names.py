"""The names of artifacts, and which of them a frame's URL can mean. Pure.

Source: docs/source-maps.md, "Names of artifacts".
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice
from uuid import UUID

#: Of a name that is stored, in characters. The end of a longer one is replaced by its hash, so that two stay two.
LONGEST_NAME = 1000
#: How many names are compared to a URL that none of them fits.
MOST_COMPARED = 5000
# What is looked at of a name or URL: SDKs and bundles may send more.
_LONGEST_READ = 8192

# What SDKs and engines put before a URL: Chrome's async frames, Hermes' addresses.
_BEFORE = re.compile(r"(?:async|address at|at) +", re.ASCII)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(?=/)", re.ASCII)
_DRIVE = re.compile(r"/*([A-Za-z]):(?=/)", re.ASCII)
# What has no file that anybody could upload: code of the engine, code that was made while it ran.
_NO_FILE = re.compile(
    r"<|\[native|native(?: code)?$|data:|blob:|node:|evalmachine\.|eval at |eval code$|about:|javascript:|anonymous$|unknown$",
    re.IGNORECASE | re.ASCII,
)
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+", re.ASCII)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
# What an escape must go on hiding: it would end the path, begin another escape, or be no text.
_KEPT = re.compile(r"[%?#\x00-\x1f\x7f]")
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_HEX_ID = re.compile(
    r"\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?(?:-?([0-9a-f]{1,8}))?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its parts. `scheme` and `host` are empty in `~/…`, which stands for any of them; `path` begins with a slash; `query`
    begins with its question mark or is empty. A Windows drive is part of the path: `/C:/…`."""

    scheme: str
    host: str
    path: str
    query: str

    @property
    def text(self) -> str:
        origin = f"{self.scheme}://{self.host}" if self.scheme else "~"
        return _short(f"{origin}{self.path}{self.query}")


@dataclass(frozen=True, slots=True)
class Miss:
    """An artifact's name that is near a URL, and what differs: one or more of `scheme`, `host`, `prefix` (the folders before the file),
    `name` (of the file, as in app.js and app.min.js), `case`, `query`. `wanted` and `has` are the parts of both where the prefix, the
    name or the case differ."""

    name: str
    differs: tuple[str, ...]
    wanted: str
    has: str


def parsed(text: str) -> Name:
    """The parts of an artifact's name or of a frame's URL. Any text has some.

    A relative name means the same as the one with `~/` before it. `.` and `..` and empty parts of a path are resolved: names are no
    places on a disk.
    """
    text = _UNSTORABLE.sub("\ufffd", _cut(text)).replace("\\", "/").partition("#")[0].strip()
    scheme = host = ""
    if found := _SCHEME.match(text):
        scheme = found[1].lower()
        rest = text[found.end() :]
        if rest.startswith("//"):
            host, slash, path = rest[2:].partition("/")
            host, mark, behind = host.partition("?")
            path = f"{slash}{mark}{behind}{path}"
            host = _host(host.rpartition("@")[2].lower(), _DEFAULT_PORTS.get(scheme, ""))
        else:
            path = rest
    elif text.startswith("//"):  # a URL without its scheme: of the host nothing is certain
        path = text[2:].partition("/")[2]
    else:
        path = text[1:] if text.startswith("~") and text[1:2] in ("", "/") else text
    path, mark, query = path.partition("?")
    return Name(scheme, host, _path(path), f"?{query}" if query else "")


def normalised(text: str) -> str:
    """The form in which an artifact's name is stored and looked up, at most LONGEST_NAME characters. It is its own normal form."""
    return text if _is_normal(text) else parsed(text).text


def candidates(url: str) -> list[str]:
    """The names that a frame's URL or path may have been uploaded under, the most particular first; none where it names no file."""
    url = _cut(url)
    if not url or _NO_FILE.match(url):
        return []
    name = parsed(url)
    if name.path == "/":
        return []
    names: dict[str, None] = {}
    for scheme, host in ((name.scheme, name.host), ("", "")):
        for query in (name.query, ""):
            names[Name(scheme, host, name.path, query).text] = None
    if drive := _DRIVE.match(name.path):
        names[Name("", "", name.path[drive.end() :], "").text] = None
    return list(names)


def resolved(reference: str, name: str) -> str:
    """The name that a reference in a script means, such as `app.js.map` or `../maps/app.js.map?v=2`; empty for an empty or `data:` one.

    `name` is the script's.
    """
    reference = reference[:_LONGEST_READ].strip()
    if not reference or reference[:5].lower() == "data:":
        return ""
    base = parsed(name)
    if _SCHEME.match(reference) or reference.startswith("~/"):
        return parsed(reference).text
    if reference.startswith("//"):
        return parsed(f"{base.scheme or 'https'}:{reference}").text
    path, _, query = reference.replace("\\", "/").partition("#")[0].partition("?")
    if not path.startswith("/"):
        path = f"{base.path.rpartition('/')[0]}/{path}"
    return Name(base.scheme, base.host, _path(path), f"?{query}" if query else "").text


def map_names(name: str, reference: str) -> list[str]:
    """The names that the map of a script may have, the most likely first: what the script refers to, else its own name with `.map`."""
    script = parsed(name)
    beside = Name(script.scheme, script.host, f"{script.path}.map", "").text
    return list(dict.fromkeys([*candidates(resolved(reference, name)), beside]))


def stem(url: str) -> str:
    """The name of the file of a URL without its ending, `.min` and its hash, in lower case: near names have the same."""
    return _stem(parsed(_cut(url)).path.rpartition("/")[2])


def inline_map(name: str) -> str:
    """The name of the map that was inside a script. No URL means it: the mark is never part of a normal form."""
    return _short(f"{name}#map")


def nearest(url: str, names: Iterable[str], most: int = 5) -> list[Miss]:
    """Those of an artifact's names that are nearest to a URL that none of them fits, the nearest first.

    Near are the same file elsewhere, and files whose names differ only in case, `.min`, ending or hash. Looks at the first
    MOST_COMPARED names.
    """
    if not candidates(url):
        return []
    wanted = parsed(_cut(url))
    wanted_stem = stem(url)
    found: list[tuple[int, int, str, Miss]] = []
    folders = _folders(wanted.path)
    for text in islice(names, MOST_COMPARED):
        name = parsed(text)
        if _stem(name.path.rpartition("/")[2]) == wanted_stem and (miss := _miss(wanted, name)) is not None:
            apart = len(folders ^ _folders(name.path))
            found.append((sum(_WEIGHTS[part] for part in miss.differs), apart, text, miss))
    return [miss for *_, miss in nsmallest(most, found, key=lambda row: row[:3])]


def _folders(path: str) -> set[str]:
    return set(path.split("/")[:-1])


def debug_id(text: str) -> str:
    """A debug id in its normal form: a lower-case UUID, and behind it the age of a native file in lower-case hex where it is not 0.
    Empty where `text` is none."""
    found = _HEX_ID.fullmatch(text.strip()[:64])
    if found is None:
        return ""
    age = (found[6] or "").lstrip("0").lower()
    uuid = str(UUID("".join(found.group(1, 2, 3, 4, 5))))
    return f"{uuid}-{age}" if age else uuid


# How far apart two names are that differ in a part.
_WEIGHTS = {"query": 1, "scheme": 2, "host": 2, "case": 3, "prefix": 4, "name": 6}


def _miss(wanted: Name, name: Name) -> Miss | None:
    """What differs; None where the name fits."""
    differs: list[str] = []
    if name.scheme and name.scheme != wanted.scheme:
        differs.append("scheme")
    elif name.scheme and name.host != wanted.host:
        differs.append("host")
    has_part = wanted_part = ""
    if wanted.path != name.path:
        (wanted_folder, _, wanted_file), (folder, _, file) = (
            path.rpartition("/") for path in (wanted.path, name.path)
        )
        if wanted.path.lower() == name.path.lower():
            differs.append("case")
            wanted_part, has_part = wanted.path, name.path
        elif wanted_file != file:
            differs.extend(["name"] if wanted_folder == folder else ["name", "prefix"])
            wanted_part, has_part = wanted_file, file
        else:
            differs.append("prefix")
            wanted_part, has_part = f"{wanted_folder}/", f"{folder}/"
    if name.query not in ("", wanted.query):
        differs.append("query")
    return Miss(name.text, tuple(differs), wanted_part, has_part) if differs else None


# What bundlers put into the name of a file: its hash.
_HASH = re.compile(r"[-.](?:[A-Za-z0-9_-]{8}|[0-9a-f]{6,64})$", re.ASCII)


def _stem(file: str) -> str:
    """The name of a file without its ending, `.min` and its hash, in lower case."""
    stem = file[:200].rpartition(".")[0] or file[:200]
    return _HASH.sub("", stem.removesuffix(".min")).removesuffix(".min").lower()


def _cut(text: str) -> str:
    """As much of a name or URL as is read, without what engines put before it."""
    text = text[:_LONGEST_READ].strip()
    before = _BEFORE.match(text)
    return text[before.end() :] if before else text


def _host(host: str, default_port: str) -> str:
    """A host without the port that its scheme has anyway, and without what is no port."""
    name, bracket, rest = host.rpartition("]") if host.startswith("[") else ("", "", host)
    rest, _, port = rest.partition(":")
    name = f"{name}{bracket}{rest}".strip()
    return f"{name}:{port}" if port.isascii() and port.isdigit() and port != default_port else name


def _path(path: str) -> str:
    """A path without escapes, dots and empty parts, with a slash before it."""
    if "%" in path and not _BAD_ESCAPE.search(path):
        path = _ESCAPES.sub(lambda found: _unescaped(found[0]), path).replace("\\", "/")
    if not path.isascii():
        # File systems of macOS decompose letters, URLs do not.
        path = unicodedata.normalize("NFC", path)
    parts: list[str] = []
    for part in map(str.strip, path.split("/")):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    if parts and len(parts[0]) == 2 and parts[0][1] == ":":
        parts[0] = parts[0].upper()
    return "/" + "/".join(parts)


def _unescaped(escapes: str) -> str:
    """Escapes that follow one another as text; as they are where they are not UTF-8."""
    try:
        text = bytes.fromhex(escapes.replace("%", "")).decode()
    except UnicodeDecodeError:
        return escapes
    return _KEPT.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)


def _short(text: str) -> str:
    if len(text) <= LONGEST_NAME:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{text[: LONGEST_NAME - 33]}~{digest}"


# Most names: no escapes, no dots to resolve, nothing to replace.
_NORMAL = re.compile(r"~(?:/[A-Za-z0-9_@+=,()!~-][A-Za-z0-9_.@+=,()!~-]*)+", re.ASCII)


def _is_normal(text: str) -> bool:
    return len(text) <= LONGEST_NAME and _NORMAL.fullmatch(text) is not None
