"""Tables in files: reading CSV, XLSX and ZIP as people bring them, writing CSV, XLSX and JSON that are safe to open.

Reading: `sheet_names(path)`, `sniff(path, sheet)`, `rows(path, sheet)`. Writing: `csv_chunks`, `json_chunks`,
`jsonl_chunks`, `write_xlsx`, `write_book`. Everything streams; what cannot be read raises `BadFile`, with the line
where it is known.
"""

from anello.kit.tabular.reading import Cell, Row, Sheet, rows, sheet_names, sniff
from anello.kit.tabular.source import BadFile
from anello.kit.tabular.writing import XLSX, csv_chunks, json_chunks, jsonl_chunks, write_book, write_xlsx

__all__ = [
    "XLSX",
    "BadFile",
    "Cell",
    "Row",
    "Sheet",
    "csv_chunks",
    "json_chunks",
    "jsonl_chunks",
    "rows",
    "sheet_names",
    "sniff",
    "write_book",
    "write_xlsx",
]
