"""Whether source maps can be read on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from rustrak.ops.doctor.findings import Finding, ok, problem

SUBJECT = "source maps"
_MAP = b'{"version":3,"sources":["a.js"],"names":[],"mappings":"AAAA"}'
_FIX = "Install the dependencies again. There is no wheel of symbolic for systems with musl, such as Alpine Linux."


def check() -> Iterator[Finding]:
    """The library that reads them, in this process: the child that uses it runs only while somebody asks."""
    try:
        # Optional: it may be missing or not fit the system. Memory: no other command needs its 75 MB.
        from issues.symbols.child import javascript
    except (ImportError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        yield problem(SUBJECT, f"no frame can be mapped, because symbolic cannot be loaded: {reason}", _FIX)
        return
    loaded, _ = javascript.loaded(b"", _MAP)
    if javascript.answer(loaded, {"positions": [[1, 1]], "context": 0}) == [None]:
        yield problem(SUBJECT, "symbolic does not find a position in a map", _FIX)
    else:
        yield ok(SUBJECT, "can be read")
