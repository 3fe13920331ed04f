"""Finds what code, templates and documents cite, and says which citations lead nowhere. Pure.

Each check takes the texts to look at, by file name, and the facts about the repository. It returns one sentence for each
citation that does not resolve; tests/house/test_docs.py runs all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.lib.facts import FENCE, Facts, Texts

APPS = ("accounts", "ingest", "issues", "rustrak")
_FOLDERS = (
    "accounts",
    "deploy",
    "docs",
    "ingest",
    "issues",
    "requirements",
    "rustrak",
    "static",
    "templates",
    "tests",
)
_SPAN = re.compile(r"`([^`\n]+)`")
# A file is cited by its path from the root; a folder by its path with a slash at the end.
_PATH = re.compile(rf"(?<![\w/.{{}}<>-])(?:{'|'.join(_FOLDERS)})/[\w./-]*(?:\w\.[a-z]+|\w/)(?![\w*<{{])")
_DOCUMENT = re.compile(r"(?<![\w/.-])(?:[\w-]+/)*[\w-]+\.md\b")
_HEADING = re.compile(r'((?:[\w-]+/)*[\w-]+\.md), "([^"]+)"')
_BY_NUMBER = re.compile(r"((?:[\w-]+/)*[\w-]+\.md),? (?:section )?(\d+(?:\.\d+)*)\b")
_DECISION = re.compile(r"\bdecisions?[/ ](\d{1,4})\b")
_COMMAND = re.compile(r"\bmanage\.py ([a-z_]+)([^`\n,;:)#]*)")
_TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
_NAME = re.compile(r"(?<![\w.$/-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w*-])")
_DOTTED = re.compile(rf"(?<![\w./@-])(?:{'|'.join(APPS)})(?:\.[A-Za-z_]\w*)+")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def _spans(markdown: str) -> Iterator[str]:
    yield from (match[1] for match in _SPAN.finditer(FENCE.sub("", markdown)))


def _code(text: str) -> Iterator[str]:
    """What stands in a Markdown text, or between backticks in any other, as code."""
    yield from (match[0] for match in FENCE.finditer(text))
    yield from _spans(text)


def paths(texts: Texts, facts: Facts) -> list[str]:
    """Paths of files and folders that do not exist."""
    return [
        f"{name}: there is no {match[0]}"
        for name, text in texts.items()
        for match in _PATH.finditer(text)
        if match[0].rstrip("/") not in facts.files
    ]


def documents(texts: Texts, facts: Facts) -> list[str]:
    """Documents that do not exist where they are said to be: from the root, or beside the document that names them."""
    return [
        f"{name}: there is no document {match[0]}; write its path from the root"
        for name, text in texts.items()
        for match in _DOCUMENT.finditer(text)
        if match[0] not in facts.files
        and not (name.endswith(".md") and _beside(name, match[0]) in facts.files)
    ]


def cited_headings(texts: Texts, facts: Facts) -> list[str]:
    """Headings, cited as `docs/<file>.md, "Heading"`, that their document does not have; sections cited by number."""
    problems = []
    for name, text in texts.items():
        for match in _HEADING.finditer(text):
            known = {heading.lower() for heading in facts.headings.get(match[1], ())}
            if match[2].lower() not in known:
                problems.append(f'{name}: {match[1]} has no heading "{match[2]}"')
        problems += [
            f"{name}: cites section {match[2]} of {match[1]}; cite the heading, numbers change"
            for match in _BY_NUMBER.finditer(text)
        ]
    return problems


def decisions(texts: Texts, facts: Facts) -> list[str]:
    """Decisions that are not in docs/decisions."""
    known = {Path(name).name[:4] for name in facts.files if name.startswith("docs/decisions/")}
    return [
        f"{name}: there is no decision {match[1]} in docs/decisions"
        for name, text in texts.items()
        for match in _DECISION.finditer(text)
        if match[1].zfill(4) not in known
    ]


def commands(texts: Texts, facts: Facts) -> list[str]:
    """`manage.py` commands, or options of them, that do not exist."""
    problems = []
    for name, text in texts.items():
        for match in _COMMAND.finditer(text):
            if match[1] not in facts.commands:
                problems.append(f"{name}: there is no command manage.py {match[1]}")
                continue
            for option in re.findall(r"--[a-z][a-z-]*", match[2]):
                if option not in facts.commands[match[1]]:
                    problems.append(f"{name}: manage.py {match[1]} has no option {option}")
    return problems


def targets(texts: Texts, facts: Facts) -> list[str]:
    """`make` targets, written as code, that the Makefile does not have."""
    return [
        f"{name}: the Makefile has no target {match[1]}"
        for name, text in texts.items()
        for code in _code(text)
        for match in _TARGET.finditer(code)
        if match[1] not in facts.targets
    ]


def names(texts: Texts, facts: Facts) -> list[str]:
    """Names in capitals (settings, environment variables, constants) that nothing has."""
    return [
        f"{name}: nothing is called {match[0]}"
        for name, text in texts.items()
        for match in _NAME.finditer(text)
        if match[0] not in facts.names and match[0].removesuffix("_FILE") not in facts.names
    ]


def modules(texts: Texts, facts: Facts) -> list[str]:
    """Dotted paths of our modules, and of names in them, that do not resolve."""
    return [
        f"{name}: nothing is at {match[0]}"
        for name, text in texts.items()
        for match in _DOTTED.finditer(text)
        if not _resolves(match[0], facts)
    ]


def _resolves(dotted: str, facts: Facts) -> bool:
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        place, rest = "/".join(parts[:count]), parts[count:]
        if place in facts.files and not rest:
            return True
        for file in (f"{place}.py", f"{place}/__init__.py"):
            if file in facts.modules:
                return not rest or ".".join(rest[:2]) in facts.modules[file]
    return False


def functions(texts: Texts, facts: Facts) -> list[str]:
    """Functions, written as `name()`, that the file named last before them in the same line or paragraph does not have."""
    problems = []
    for name, text in texts.items():
        for paragraph in re.split(r"\n\s*\n|\n(?=\s*[|*-] |\s*\d+\. )", FENCE.sub("", text)):
            file = ""
            for span in _spans(paragraph):
                if span.endswith(".py") and "/" in span:
                    file = span
                elif (
                    re.fullmatch(r"[\w.]+\(\)", span)
                    and file in facts.modules
                    and span.removesuffix("()") not in facts.modules[file]
                ):
                    problems.append(f"{name}: {file} has no {span}")
    return problems


def links(texts: Texts, facts: Facts) -> list[str]:
    """Markdown links to files or headings that are not there. Addresses of other sites are not looked at."""
    problems = []
    for name, text in texts.items():
        for match in _LINK.finditer(FENCE.sub("", text)):
            target, _, anchor = match[1].partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            file = _beside(name, target) if target else name
            if file not in facts.files:
                problems.append(f"{name}: links to {target}, which does not exist")
            elif anchor and anchor not in facts.anchors.get(file, ()):
                problems.append(f"{name}: links to {match[1]}, and {file} has no heading of this anchor")
    return problems


def _beside(name: str, target: str) -> str:
    """The path from the root of what a document calls `target`."""
    parts = list(Path(name).parent.parts)
    for part in target.rstrip("/").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
