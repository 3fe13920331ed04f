"""What is recognised as a secret by its form: passwords in addresses, tokens, keys, card numbers, IBANs. Pure.

Every pattern takes time in proportion to the text: what may repeat begins only where nothing like it came before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

# What stands where a secret was removed already, or never was one.
_MASKED = re.compile(
    r"(?:[*•.]+|[xX]{3,}|\[(?:removed|filtered|redacted|scrubbed)[^\[\]]{0,60}\]|<[\w. -]{0,100}>|<[\w. ]{1,100} at 0x[0-9a-fA-F]{1,16}>|\$?\{\w{0,60}\}"
    r"|%s|%\(\w{1,60}\)s|\?|\$[0-9]{1,3}|none|null|nil|undefined|true|false|redacted|filtered|removed|hidden)?",
    re.IGNORECASE,
)


class Shape(NamedTuple):
    """`kind` is what to call it; of a match the group `secret` is removed, as many of its first characters as `length` says. `stem` is part of a pattern that
    is case-sensitive, and matches the bytes of whatever `pattern` matches, which contains `has`."""

    kind: str
    stem: str
    pattern: re.Pattern[str]
    length: Callable[[str], int] = len
    has: str = ""


def is_masked(secret: str) -> bool:
    """Whether `secret` only stands for one: a placeholder, stars, a word such as `None`."""
    return _MASKED.fullmatch(secret) is not None


def _unmasked(secret: str) -> int:
    return 0 if is_masked(secret) else len(secret)


def luhn(digits: str) -> bool:
    """Whether the last of the digits is the check digit of the others, as on payment cards."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


# By the first digits: of which length numbers are issued.
_ISSUED = re.compile(
    "(?:4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|6011|64[4-9]|65|35[2-8]|62)[0-9]*(?<=^[0-9]{16})|3[47][0-9]{13}|3(?:0[0-5]|[689])[0-9]*(?<=^[0-9]{14})"
)


def is_card_number(text: str) -> bool:
    """Whether these digits, in groups or not, are a number that payment cards have: by issuer, length and check digit."""
    digits = text.replace(" ", "").replace("-", "")
    return _ISSUED.fullmatch(digits) is not None and len(set(digits)) > 1 and luhn(digits)


# ISO 13616: the length of each country's numbers.
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24,
    "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29,
    "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24,
    "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def iban_length(text: str) -> int:
    """How many of the first characters are an International Bank Account Number, by country, length and check digits; 0 for none."""
    wanted = _IBAN_LENGTHS.get(text[:2], 0)
    at = compact = 0
    while at < len(text) and compact < wanted:
        compact += text[at] != " "
        at += 1
    if not wanted or compact < wanted or text[at : at + 1].isalnum():
        return 0
    number = text[:at].replace(" ", "")
    return at if int("".join(str(int(letter, 36)) for letter in number[4:] + number[:4])) % 97 == 1 else 0


def _card_length(text: str) -> int:
    return len(text) if is_card_number(text) else 0


_GROUPS = r"(?:[0-9]{13,19}|[0-9]{4}(?P<four>[ -])[0-9]{4}(?P=four)[0-9]{4}(?P=four)[0-9]{1,7}|[0-9]{4}(?P<six>[ -])[0-9]{6}(?P=six)[0-9]{4,5})"
_KNOWN_TOKENS = "|".join(
    (
        "gh[pousr]_[A-Za-z0-9]{20,255}", "github_pat_[A-Za-z0-9_]{22,255}", "glpat-[A-Za-z0-9_.-]{20,255}",
        "xox[abeprs]-[A-Za-z0-9-]{10,255}", "xapp-[A-Za-z0-9-]{10,255}", "[rs]k_(?:live|test)_[A-Za-z0-9]{10,255}",
        "whsec_[A-Za-z0-9+/=]{16,255}", "A[KS]IA[0-9A-Z]{16}", "AIza[A-Za-z0-9_-]{35}", r"ya29\.[A-Za-z0-9_-]{20,2000}",
        "npm_[A-Za-z0-9]{30,255}", "pypi-[A-Za-z0-9_-]{50,2000}", r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,128}",
        "sk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9_-]{32,255}", "sntry[su]_[A-Za-z0-9+/=_]{20,2000}", "shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
        "dckr_pat_[A-Za-z0-9_-]{20,255}", r"hv[sb]\.[A-Za-z0-9_-]{20,255}", "do[opr]_v1_[a-f0-9]{64}",
        "[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
    )
)  # fmt: skip

#: In the order in which they are looked for.
SHAPES = (
    Shape(
        "private key",
        "-----BEGIN ",
        re.compile(
            r"(?P<secret>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,20}-----.*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,20}-----|\Z))",
            re.DOTALL,
        ),
        has="-----BEGIN ",
    ),
    Shape(
        "password",
        r'://[^/?#\s"@:]*:[^/?#\s"]*@',
        re.compile(r"""://[^/?#\s"'<>@:]*+:(?P<secret>[^/?#\s"'<>]+)@"""),
        _unmasked,
        "://",
    ),
    Shape(
        "authorization",
        r"(?i:bearer|basic) +[A-Za-z0-9+/_~.-]{8}",
        re.compile(
            r"(?<!\w)(?i:bearer|basic) {1,4}(?P<secret>(?=[A-Za-z+/_~.-]*[0-9=])[A-Za-z0-9+/_~.-]{8,}+=*)"
        ),
    ),
    Shape(
        "JSON Web Token",
        r"eyJ[A-Za-z0-9_-]{8}",
        re.compile(
            r"(?<![\w-])(?P<secret>eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{4,}+(?:\.[A-Za-z0-9_-]*+){0,3})"
        ),
        has="eyJ",
    ),
    Shape(
        "token",
        r"gh[pousr]_\w|github_pat_|glpat-|xox[abeprs]-|xapp-|[rs]k_(?:live|test)_|whsec_|A[KS]IA[0-9A-Z]{8}|AIza\w|ya29\.|npm_\w{8}"
        r"|pypi-\w{8}|SG\.\w{8}|sk-[\w-]{16}|sntry[su]_|shp(?:at|ca|pa|ss)_|dckr_pat_|hv[sb]\.\w{8}|do[opr]_v1_|[0-9]:AA[\w-]{8}",
        re.compile(rf"(?<![A-Za-z0-9_-])(?P<secret>{_KNOWN_TOKENS})(?![A-Za-z0-9])"),
    ),
    Shape(
        "card number",
        "(?:[25][0-9]{3}|4[0-9]{3}|6[0-9]{3}|3[0-9]{3})[ -]?[0-9]{4}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}",
        re.compile(rf"(?<![\w.+-])(?P<secret>{_GROUPS})(?![\w-]|\.[0-9])"),
        _card_length,
    ),
    Shape(
        "IBAN",
        # No longer: a state for each further character makes all of it slower.
        "[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}",
        re.compile(
            r"(?<!\w)(?P<secret>[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)(?!\w)"
        ),
        iban_length,
    ),
)  # fmt: skip
