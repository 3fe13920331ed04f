"""Says whether a word of a message is a value, such as a number, a path or the name of a host. Pure."""

from __future__ import annotations

import re

#: Stands for a value.
MARK = "<*>"

_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"0[xX][0-9a-fA-F]+|\d+(?:[.,:]\d+)*")
# Keys and ids such as `cus_9s6XKzkNRiz8i3`; in what is random, letters and digits change places often.
_PREFIXED = re.compile(r"[A-Za-z]{2,8}_(?=[A-Za-z]*\d)[0-9A-Za-z]{10,}")
_TURN = re.compile(r"(?<=[a-z])(?=[A-Z\d])|(?<=[A-Z])(?=[a-z\d])|(?<=\d)(?=[A-Za-z])")
_NUMBER = re.compile(r"[-+~#$€£¥vV]{0,2}\d[\d.,:_/+\-–Tx×eE]*+[^\W\d_]{0,4}[%°]?")
_DATE = re.compile(r"\d{4}[-/.]\d\d?[-/.]\d|\d\d?[-/.]\d\d?[-/.]\d{4}|\d\d?:\d\d")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(?::\d+)?|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,8}(?:%\w+)?")
_HEX = re.compile(r"0[xX][0-9a-fA-F]+[hL]?|[0-9a-fA-F-]{6,}|[0-9a-fA-F]{8,}(?:\.{2,3})?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MEMORY = re.compile(r"([\w.$\[;-]+@)[0-9a-fA-F]{4,}")
_MAIL = re.compile(r"[^@/]+@[\w.-]+")
_RANDOM = re.compile(r"[\w.+/=~-]+", re.ASCII)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_HOST = re.compile(
    r"(?!(?:com|org|net|io|java|javax|kotlin)\.)[\w-]+(?:\.[\w-]+)*"
    r"\.(?:com|net|org|io|dev|app|cloud|co|eu|us|uk|de|fr|nl|ch|at|jp|in|cn|br|example|test|local|localdomain|internal|lan"
    r"|home|corp|intra|svc|cluster|invalid)(?::\d+)?",
    re.IGNORECASE,
)
_HOST_AND_PORT = re.compile(r"(?=[^:]*[.\d-])[\w.-]+:\d{2,5}")


def replaced(word: str) -> tuple[str, str]:
    """What stands for a word, and why; the reason is empty where the word is none of the values."""
    has_digit = _DIGIT.search(word) is not None
    if has_digit and _NUMBER.fullmatch(word):
        if _ADDRESS.fullmatch(word):
            return MARK, "IP address"
        return MARK, "date or time" if _DATE.search(word) else "number"
    if "/" in word or "\\" in word:
        return (MARK, "path") if _is_path(word, has_digit) else (word, "")
    if "@" in word[1:]:
        if memory := _MEMORY.fullmatch(word):
            return memory[1] + MARK, "memory address"
        if _MAIL.fullmatch(word):
            return MARK, "e-mail address"
    if has_digit or "::" in word:
        if _HEX.fullmatch(word) and (has_digit or len(word) > 7):
            return MARK, "UUID" if _UUID.fullmatch(word) else "hash or hexadecimal number"
        if ":" in word and _ADDRESS.fullmatch(word):
            return MARK, "IP address"
        if ":" in word and _HOST_AND_PORT.fullmatch(word):
            return MARK, "host"
    if "." in word and _HOST.fullmatch(word):
        return MARK, "host"
    if not has_digit:
        if len(word) >= 24 and _RANDOM.fullmatch(word) and not word.islower() and not _is_name(word):
            return MARK, "identifier"
        return word, ""
    if _RANDOM.fullmatch(word) and _is_random(word):
        return MARK, "identifier"
    return _RUN.sub(MARK, word), "number"


def _is_random(word: str) -> bool:
    """Whether a word with digits is a key or an id that a machine made."""
    runs = len(_RUN.findall(word))
    if runs > 2 or (len(word) >= 20 and runs > 1) or _PREFIXED.fullmatch(word):
        return True
    return len(word) > 7 and 20 * len(_TURN.findall(word)) >= 9 * len(word)


def _is_name(word: str) -> bool:
    """Whether a long word looks like a name in code: of several words, all of them of two letters or more."""
    return (
        re.fullmatch(r"[A-Z]?[a-z]+(?:[._:$-]*[A-Z]?[a-z]+|[._:$-]*[A-Z]+(?=[A-Z._:$-]|$))*+", word)
        is not None
    )


def _is_path(word: str, has_digit: bool) -> bool:
    """Whether a word with a slash is a path, and not `and/or` or `application/json`."""
    if has_digit or word[0] in "/\\~." or _DRIVE.match(word):
        return True
    slashed = word.replace("\\", "/")
    return slashed.count("/") > 1 or "\\" in word or "." in slashed.rpartition("/")[2]
