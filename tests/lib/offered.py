"""What a page offers to its reader: where its links lead, and what its buttons send."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID_FIELDS = {"checkbox", "radio"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What pressing one button sends. `button` is its name and value, empty for one without."""

    method: str
    action: str
    fields: tuple[tuple[str, str], ...]
    button: str


@dataclass(slots=True)
class _Form:
    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[_Form] = []
        self.named: dict[str, _Form] = {}
        self.orphans: list[tuple[str, str, str, str, str]] = []
        self.open: _Form | None = None
        self.disabled: list[bool] = []
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self.open = _Form(given.get("method", "get").upper(), given.get("action", ""))
            self.forms.append(self.open)
            if "id" in given:
                self.named[given["id"]] = self.open
        elif tag == "fieldset":
            self.disabled.append("disabled" in given)
        elif any(self.disabled) or "disabled" in given:
            return
        elif tag == "button" and given.get("type", "submit") == "submit":
            self._note("button", given)
        elif tag in ("input", "textarea") and given.get("name"):
            self._note("field", given)
        elif tag == "select":
            self.select = given.get("name", "")
        elif tag == "option" and self.select:
            self._note("field", {"name": self.select, "value": given.get("value", "")})
            self.select = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "fieldset" and self.disabled:
            self.disabled.pop()

    def _note(self, what: str, given: dict[str, str]) -> None:
        default = "on" if given.get("type") in _VOID_FIELDS else ""
        noted = given.get("name", ""), given.get("value", default), given.get("formaction", "")
        self.orphans.append((given.get("form", ""), what, *noted))
        if "form" not in given and self.open is not None:
            self._put(self.open, what, *noted)

    def close(self) -> None:
        super().close()
        for form, what, *noted in self.orphans:
            if form in self.named:
                self._put(self.named[form], what, *noted)

    @staticmethod
    def _put(form: _Form, what: str, name: str, value: str, action: str) -> None:
        if what == "field":
            form.fields.append((name, value))
        else:
            form.buttons.append((name, value, action))


def offered(page: str) -> tuple[list[str], list[Sent]]:
    """The links of a page, and what each of its buttons sends: with every box ticked and the first choice of every list, so that
    it is about the things that are listed. What is disabled is left out. An empty `action` is the page's own address."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    sent = []
    for form in reader.forms:
        for name, value, action in form.buttons:
            own = [(name, value)] if name else []
            button = f"{name}={value}" if name else ""
            sent.append(Sent(form.method, action or form.action, tuple(form.fields + own), button))
    return reader.links, sent
