"""Writing tables: CSV, JSON and JSON lines as chunks of bytes to stream, XLSX into a file.

Rows are sequences in the order of the header. Values may be text, numbers, dates, yes/no or None; date-times should
come in the reader's time zone. Text that a spreadsheet would run as a formula is protected (see `formula`).
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO

from anello.kit.tabular.formula import protect
from anello.kit.tabular.source import BadFile

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of the workbooks."""
_CHUNK = 64 * 1024
_XLSX_ROWS = 1_048_576
_XLSX_CELL = 32_767
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_XLSX_TITLE = re.compile(r"[\[\]:*?/\\]")


def csv_chunks(
    header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",", bom: bool = True
) -> Iterator[bytes]:
    """CSV (RFC 4180, UTF-8) in chunks. With `bom` Excel recognises the encoding by itself."""
    buffer = io.StringIO()
    if bom:
        buffer.write("\ufeff")
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(map(protect, header))
    for row in rows:
        writer.writerow([protect(_plain(value)) for value in row])
        if buffer.tell() > _CHUNK:
            yield _taken(buffer)
    yield _taken(buffer)


def jsonl_chunks(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """One JSON object per line (UTF-8): decimals as text, so that no digit is lost, dates in ISO 8601."""
    for row in rows:
        yield (_json(header, row) + "\n").encode()


def json_chunks(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """One JSON array of objects, values as in `jsonl_chunks`."""
    yield b"["
    for count, row in enumerate(rows):
        yield ((",\n" if count else "\n") + _json(header, row)).encode()
    yield b"\n]\n"


def write_xlsx(
    target: Path | IO[bytes], header: Sequence[str], rows: Iterable[Sequence[object]], title: str = "Anello"
) -> None:
    """One-sheet XLSX, streamed to disk by openpyxl; numbers and dates stay numbers and dates.

    The format's limits: texts over 32,767 characters are cut and end with `…`, control characters are left out, and
    over 1,048,575 rows BadFile `xlsx_too_long` is raised.
    """
    write_book(target, [(title, header, rows)])


def write_book(
    target: Path | IO[bytes], sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[object]]]]
) -> None:
    """XLSX of several sheets, each (title, header, rows); the limits of `write_xlsx` hold for each.

    Titles are cut to what Excel takes, and told apart by a number where they are the same.
    """
    # Brings numpy with it, which no other page needs.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for title, header, rows in sheets:
        # openpyxl numbers titles that are taken, which needs room.
        sheet = book.create_sheet(_XLSX_TITLE.sub(" ", title).strip()[:28] or "Anello")
        sheet.freeze_panes = "A2"
        sheet.append([_xlsx(name) for name in header])
        for count, row in enumerate(rows, start=2):
            if count > _XLSX_ROWS:
                book.close()
                raise BadFile(
                    "xlsx_too_long",
                    "Un foglio Excel contiene al massimo 1.048.575 righe: esporta in CSV.",
                    "An Excel sheet holds at most 1,048,575 rows: export as CSV.",
                )
            sheet.append([_xlsx(value) for value in row])
    book.save(target)


def _taken(buffer: io.StringIO) -> bytes:
    chunk = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return chunk


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _json(header: Sequence[str], row: Sequence[object]) -> str:
    return json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False, default=_plain)


def _xlsx(value: object) -> object:
    if isinstance(value, datetime.datetime | datetime.time):
        return value.replace(tzinfo=None)  # XLSX knows no time zones
    if value is None or isinstance(value, int | float | Decimal | datetime.date):
        return value
    text = _NOT_IN_XML.sub("", protect(str(value)))
    return text if len(text) <= _XLSX_CELL else text[: _XLSX_CELL - 1] + "…"
