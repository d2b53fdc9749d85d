"""Reading tables row by row, in constant memory for text files.

Dialect: RFC 4180, generous about the delimiter (`,` `;` tab `|`, or runs of spaces) and the encoding, strict about
quotes.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple

from anello.kit.tabular.formula import restore
from anello.kit.tabular.source import (
    BadFile,
    binary,
    encoding_of,
    is_book,
    is_book_name,
    is_zip,
    members,
    not_a_table,
    workbook,
)

Cell = str | int | Decimal | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta
"""A text file holds only `str`; a workbook also numbers, dates and yes/no. An empty cell is `""`."""

SPACES = " "
"""The delimiter of files whose columns are aligned with runs of spaces."""

LINE_MAX = 4 * 1024**2
"""Characters of a line; a longer one is no table and would only fill the memory."""

_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE_BYTES = 64 * 1024
_SAMPLE_ROWS = 20
_INNER = "::"  # between a ZIP's member and its sheet, in the name of a sheet


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of a table before reading it.

    `name` is what `rows` finds it by: a sheet of a workbook, a member of a ZIP (`clients.csv`,
    `book.xlsx::Sheet1`), `""` for a plain text file. `total` counts the data rows: exact for workbooks, an upper
    estimate for text (quoted line breaks count as rows). A column without a name is called by its place: `#3`.
    """

    name: str
    kind: Literal["text", "book"]
    header: tuple[str, ...]
    sample: tuple[tuple[Cell, ...], ...]
    total: int
    encoding: str | None = None
    delimiter: str | None = None


class Row(NamedTuple):
    """One data row: `line` (from 1, where it starts in the file), its cells and what is wrong with it, if anything.

    With a `problem` (`row_width`, `row_nul`) the cells are as found, so they can be shown and mended.
    """

    line: int
    cells: tuple[Cell, ...]
    problem: BadFile | None = None


def sheet_names(path: Path) -> list[str]:
    """The tables in a file: `[""]` for plain text, the sheets of a workbook, the members of a ZIP."""
    if is_zip(path):
        return [name for member in members(path) for name in _inside(path, member)]
    if is_book(path):
        with workbook(path, None) as book:
            return list(book.sheet_names)
    return [""]


def _inside(path: Path, member: str) -> list[str]:
    if not is_book_name(member):
        return [member]
    with workbook(path, member) as book:
        return [f"{member}{_INNER}{sheet}" for sheet in book.sheet_names]


def sniff(path: Path, name: str | None = None, encoding: str | None = None, delimiter: str | None = None) -> Sheet:
    """Describe one table of a file (the first, unless named); `encoding` and `delimiter` overrule what is detected.

    Raises BadFile: `file_empty`, `file_not_text`, `header_duplicate`, `header_missing`, `quote_unclosed`,
    `encoding_wrong`, `sheet_missing`, `book_broken`, `zip_…`.
    """
    names = sheet_names(path)
    if name is None:
        name = names[0]
    elif name not in names:
        raise BadFile("sheet_missing", f"Nel file manca «{name}».", f"The file has no “{name}”.")
    member, sheet = _place(path, name)
    if sheet is not None:
        table = _book_rows(path, member, sheet)
        _, heading = next(table, (0, ()))
        sample = tuple(cells for _, cells in itertools.islice(table, _SAMPLE_ROWS))
        total = len(sample) + sum(1 for _ in table)
        return Sheet(name, "book", _header(heading), sample, total)
    detected, lines = encoding_of(path, member)
    encoding = encoding or detected
    delimiter = delimiter or _delimiter(_head(path, member, encoding))
    with _text(path, member, encoding) as text:
        records = _records(text, delimiter)
        _, first = next(records, (0, []))
        texts = tuple(tuple(map(restore, record)) for _, record in itertools.islice(records, _SAMPLE_ROWS))
    return Sheet(name, "text", _header(map(restore, first)), texts, max(lines - 1, len(texts)), encoding, delimiter)


def rows(path: Path, sheet: Sheet, start: int = 0) -> Iterator[Row]:
    """The data rows of a sniffed sheet, without the header, from row `start` (0 is the first: to resume, pass how many
    were done). Blank lines are passed over and do not count.

    A row of the wrong width or with NUL bytes carries its `problem` and reading goes on; a file that cannot be followed
    any further raises BadFile: `quote_unclosed`, `quote_stray`, `line_too_long`, `encoding_wrong`.
    """
    member, inner = _place(path, sheet.name)
    width = len(sheet.header)
    if inner is not None:
        for line, cells in itertools.islice(_book_rows(path, member, inner), start + 1, None):
            yield Row(line, cells)
        return
    assert sheet.encoding is not None
    assert sheet.delimiter is not None
    with _text(path, member, sheet.encoding) as text:
        for line, record in itertools.islice(_records(text, sheet.delimiter), start + 1, None):
            yield Row(line, tuple(map(restore, record)), _problem(line, record, width))


def _problem(line: int, record: list[str], width: int) -> BadFile | None:
    if len(record) != width:
        return BadFile(
            "row_width",
            f"ha {len(record)} colonne invece di {width}.",
            f"it has {len(record)} columns instead of {width}.",
            line,
        )
    if any("\0" in cell for cell in record):
        return BadFile("row_nul", "contiene caratteri nulli.", "it holds NUL characters.", line)
    return None


