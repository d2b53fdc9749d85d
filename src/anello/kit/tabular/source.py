"""Where the bytes of a table come from: a plain file, a member of a ZIP, a workbook; and how they are encoded."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

import charset_normalizer
from python_calamine import CalamineError, CalamineWorkbook

from anello.kit.errors import BadValue

UNPACKED_MAX = 2 * 1024**3
"""Bytes a ZIP may unpack to, all members together."""

BOOK_MAX = 512 * 1024**2
"""The same for workbooks, which are read in memory."""

RATIO_MAX = 250
"""How many times larger than packed a member may be; real tables stay under 100."""

_SMALL = 10 * 1024**2  # under this a high ratio (a file of zeros) does no harm
_CHUNK = 1024**2
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TEXT_SUFFIXES = {".csv", ".tsv", ".txt", ".tab"}
_BOOK_SUFFIXES = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}


class BadFile(BadValue):
    """A file that cannot be read as a table; `line` (from 1) is where, when known."""

    def __init__(self, key: str, it: str, en: str, line: int | None = None) -> None:
        if line is not None:
            it, en = f"Riga {line}: {it}", f"Line {line}: {en}"
        super().__init__(key, it, en)
        self.line = line


def not_a_table() -> BadFile:
    return BadFile(
        "file_not_text",
        "Questo file non è una tabella di testo né un foglio di calcolo.",
        "This file is neither a text table nor a spreadsheet.",
    )


def is_zip(path: Path) -> bool:
    """Whether it is a ZIP of tables (a workbook is a ZIP too, but not of tables)."""
    if not zipfile.is_zipfile(path):
        return False
    with _zip(path) as archive:
        return not _is_book(archive)


def is_book(path: Path) -> bool:
    """Whether it is a workbook (XLSX, ODS, XLS), by content rather than by name."""
    if zipfile.is_zipfile(path):
        with _zip(path) as archive:
            return _is_book(archive)
    with path.open("rb") as file:
        return file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # OLE2: the old binary XLS


def _is_book(archive: zipfile.ZipFile) -> bool:
    names = set(archive.namelist())
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names


@contextmanager
def _zip(path: Path | IO[bytes], limit: int = UNPACKED_MAX) -> Iterator[zipfile.ZipFile]:
    """The archive, once it is known to unpack to a reasonable size (zipfile reads no more than the declared size)."""
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise BadFile("zip_broken", "Il file ZIP è rovinato.", "The ZIP file is broken.") from None
    with archive:
        members = archive.infolist()
        too_dense = any(m.file_size > _SMALL and m.file_size > RATIO_MAX * max(m.compress_size, 1) for m in members)
        if too_dense or sum(m.file_size for m in members) > limit:
            raise BadFile("zip_bomb", "Il file, aperto, è troppo grande.", "The file is too large once unpacked.")
        if any(m.flag_bits & 0x1 for m in members):
            raise BadFile("zip_encrypted", "Il file ZIP ha una password: toglila.", "The ZIP file has a password.")
        yield archive


def members(path: Path) -> list[str]:
    """Names of the tables in a ZIP, in its order; other files and what macOS leaves behind are passed over.

    Raises BadFile for absolute names and names that climb out of the archive: they are made to do harm.
    """
    with _zip(path) as archive:
        names = [m.filename for m in archive.infolist() if not m.is_dir()]
    for name in names:
        if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name:
            raise BadFile("zip_unsafe", f"Nome pericoloso nel file ZIP: {name!r}.", f"Unsafe name in ZIP: {name!r}.")
    tables = [
        name
        for name in names
        if PurePosixPath(name).suffix.lower() in _TEXT_SUFFIXES | _BOOK_SUFFIXES and not name.startswith("__MACOSX/")
    ]
    if not tables:
        raise BadFile(
            "zip_empty", "Il file ZIP non contiene tabelle CSV o Excel.", "The ZIP holds no CSV or Excel file."
        )
    return tables


def is_book_name(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _BOOK_SUFFIXES


@contextmanager
def binary(path: Path, member: str | None) -> Iterator[IO[bytes]]:
    """The bytes of a file, or of one member of a ZIP."""
    if member is None:
        with path.open("rb") as plain:
            yield plain
        return
    with _zip(path) as archive:
        try:
            file = archive.open(member)
        except KeyError:
            raise BadFile("sheet_missing", f"Nel file manca «{member}».", f"The file has no “{member}”.") from None
        except NotImplementedError:
            raise BadFile(
                "zip_method", "Il file ZIP usa una compressione sconosciuta.", "The ZIP uses an unknown compression."
            ) from None
        with file:
            try:
                yield file
            except (zipfile.BadZipFile, zlib.error, EOFError):
                raise BadFile("zip_broken", "Il file ZIP è rovinato.", "The ZIP file is broken.") from None


@contextmanager
def workbook(path: Path, member: str | None) -> Iterator[CalamineWorkbook]:
    """An open workbook; the ones inside a ZIP are unpacked in memory."""
    try:
        if member is None:
            _check_size(path)
            book = CalamineWorkbook.from_path(path)
        else:
            with binary(path, member) as file:
                content = io.BytesIO(file.read())
            _check_size(content)
            content.seek(0)
            book = CalamineWorkbook.from_filelike(content)
    except CalamineError:
        raise BadFile(
            "book_broken", "Il foglio di calcolo è rovinato o protetto.", "The spreadsheet is broken or protected."
        ) from None
    try:
        yield book
    finally:
        book.close()


def _check_size(book: Path | IO[bytes]) -> None:
    if zipfile.is_zipfile(book):
        with _zip(book, BOOK_MAX):
            pass


def encoding_of(path: Path, member: str | None) -> tuple[str, int]:
    """The encoding of a text and its number of lines, from reading it through once.

    A byte order mark decides; then zero bytes at every other place mean UTF-16; then UTF-8 if every byte agrees; then
    Windows-1252, what Excel in Western Europe saves; what that cannot decode is left to charset-normalizer.
    """
    with binary(path, member) as file:
        head = file.read(_CHUNK)
        if not head.strip():
            raise BadFile("file_empty", "Il file è vuoto.", "The file is empty.")
        encoding = next((name for bom, name in _BOMS if head.startswith(bom)), None) or _utf16_without_bom(head)
        if encoding is None and _CONTROL.search(head.replace(b"\x00", b"")):
            raise not_a_table()
        if encoding is None and head.count(b"\x00") * 100 > len(head):
            raise not_a_table()
        utf8 = codecs.getincrementaldecoder("utf-8")()
        is_utf8, is_1252, lines, chunk, last = True, True, 0, head, b""
        while chunk:
            lines += chunk.count(b"\n") or chunk.count(b"\r")
            last = chunk
            if is_utf8:
                try:
                    utf8.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
            is_1252 = is_1252 and not re.search(rb"[\x81\x8d\x8f\x90\x9d]", chunk)
            chunk = file.read(_CHUNK)
        is_utf8 = is_utf8 and not utf8.getstate()[0]
    lines += not last.rstrip(b"\x00").endswith((b"\n", b"\r"))
    if encoding is None:
        encoding = "utf-8" if is_utf8 else "cp1252" if is_1252 else _guess(head)
    return encoding, lines


def _utf16_without_bom(head: bytes) -> str | None:
    even, odd = head[0:4096:2], head[1:4096:2]
    if odd.count(0) > len(odd) * 0.7 and even.count(0) < len(even) * 0.1:
        return "utf-16-le"
    if even.count(0) > len(even) * 0.7 and odd.count(0) < len(odd) * 0.1:
        return "utf-16-be"
    return None


def _guess(head: bytes) -> str:
    best = charset_normalizer.from_bytes(head[: 128 * 1024]).best()
    if best is None:
        raise not_a_table()
    return best.encoding
