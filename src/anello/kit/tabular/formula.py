"""Spreadsheet formulas hidden in data (OWASP "CSV Injection"): made harmless when written, restored when read back.

A text that a spreadsheet would run gets an apostrophe in front. Numbers with a sign and phone numbers (`-5,20`,
`+393331234567`) are left alone: a spreadsheet reads them as numbers, they can run nothing. Reading takes away exactly
the apostrophe that writing put there, so `restore(protect(text)) == text` for every text.
"""

from __future__ import annotations

import re

_RUNS = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-][0-9][0-9 .,]*")
_PROTECTED = re.compile(r"'+[=+\-@\t\r]")


def protect(text: str) -> str:
    """The text as a spreadsheet may hold it."""
    return f"'{text}" if _RUNS.match(text) and not _NUMBER.fullmatch(text) else text


def restore(text: str) -> str:
    """The text as it was before `protect`."""
    return text[1:] if _PROTECTED.match(text) else text