def _place(path: Path, name: str) -> tuple[str | None, str | None]:
    """The member of the ZIP and the sheet of the workbook that a sheet's name means."""
    if not is_zip(path):
        return None, name if is_book(path) else None
    if _INNER not in name:
        return name, None
    member, _, sheet = name.partition(_INNER)
    return member, sheet


@contextmanager
def _text(path: Path, member: str | None, encoding: str) -> Iterator[Iterator[str]]:
    with binary(path, member) as file:
        try:
            text = io.TextIOWrapper(file, encoding=encoding, newline="")
        except LookupError:
            raise BadFile(
                "encoding_unknown", f"La codifica «{encoding}» non esiste.", f"There is no encoding “{encoding}”."
            ) from None
        try:
            yield _lines(text)
        finally:
            text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a text; wrong bytes in it are an error of the file, with its place."""
    done = 0
    try:
        while line := text.readline(LINE_MAX):
            if len(line) == LINE_MAX:
                raise BadFile(
                    "line_too_long",
                    "la riga è troppo lunga: forse mancano gli a capo.",
                    "the line is too long: perhaps line breaks are missing.",
                    done + 1,
                )
            yield line
            done += 1
    except UnicodeError:
        raise BadFile(
            "encoding_wrong",
            f"il testo non è in {text.encoding}: scegli un'altra codifica.",
            f"the text is not in {text.encoding}: choose another encoding.",
            done + 1,
        ) from None


def _head(path: Path, member: str | None, encoding: str) -> list[str]:
    """The first lines, about 64 kB of them."""
    with _text(path, member, encoding) as text:
        head, size = [], 0
        for line in text:
            head.append(line)
            size += len(line)
            if size > _SAMPLE_BYTES:
                break
    return head


def _delimiter(head: list[str]) -> str:
    """The character that cuts the most lines into as many columns as the header has, and into the most columns."""
    best, best_score = ",", (0.0, 1)
    for candidate in (*_DELIMITERS, SPACES):
        widths = _widths(head, candidate)
        if not widths or widths[0] < 2:
            continue
        agreement = widths.count(widths[0]) / len(widths)
        if candidate == SPACES and (agreement < 1 or len(widths) < 2 or best_score[1] > 1):
            continue  # sentences hold spaces too: these only count when nothing else fits
        score = (round(agreement, 1), widths[0])
        if score > best_score:
            best, best_score = candidate, score
    return best


def _widths(head: list[str], delimiter: str) -> list[int]:
    """How many columns the first records have, as far as they can be followed: the sample may end inside quotes."""
    widths: list[int] = []
    with contextlib.suppress(BadFile):
        widths.extend(len(record) for _, record in itertools.islice(_records(head, delimiter), 100))
    return widths


def _records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Non-blank records with the line where each starts; the header is the first of them."""
    if delimiter == SPACES:
        yield from ((n, cells) for n, cells in enumerate(map(str.split, lines), start=1) if cells)
        return
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _quotes(str(error), start) from None
        if any(cell.strip() for cell in record):
            yield start, record


def _quotes(reason: str, line: int) -> BadFile:
    # The csv module tells its errors apart only by their text: these two mean a quote that never closes.
    if "unexpected end of data" in reason or "field larger than field limit" in reason:
        return BadFile(
            "quote_unclosed",
            "le virgolette aperte qui non si chiudono.",
            "the quotation mark opened here never closes.",
            line,
        )
    return BadFile(
        "quote_stray",
        "dopo le virgolette chiuse c'è altro testo: le virgolette nel testo vanno raddoppiate.",
        "there is text after a closing quotation mark: quotation marks inside text must be doubled.",
        line,
    )


def _header(cells: Iterable[Cell]) -> tuple[str, ...]:
    names = [str(cell).strip() for cell in cells]
    if not any(names):
        raise BadFile("header_missing", "Il file non ha una riga di intestazione.", "The file has no header line.")
    if any("\0" in name for name in names):
        raise not_a_table()
    twice = [name for name, count in Counter(filter(None, names)).items() if count > 1]
    if twice:
        listed = ", ".join(twice)
        raise BadFile(
            "header_duplicate",
            f"Colonne con lo stesso nome: {listed}. Dai a ogni colonna un nome suo.",
            f"Columns with the same name: {listed}. Give each column its own name.",
            1,
        )
    return tuple(name or f"#{place}" for place, name in enumerate(names, start=1))


def _book_rows(path: Path, member: str | None, sheet: str) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """Non-blank rows of a sheet with their row numbers; calamine holds the sheet in memory."""
    with workbook(path, member) as book:
        table = book.get_sheet_by_name(sheet)
        first = table.start[0] + 1 if table.start else 1
        for line, cells in enumerate(table.iter_rows(), start=first):
            if any(cell != "" for cell in cells):
                yield line, tuple(map(_cell, cells))


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return restore(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else Decimal(repr(value))
    assert isinstance(value, bool | int | datetime.date | datetime.time | datetime.timedelta)
    return value
