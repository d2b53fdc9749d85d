"""Finding records: lists by filter, order and page; full text and typing errors over every module."""

from anello.core.search.filters import compile_filter
from anello.core.search.records import Count, Page, RecordQuery, titles
from anello.core.search.words import suggest

__all__ = ["Count", "Page", "RecordQuery", "compile_filter", "suggest", "titles"]
