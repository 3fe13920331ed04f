"""Which module may import which, and where: layers, cycles, deferred imports."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import grimp

from tests.lib.sources import APPS, ROOT, SOURCES, name, tree

# Why an import may wait until a function is called; said in a comment on its line or above it.
REASON = re.compile(r"#.*\b(fork|forks|forked|memory|start-up|optional)\b", re.I)


def module(path: Path) -> str:
    """The dotted name of a source file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def layers(contracts: Iterable[dict[str, Any]]) -> set[str]:
    """Every module that a layers contract of import-linter names, with its container."""
    found = set()
    for contract in contracts:
        if contract["type"] == "layers":
            names = re.findall(r"[\w.]+", " ".join(contract["layers"]))
            prefixes = [f"{container}." for container in contract.get("containers", [])] or [""]
            found |= {prefix + layer for prefix in prefixes for layer in names}
    return found


def outside(modules: Iterable[str], named: set[str]) -> list[str]:
    """The modules that are in no layer: neither they nor a package around them are named.

    A whole app as a layer says nothing of the order inside it, so it does not count.
    """

    def packages(module: str) -> Iterator[str]:
        while "." in module:
            yield module
            module = module.rpartition(".")[0]

    return sorted(one for one in modules if "." in one and not named.intersection(packages(one)))


def test_layers_are_read_as_import_linter_reads_them() -> None:
    contracts = [
        {"type": "layers", "layers": ["shop", "lib"]},
        {"type": "layers", "containers": ["shop"], "layers": ["(pages) | api", "models : rows"]},
        {"type": "forbidden", "source_modules": ["shop.admin"], "forbidden_modules": ["lib"]},
    ]
    named = layers(contracts)
    assert named == {"shop", "lib", "shop.pages", "shop.api", "shop.models", "shop.rows"}
    modules = ["shop", "shop.pages.cart", "shop.api", "shop.admin", "shop.models", "lib"]
    assert outside(modules, named) == ["shop.admin"]


def test_every_module_is_in_a_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert outside(map(module, SOURCES), layers(contracts)) == []


def drawn(page: str) -> dict[str, list[str]]:
    """The layers of each container in the picture of docs/architecture.md, from the top down."""
    block = page.partition("```\nthe apps:")[2].partition("```")[0]
    paragraphs = f"the apps:{block}".strip().split("\n\n")
    picture = dict(paragraph.split(":", 1) for paragraph in paragraphs)
    return {
        container: [" ".join(layer.split()) for layer in text.split("→")]
        for container, text in picture.items()
    }


def test_the_picture_is_read_as_it_is_drawn() -> None:
    page = "Text.\n\n```\nthe apps:  a | b → c\n\na:  x\n    → y |  z\n```\n\nq: r\n"
    assert drawn(page) == {"the apps": ["a | b", "c"], "a": ["x", "y | z"]}


def test_the_picture_of_the_layers_is_what_the_build_checks() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    checked = {
        contract.get("containers", ["the apps"])[0]: contract["layers"]
        for contract in contracts
        if contract["type"] == "layers"
    }
    picture = drawn((ROOT / "docs/architecture.md").read_text())
    assert picture.keys() >= {"the apps", *APPS}
    assert picture == {container: checked[container] for container in picture}


def cycles(imports: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import each other, directly or through others (Tarjan's algorithm)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        number[node] = lowest[node] = len(number)
        stack.append(node)
        for target in sorted(imports.get(node, ())):
            if target not in number:
                visit(target)
                lowest[node] = min(lowest[node], lowest[target])
            elif target in stack:
                lowest[node] = min(lowest[node], number[target])
        if lowest[node] == number[node]:
            group = stack[stack.index(node) :]
            del stack[-len(group) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(imports):
        if node not in number:
            visit(node)
    return found


def test_cycles_are_found() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert cycles({"a": {"b", "d"}, "b": {"c"}, "c": {"a"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}) == [
        ["d", "e"],
        ["a", "b", "c"],
    ]


def test_no_module_imports_one_that_imports_it() -> None:
    graph = grimp.build_graph(*APPS, cache_dir=None)
    imports = {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}
    assert len(imports) > 250
    assert cycles(imports) == []


def deferred(tree: ast.Module, lines: list[str]) -> list[int]:
    """The lines of imports inside functions that no comment gives a reason for; one may serve several imports."""
    found = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                first = node.lineno - 1
                while lines[first - 1].lstrip().startswith(("#", "import ", "from ")):
                    first -= 1
                if not any(REASON.search(line) for line in lines[first : node.end_lineno]):
                    found.add(node.lineno)
    return sorted(found)


def test_deferred_imports_are_found() -> None:
    source = "\n".join(
        [
            "import a",
            "def f():",
            "    import b",
            "    # After the fork: they open files,",
            "    # which children must not share.",
            "    import c",
            "    import d",
            "    return b",
            "def g():",
            "    import e  # optional: only for exports",
            "    return e",
            "    import f  # slow",
        ]
    )
    assert deferred(ast.parse(source), source.splitlines()) == [3, 12]


def test_functions_import_nothing_without_a_reason() -> None:
    found = [
        f"{name(path)}:{line}"
        for path in SOURCES
        for line in deferred(tree(path), path.read_text().splitlines())
    ]
    assert found == [], "say in a comment on the line or above it: fork, memory, start-up or optional"


def imported_for_types(tree: ast.Module) -> list[str]:
    """The modules of ours that are imported in an `if TYPE_CHECKING` block."""
    found = []
    for block in ast.walk(tree):
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test):
            for node in ast.walk(block):
                if isinstance(node, ast.ImportFrom):
                    found.append("." * node.level + (node.module or ""))
                elif isinstance(node, ast.Import):
                    found += [alias.name for alias in node.names]
    return [module for module in found if module.startswith((".", *APPS))]


def test_imports_for_types_are_found() -> None:
    source = "\n".join(
        [
            "if typing.TYPE_CHECKING:",
            "    from django.db import models",
            "    from ingest.edge import intake",
            "    from . import sibling",
            "    Base = models.Model",
        ]
    )
    assert imported_for_types(ast.parse(source)) == ["ingest.edge", "."]


def test_type_checking_hides_no_import_of_ours() -> None:
    hidden = {name(path): found for path in SOURCES if (found := imported_for_types(tree(path)))}
    assert hidden == {}
