"""What the working tree holds that code and documents can cite, and the texts that cite it."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


#: Texts by the name of their file.
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Facts:
    """What can be cited. Paths are relative to the root, folders without a slash at the end.

    `headings` are the headings of each Markdown file without their numbers, `anchors` their anchors. `commands` are the
    options of each command of manage.py, `names` the names that Python files define or spell out. `modules` are the
    names that each Python file defines, `Class.member` included.
    """

    files: frozenset[str] = frozenset()
    headings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    anchors: Mapping[str, frozenset[str]] = field(default_factory=dict)
    commands: Mapping[str, frozenset[str]] = field(default_factory=dict)
    targets: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    modules: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, commands: Mapping[str, frozenset[str]], names: frozenset[str]) -> Facts:
        """The facts about the working tree at `root`; `names` are those that are not found in its Python files."""
        files = listed(root)
        modules = {name: defined((root / name).read_text()) for name in files if name.endswith(".py")}
        documents = {name: (root / name).read_text() for name in files if name.endswith(".md")}
        found = {name.rpartition(".")[2] for names in modules.values() for name in names}
        for name in modules:
            found |= literals((root / name).read_text())
        return cls(
            files=frozenset({*files, *(str(folder) for name in files for folder in Path(name).parents)}),
            headings={name: tuple(headings(text)) for name, text in documents.items()},
            anchors={name: frozenset(anchors(text)) for name, text in documents.items()},
            commands=commands,
            targets=frozenset(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text(), re.MULTILINE)),
            names=names | found,
            modules=modules,
        )


def listed(root: Path) -> list[str]:
    """The files of the working tree that are ours: no hidden ones but `.ci`, no caches, installed packages or data."""
    found: list[str] = []
    for folder, folders, files in os.walk(root):
        place = Path(folder).relative_to(root)
        folders[:] = [
            name
            for name in folders
            if (not name.startswith(".") or name == ".ci")
            and name not in {"__pycache__", "node_modules"}
            and not (place == Path() and name == "data")
        ]
        found += [str(place / name) for name in files if not name.startswith(".")]
    return sorted(found)


@cache
def _tree(source: str) -> ast.Module:
    return ast.parse(source)


def prose(source: str) -> str:
    """The comments and docstrings of Python source, each on one line."""
    parts: list[str] = []
    before = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("#: ")
            if token.start[0] == before + 1 and parts:
                parts[-1] += f" {text}"
            else:
                parts.append(text)
            before = token.start[0]
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            parts.append(ast.get_docstring(node) or "")
    return "\n".join(" ".join(part.split()) for part in parts if part)


def strings(source: str) -> str:
    """The strings in Python source that are not docstrings, one on each line."""
    tree = _tree(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return "\n".join(
        " ".join(node.value.split())
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    )


def literals(source: str) -> set[str]:
    """The strings in Python source that are a name in capitals: environment variables, headers, codes."""
    return {text for text in strings(source).splitlines() if re.fullmatch("[A-Z][A-Z0-9_]+", text)}


def defined(source: str) -> frozenset[str]:
    """The names that Python source defines or imports, and `Class.member` for what stands in its classes."""
    found: set[str] = set()

    def collect(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(prefix + node.name)
                if isinstance(node, ast.ClassDef):
                    collect(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.Import | ast.ImportFrom):
                found.update(prefix + (alias.asname or alias.name).split(".")[0] for alias in node.names)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found.update(
                    prefix + name.id
                    for target in targets
                    for name in ast.walk(target)
                    if isinstance(name, ast.Name)
                )
            elif isinstance(node, ast.If | ast.Try | ast.With):
                collect(node.body, prefix)
                collect(getattr(node, "orelse", []), prefix)

    collect(_tree(source).body, "")
    return frozenset(found)


def _titles(markdown: str) -> Iterator[str]:
    return (
        line.lstrip("#").strip() for line in FENCE.sub("", markdown).splitlines() if re.match("#+ ", line)
    )


def headings(markdown: str) -> list[str]:
    """The headings, without the numbers in front."""
    return [re.sub(r"^\d+(?:\.\d+)*\.?\s+", "", title) for title in _titles(markdown)]


def anchors(markdown: str) -> list[str]:
    """The anchors of the headings, as GitHub makes them."""
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in _titles(markdown)]
