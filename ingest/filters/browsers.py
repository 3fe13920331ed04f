"""Tells from a User-Agent whether it is a legacy browser or a crawler. Pure.

A browser is legacy if it does not support `import()`: Chrome before 63, Firefox before 67, Opera before 50, Safari before
12 (11.1 supports it but counts as legacy), Edge before 79, every Internet Explorer, Opera Mini and Android Browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

#: How many characters of a User-Agent are looked at.
AGENT_LIMIT = 1024

# The first version that is not legacy; None: every version is.
_FIRST: Mapping[str, int | None] = {
    "internet explorer": None,
    "opera mini": None,
    "android browser": None,
    "edge": 79,
    "opera": 50,
    "firefox": 67,
    "chrome": 63,
    "safari": 12,
}
# The names in the `browser` context of SDKs and proxies.
_NAMES = {
    "ie": "internet explorer",
    "ie mobile": "internet explorer",
    "internet explorer": "internet explorer",
    "opera mini": "opera mini",
    "android": "android browser",
    "android browser": "android browser",
    "android webkit": "android browser",
    "edge": "edge",
    "microsoft edge": "edge",
    "opera": "opera",
    "firefox": "firefox",
    "chrome": "chrome",
    "safari": "safari",
    "mobile safari": "safari",
}
# In the order in which they are tried: most browsers also claim to be one of those that come later.
_TOKENS = (
    ("opera mini", re.compile(r"Opera Mini/(\d+)")),
    ("opera", re.compile(r"\bOPR/(\d+)")),
    ("opera", re.compile(r"\bOpera[ /](\d+)")),
    ("internet explorer", re.compile(r"\b(?:MSIE |Trident/|IEMobile[ /])(\d+)")),
    ("edge", re.compile(r"\bEdge/(\d+)")),
    ("chrome", re.compile(r"(?:Chrome|Chromium|CriOS)/(\d+)")),
    ("firefox", re.compile(r"\b(?:Firefox|FxiOS)/(\d+)")),
    ("android browser", re.compile(r"\bAndroid (\d+)[^)]*\).*AppleWebKit/")),
    ("safari", re.compile(r"\bVersion/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/")),
)
# Names that crawlers publish, and words that most others contain. Longer public lists name HTTP libraries, headless
# browsers and in-app browsers too, whose errors are the program's own. Cubot makes phones.
_CRAWLER = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|slurp|mediapartners-google|google-read-aloud|google-inspectiontool"
    r"|googleother|google favicon|feedfetcher|apis-google|chrome-lighthouse|bingpreview|ia_archiver|archive\.org"
    r"|facebookexternalhit|facebookcatalog|meta-externalagent|embedly|flipboardproxy|quora link preview|outbrain"
    r"|whatsapp/|skypeuripreview|vkshare|pinterest/|tumblr/|bytespider|petalsearch|screaming frog|sitebulb|ahrefs"
    r"|semrush|dataprovider|netcraft|nuhk|yeti/|daum/|naver\.me|sogou|yandex(?:accessibility|metrika|images|media|video|direct)"
    r"|w3c_validator|validator\.nu|pingdom|statuscake|gtmetrix|newrelicpinger|datadogsynthetics|site24x7|prerender",
    re.IGNORECASE,
)
# Phones whose names look like a crawler's.
_NO_CRAWLER = re.compile(r"\bcubot[ _;/-]", re.IGNORECASE)


def is_legacy(agent: str) -> bool:
    """Whether a User-Agent is a legacy browser's. An unknown one is not."""
    agent = agent[:AGENT_LIMIT]
    for name, token in _TOKENS:
        if match := token.search(agent):
            return _old(name, int(match[1][:9]))
    return False


def is_legacy_context(name: object, version: object) -> bool:
    """Whether the name and version of a `browser` context, as they were sent, are a legacy browser's."""
    known = _NAMES.get(name.strip().lower()) if isinstance(name, str) else None
    if known is None:
        return False
    if _FIRST[known] is None:
        return True
    number = re.match(r"\d{1,9}", version.strip()) if isinstance(version, str) else None
    return number is not None and _old(known, int(number[0]))


def _old(name: str, version: int) -> bool:
    first = _FIRST[name]
    return first is None or version < first


def is_crawler(agent: str) -> bool:
    """Whether a User-Agent is a crawler's."""
    return _is_crawler(agent[:AGENT_LIMIT])


@lru_cache(maxsize=1024)
def _is_crawler(agent: str) -> bool:
    return _CRAWLER.search(_NO_CRAWLER.sub("", agent)) is not None
