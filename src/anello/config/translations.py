"""Compiles the apps' translations (`django.po`) into what gettext reads (`django.mo`), which is never committed."""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).resolve().parents[1]


def compile_stale(package: Path = PACKAGE) -> list[Path]:
    """Compile every catalogue that is newer than its compiled form; the catalogues compiled."""
    stale = [source for source in sorted(package.rglob("locale/*/LC_MESSAGES/*.po")) if _is_stale(source)]
    for source in stale:
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parts[-3], abort_invalid=True)
        partial = source.with_suffix(f".{os.getpid()}.mo")
        with partial.open("wb") as binary:
            write_mo(binary, catalogue)
        partial.replace(source.with_suffix(".mo"))
    return stale


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime
