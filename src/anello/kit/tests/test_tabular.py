"""Tables in files: what people bring in, what they take away."""

from __future__ import annotations

import datetime
import io
import json
import tracemalloc
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from anello.kit.tabular import (
    BadFile,
    csv_chunks,
    json_chunks,
    jsonl_chunks,
    rows,
    sheet_names,
    sniff,
    write_xlsx,
)
from anello.kit.tabular.formula import protect, restore

PEOPLE = "nome;città\nNicolò;Forlì\nZoë;Cefalù\n"


def _file(tmp_path: Path, content: str | bytes, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


def _cells(path: Path, name: str | None = None, start: int = 0) -> list[tuple[object, ...]]:
    return [row.cells for row in rows(path, sniff(path, name), start)]


def _refused(path: Path) -> BadFile:
    with pytest.raises(BadFile) as refused:
        list(rows(path, sniff(path)))
    return refused.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_encoding_is_detected(tmp_path: Path, encoding: str) -> None:
    path = _file(tmp_path, PEOPLE, encoding=encoding)
    assert sniff(path).header == ("nome", "città")
    assert _cells(path) == [("Nicolò", "Forlì"), ("Zoë", "Cefalù")]


def test_encoding_seen_wrong_can_be_chosen_by_hand(tmp_path: Path) -> None:
    path = _file(tmp_path, "имя;город\nИван;Москва\n", encoding="cp1251")
    assert sniff(path, encoding="cp1251").header == ("имя", "город")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_detected_even_with_others_inside_quotes(tmp_path: Path, delimiter: str) -> None:
    table = [["name", "note"], ["Rossi", "a, b; c | d"], ["Bianchi", 'says "no"\nand goes']]
    text = "\r\n".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table)
    path = _file(tmp_path, text)
    assert sniff(path).delimiter == delimiter
    assert _cells(path) == [tuple(row) for row in table[1:]]


def test_columns_aligned_with_spaces_are_read(tmp_path: Path) -> None:
    path = _file(tmp_path, " customer_id  date value\n 00001 19970101   11.77\n 00002 19970112  5.00\n", "sales.txt")
    assert sniff(path).header == ("customer_id", "date", "value")
    assert _cells(path) == [("00001", "19970101", "11.77"), ("00002", "19970112", "5.00")]


def test_one_column_of_sentences_is_one_column(tmp_path: Path) -> None:
    assert _cells(_file(tmp_path, "Nome\nMario Rossi\nAnna Verdi\n")) == [("Mario Rossi",), ("Anna Verdi",)]


def test_decimal_commas_do_not_cut_columns(tmp_path: Path) -> None:
    assert _cells(_file(tmp_path, "nome;prezzo\nVite;1,50\nDado;2,75\n")) == [("Vite", "1,50"), ("Dado", "2,75")]


def test_reading_resumes_where_it_stopped_and_knows_the_lines(tmp_path: Path) -> None:
    path = _file(tmp_path, 'a,b\n1,"x\ny"\n\n2,z\n3,w\n')
    sheet = sniff(path)
    everything = list(rows(path, sheet))
    assert [row.line for row in everything] == [2, 5, 6]
    assert list(rows(path, sheet, start=1)) == everything[1:]


def test_row_of_wrong_width_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    path = _file(tmp_path, "a,b\n1,2\n1,2,3\n4,5\n")
    found = list(rows(path, sniff(path)))
    assert [row.problem and row.problem.key for row in found] == [None, "row_width", None]
    assert found[1].problem is not None
    assert str(found[1].problem) == "Riga 3: ha 3 colonne invece di 2."
    assert found[1].cells == ("1", "2", "3")


def test_row_with_nul_is_reported(tmp_path: Path) -> None:
    path = _file(tmp_path, "a,b\n" + "1,2\n" * 200 + "x\0y,2\n")
    assert [row.problem.key for row in rows(path, sniff(path)) if row.problem] == ["row_nul"]


@pytest.mark.parametrize(
    ("content", "key", "line"),
    [
        (b"", "file_empty", None),
        (b" \n\n", "file_empty", None),
        (b'a,b\n1,2\n"3,4\n5,6\n', "quote_unclosed", 3),
        (b'a,b\n1,2\n"3"x,4\n', "quote_stray", 3),
        (b"a,b,a\n1,2,3\n", "header_duplicate", 1),
        (b",,\n,,\n", "header_missing", None),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "file_not_text", None),
        (bytes(range(256)) * 8, "file_not_text", None),
    ],
)
def test_broken_file_says_what_and_where(tmp_path: Path, content: bytes, key: str, line: int | None) -> None:
    refused = _refused(_file(tmp_path, content))
    assert (refused.key, refused.line) == (key, line)


def test_quote_never_closed_in_a_long_file_does_not_swallow_it(tmp_path: Path) -> None:
    refused = _refused(_file(tmp_path, 'a,b\n"1,2\n' + "3,4\n" * 200_000))
    assert (refused.key, refused.line) == ("quote_unclosed", 2)


