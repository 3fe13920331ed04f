"""Shows findings: in columns for people, as JSON for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

import orjson

from rustrak.lib.wording import counted
from rustrak.ops.doctor.findings import Finding, Level

_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.PROBLEM: "31"}


def lines(findings: Sequence[Finding], *, colours: bool) -> Iterable[str]:
    """One line for each finding, its fix in the next line, and a summary at the end."""
    width = max((len(finding.subject) for finding in findings), default=0)
    for finding in findings:
        level = f"{finding.level:<8}"
        if colours:
            level = f"\x1b[{_COLOURS[finding.level]}m{level}\x1b[0m"
        yield f"{level} {finding.subject:<{width}}  {_line(finding.text)}"
        if finding.fix:
            yield f"{'':<8} {'':<{width}}  → {_line(finding.fix)}"
    yield ""
    yield summary(findings)


def summary(findings: Sequence[Finding]) -> str:
    """One sentence about all findings."""
    problems, warnings = (
        sum(finding.level == level for finding in findings) for level in (Level.PROBLEM, Level.WARNING)
    )
    if not problems and not warnings:
        return "All checks passed."
    parts = [counted(count, noun) for count, noun in ((problems, "problem"), (warnings, "warning")) if count]
    return f"{' and '.join(parts)}."


def as_json(findings: Sequence[Finding]) -> str:
    """`{"ok": no problem among them, "findings": [{"subject", "level", "text", "fix"}, …]}`."""
    fine = all(finding.level != Level.PROBLEM for finding in findings)
    value = {"ok": fine, "findings": [asdict(finding) for finding in findings]}
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _line(text: str) -> str:
    """Text from elsewhere may contain line breaks and control characters, which would break the columns."""
    return "".join(char if char.isprintable() else " " for char in text)
