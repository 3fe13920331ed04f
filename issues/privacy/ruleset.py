"""All that decides what is removed from a project's events: the default rules and those of people, compiled. Pure.

What the installation removes is removed in all projects. What a project keeps is kept in spite of the default rules and its own,
not of the installation's. Of the ways to treat addresses the stricter one counts.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import NamedTuple

import re2

from issues.privacy import addresses, names, pairs
from issues.privacy.addresses import STRICTNESS, Addresses
from issues.privacy.own import NONE, Rules, compiled, pieces
from issues.privacy.values import SHAPES, Shape
from rustrak.lib.text.globs import Globs

#: The kind of values that hold addresses of clients.
ADDRESS = "IP address"
#: Before the rule of people by which something was removed.
OWN = "rule "
# More matches in one text than this remove all of it.
_MOST_MATCHES = 1000
# Of each cache, about.
_MOST_BYTES = 1 << 20
_NAME_PART = r"[\w.\- ]*"


class Changed(NamedTuple):
    """A text without what was removed, and the kinds of that."""

    text: str
    kinds: tuple[str, ...]

    def after(self, before: Changed | None) -> Changed:
        """With what was removed before."""
        return self if before is None else Changed(self.text, (*before.kinds, *self.kinds))


class InText(NamedTuple):
    """What becomes of a text; and what of it as a line of source code, which has no values with names."""

    changed: Changed
    line: Changed


class Decision(NamedTuple):
    """About a string: the kind of values with this name, empty for none; what it becomes where it stands itself, and in source code;
    None where it stays the same."""

    text: str
    kind: str
    changed: Changed | None
    line: Changed | None


def mark(kind: str) -> str:
    """What stands in place of a value: `[removed: password]`, for a rule of people `[removed]`."""
    return "[removed]" if kind.startswith(OWN) else f"[removed: {kind}]"


class Policy:
    """What is removed from the events of a project.

    `candidates` finds in the bytes of JSON every place where something may have to be removed, from the default rules or by name. A match
    begins inside of the string, except with `["` or `"`, before one, or with digits. None where there is nothing to look for.
    """

    def __init__(self, installation: Rules = NONE, project: Rules = NONE) -> None:
        default = project.default_rules
        self.default_rules = installation.default_rules is not False if default is None else default
        self.addresses = max(installation.addresses, project.addresses, key=STRICTNESS.index)
        self.shapes: tuple[Shape, ...] = SHAPES if self.default_rules else ()
        self.patterns = tuple(
            (pattern, compiled(pattern))
            for pattern in dict.fromkeys((*installation.patterns, *project.patterns))
        )
        self._levels = tuple(
            ([(glob, Globs([glob])) for glob in rules.removed_names], Globs(rules.kept_names))
            for rules in (installation, project)
        )
        self.candidates = self._compiled((*installation.removed_names, *project.removed_names))
        # What engine decided of strings that many events have, by their JSON; strings that no pattern of people matches.
        self.decided: dict[bytes, Decision] = {}
        self.unmatched: set[str] = set()
        self._decided_bytes = self._unmatched_bytes = 0
        self.kind = lru_cache(maxsize=4096)(self._kind)
        self.kind_in_environment = lru_cache(maxsize=1024)(self._kind_in_environment)

    @property
    def does_nothing(self) -> bool:
        return self.candidates is None and not self.patterns

    def remember(self, literal: bytes, decision: Decision) -> None:
        """Keep a decision about a string, given as JSON, for other events."""
        size = 4 * len(literal) + 200
        if size > _MOST_BYTES // 50:
            return
        self._decided_bytes += size
        if self._decided_bytes > _MOST_BYTES:
            self.decided = {}
            self._decided_bytes = size
        self.decided[literal] = decision

    def remember_unmatched(self, text: str) -> None:
        """Keep that no pattern of people matches this text."""
        size = 2 * len(text) + 100
        if size > _MOST_BYTES // 50:
            return
        self._unmatched_bytes += size
        if self._unmatched_bytes > _MOST_BYTES:
            self.unmatched = set()
            self._unmatched_bytes = size
        self.unmatched.add(text)

    def keeps(self, name: str) -> bool:
        """Whether a value with this name is kept in spite of the default rules."""
        return any(kept and kept.match(name) for _, kept in self._levels)

    def _kind(self, name: str) -> str:
        """What is removed of a value with this name: the kind of secret, the rule that says so, ADDRESS; empty for nothing."""
        return self._decided(name, names.kind_of)

    def _kind_in_environment(self, name: str) -> str:
        """The same of a variable of a process's environment."""
        return self._decided(name, names.kind_in_environment)

    def _decided(self, name: str, default: names.KindOf) -> str:
        if len(name) > names.LONGEST:
            return ""
        for removed, kept in self._levels:
            for glob, matcher in removed:
                if matcher.match(name) and not (kept and kept.match(name)):
                    return OWN + glob
        if self.default_rules and (kind := default(name)) and not self.keeps(name):
            return kind
        if self.addresses is not Addresses.KEEP and addresses.holds_address(name) and not self.keeps(name):
            return ADDRESS
        return ""

    def in_text(self, text: str) -> InText:
        """What the default rules, and the names that people remove, leave of `text`."""
        kinds: list[str] = []

        def removed(kind: str) -> str:
            if kind not in kinds:
                kinds.append(kind)
            return mark(kind)

        for shape in self.shapes:
            if shape.has in text:
                text = shape.pattern.sub(partial(_without, shape, removed), text)
        line = Changed(text, tuple(kinds))
        text = pairs.without_values(text, self._kind_of_pair, lambda kind, name: removed(kind))
        return InText(Changed(text, tuple(kinds)), line)

    def _kind_of_pair(self, name: str) -> str:
        kind = self.kind(name)
        return "" if kind == ADDRESS else kind

    def by_patterns(self, text: str) -> Changed:
        """`text` without what the patterns of people match."""
        kinds = []
        for line, pattern in self.patterns:
            if pattern.search(text) is None:
                continue
            kinds.append(OWN + line)
            pieces, at = [], 0
            for number, match in enumerate(pattern.finditer(text)):
                start, end = match.span()
                if number >= _MOST_MATCHES:
                    pieces, at = [mark(OWN)], len(text)
                    break
                pieces += (text[at:start], mark(OWN))
                at = end
            text = "".join((*pieces, text[at:]))
        return Changed(text, tuple(kinds))

    def _compiled(self, removed_names: tuple[str, ...]) -> re2._Regexp | None:
        stems = [re.escape(pieces(glob)[0]) for glob in removed_names]
        if self.default_rules:
            stems.append(names.STEMS)
        if self.addresses is not Addresses.KEEP:
            stems.append(addresses.STEMS)
        found: list[str] = []
        if stems:
            stem = f"(?i:{'|'.join(stems)})"
            found += (
                rf'{stem}(?:{pairs.FOLLOWED}|[^"\\]*(?:\\.[^"\\]*)*"\s*:)',
                rf'\["{_NAME_PART}{stem}{_NAME_PART}"\s*,',
                rf'"(?:key|name)"\s*:\s*"{_NAME_PART}{stem}{_NAME_PART}"',
                rf'"--[\w-]*{stem}[\w-]*"\s*,',
                rf"--[\w-]*{stem}[\w-]* +[^\s-]",
            )
        if self.default_rules:
            found.append('"environ"\\s*:')
            found += (shape.stem for shape in self.shapes)
        if not found:
            return None
        # These hide characters that are looked for; the JSON that is written again has none of them.
        found.append(r"\\/|\\u00[2-7]")
        options = re2.Options()
        options.max_mem = 1 << 24
        # Byte by byte: everything that is looked for is ASCII.
        options.encoding = re2.Options.Encoding.LATIN1
        return re2.compile("|".join(found).encode(), options)


def _without(shape: Shape, removed: names.Marked, match: re.Match[str]) -> str:
    secret = match["secret"]
    length = shape.length(secret)
    if not length:
        return match[0]
    start = match.start("secret") - match.start()
    end = start + length
    return match[0][:start] + removed(shape.kind) + match[0][end:]


@lru_cache(maxsize=256)
def policy(installation: Rules = NONE, project: Rules = NONE) -> Policy:
    """The policy of a project with these rules, compiled once for equal ones."""
    return Policy(installation, project)


#: Of a project where nobody has decided anything.
DEFAULT = policy()