def test_wrong_encoding_chosen_by_hand_says_the_line(tmp_path: Path) -> None:
    path = _file(tmp_path, PEOPLE, encoding="cp1252")
    with pytest.raises(BadFile) as refused:
        sniff(path, encoding="utf-8")
    assert refused.value.key == "encoding_wrong"
    with pytest.raises(BadFile):
        sniff(path, encoding="klingon")


def test_text_is_read_in_constant_memory(tmp_path: Path) -> None:
    path = _file(tmp_path, "a;b;c\n" + "uno;due;tre\n" * 60_000)
    sheet = sniff(path)
    assert sheet.total == 60_000
    tracemalloc.start()
    count = sum(1 for _ in rows(path, sheet))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60_000
    assert peak < 1_000_000


def _book(path: Path | io.BytesIO) -> None:
    write_xlsx(
        path,
        ["nome", "quanti", "prezzo", "dal", "attivo"],
        [["=1+1", 3, Decimal("12.50"), datetime.date(2026, 11, 21), True], ["Zoë", None, Decimal(2), None, False]],
        "Listino",
    )


def test_workbook_keeps_numbers_dates_and_harmless_texts(tmp_path: Path) -> None:
    path = tmp_path / "book.bin"
    _book(path)
    assert sheet_names(path) == ["Listino"]
    assert load_workbook(path.open("rb"))["Listino"]["A2"].value == "'=1+1"
    sheet = sniff(path)
    assert (sheet.kind, sheet.total) == ("book", 2)
    assert next(rows(path, sheet)).line == 2
    assert _cells(path)[0] == ("=1+1", 3, Decimal("12.5"), datetime.date(2026, 11, 21), True)
    assert _cells(path, start=1) == [("Zoë", "", 2, "", False)]


def test_zip_of_tables_is_read_member_by_member(tmp_path: Path) -> None:
    path = tmp_path / "tables.zip"
    book = io.BytesIO()
    _book(book)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("dati/clienti.csv", PEOPLE)
        archive.writestr("listino.xlsx", book.getvalue())
        archive.writestr("leggimi.md", "#")
    assert sheet_names(path) == ["dati/clienti.csv", "listino.xlsx::Listino"]
    assert _cells(path)[0] == ("Nicolò", "Forlì")
    assert _cells(path, "listino.xlsx::Listino")[1][0] == "Zoë"
    with pytest.raises(BadFile) as refused:
        sniff(path, "altro.csv")
    assert refused.value.key == "sheet_missing"


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("../../etc/cron.csv", b"a,b\n", "zip_unsafe"),
        ("/etc/cron.csv", b"a,b\n", "zip_unsafe"),
        ("bomb.csv", b"0" * 60_000_000, "zip_bomb"),
        ("photo.png", b"a", "zip_empty"),
        ("fake.xlsx", b"a,b\n1,2\n", "book_broken"),
    ],
)
def test_hostile_zip_is_refused(tmp_path: Path, name: str, content: bytes, key: str) -> None:
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    assert _refused(path).key == key


def test_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", PEOPLE * 10)
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    assert _refused(path).key == "zip_broken"


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_made_harmless(text: str) -> None:
    chunk = b"".join(csv_chunks(["nota"], [[text]])).decode("utf-8-sig")
    assert chunk.splitlines()[1].lstrip('"').startswith("'")


@pytest.mark.parametrize("text", ["+393331234567", "-12,50", "-5"])
def test_numbers_and_phones_are_left_as_they_are(text: str) -> None:
    assert protect(text) == text


@given(st.text(alphabet="'=+-@\t\r1a ,"))
def test_protection_is_taken_away_exactly(text: str) -> None:
    assert restore(protect(text)) == text


_NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.sets(_NAMES, min_size=2, max_size=4), st.data())
def test_csv_written_is_read_back_the_same(tmp_path: Path, names: set[str], data: st.DataObject) -> None:
    header = sorted(names)
    table = data.draw(st.lists(st.lists(_TEXTS, min_size=len(header), max_size=len(header)).filter(
        lambda row: any(cell.strip() for cell in row)), max_size=5))  # fmt: skip
    path = _file(tmp_path, b"".join(csv_chunks(header, table)))
    sheet = sniff(path, delimiter=",")
    assert list(sheet.header) == header
    assert [list(row.cells) for row in rows(path, sheet)] == table


def test_json_keeps_every_digit() -> None:
    header, table = ["n", "d", "x"], [[Decimal("1.10"), datetime.date(2026, 1, 2), None], [2, "«à»", True]]
    expected = [{"n": "1.10", "d": "2026-01-02", "x": None}, {"n": 2, "d": "«à»", "x": True}]
    assert json.loads(b"".join(json_chunks(header, table))) == expected
    assert [json.loads(line) for line in b"".join(jsonl_chunks(header, table)).splitlines()] == expected
    assert json.loads(b"".join(json_chunks(header, []))) == []


def test_xlsx_says_where_a_text_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    write_xlsx(path, ["nota"], [["x" * 40_000], ["bell\x07"]])
    (long,), (clean,) = _cells(path)
    assert isinstance(long, str)
    assert len(long) == 32_767
    assert long.endswith("…")
    assert clean == "bell"
