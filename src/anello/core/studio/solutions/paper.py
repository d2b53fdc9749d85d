"""A solution as a file: YAML that people read, comment and compare, with the place of everything in it.

Scalars are read as YAML 1.2 says, where `no` is a word and a date is a text. Anchors, tags and repeated keys are
refused; so is what no file of ours needs (`MOST` characters, `DEEPEST` levels).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from anello.kit.text import L

MOST = 2_000_000
DEEPEST = 20
Path = tuple[str, ...]

_ALIAS = L(
    "Qui si rimanda a un'altra parte del file (& o *): scrivila per intero.",
    "This refers to another part of the file (& or *): write it out.",
)
_TAG = L("Qui c'è un tipo (!): toglilo.", "There is a tag here (!): take it out.")
_DEEP = L("Troppi livelli.", "Too many levels.")
_TWICE = L("Questa chiave c'è già: tienine una.", "This key is there already: keep one.")
_TEXT_KEY = L("Come chiave serve una parola.", "A key must be a word.")
_TREE = L("Il file deve cominciare con «solution: 1».", 'The file must begin with "solution: 1".')
_LONG = L("Il file è troppo grande per essere una soluzione.", "The file is too large to be a solution.")


@dataclass(frozen=True)
class Fault:
    """What is wrong, in which line and column (from 1), and of what (`fields › person › x_hobby`)."""

    words: L | str
    line: int = 1
    column: int = 1
    path: Path = ()

    def __str__(self) -> str:
        where = " › ".join(self.path)
        place = L(f"Riga {self.line}", f"Line {self.line}")
        return f"{place}, {where}: {self.words}" if where else f"{place}: {self.words}"


class Unreadable(Exception):
    """The file is no solution that can be read; nothing was looked at but the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


@dataclass
class Paper:
    """What a file says (`tree`, of dicts, lists and texts) and where it says so."""

    tree: dict[str, Any]
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def fault(self, words: L | str, *path: str) -> Fault:
        """The fault of what stands there, or of the nearest thing around it."""
        known = path
        while known and known not in self.places:
            known = known[:-1]
        line, column = self.places.get(known, (1, 1))
        return Fault(words, line, column, path)


def read(text: str) -> Paper:
    """What the file says; raises Unreadable with the line and what is wrong there."""
    if len(text) > MOST:
        raise Unreadable([Fault(_LONG)])
    try:
        root = yaml.compose(text, Loader=_Plain)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        words = error.problem if isinstance(error.problem, L) else _broken(str(error.problem))
        raise Unreadable([Fault(words, line, column)]) from error
    except yaml.YAMLError as error:
        raise Unreadable([Fault(_broken(str(error).splitlines()[0]))]) from error
    if not isinstance(root, yaml.MappingNode):
        raise Unreadable([Fault(_TREE)])
    paper, faults = Paper({}), list[Fault]()
    paper.tree = _plain(root, (), paper.places, faults)
    if faults:
        raise Unreadable(faults)
    return paper


def _broken(problem: str) -> L:
    return L(f"Il file qui non si legge come YAML ({problem}).", f"The file cannot be read as YAML here ({problem}).")


class _Plain(yaml.SafeLoader):
    """Composes nodes without anchors."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(None, None, _ALIAS, event.start_mark)  # type: ignore[arg-type]
        if getattr(event, "tag", None):
            raise yaml.composer.ComposerError(None, None, _TAG, event.start_mark)  # type: ignore[arg-type]
        return super().compose_node(parent, index)


def _plain(node: Any, path: Path, places: dict[Path, tuple[int, int]], faults: list[Fault]) -> Any:
    where = (node.start_mark.line + 1, node.start_mark.column + 1)
    places.setdefault(path, where)
    if len(path) > DEEPEST:
        faults.append(Fault(_DEEP, *where, path))
        return ""
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, str(at)), places, faults) for at, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.style else _scalar(node.value)
    tree: dict[str, Any] = {}
    for key, value in node.value:
        at = (key.start_mark.line + 1, key.start_mark.column + 1)
        if not isinstance(key, yaml.ScalarNode):
            faults.append(Fault(_TEXT_KEY, *at, path))
            continue
        below = (*path, key.value)
        if key.value in tree:
            faults.append(Fault(_TWICE, *at, below))
        places[below] = at
        tree[key.value] = _plain(value, below, places, faults)
    return tree


def _scalar(text: str) -> Any:
    """What plain words mean (YAML 1.2.2 § 10.3.2, the core schema; numbers in decimal only)."""
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"[-+]?\d{1,18}", text):
        return int(text)
    return float(text) if re.fullmatch(r"[-+]?\d{1,18}\.\d{1,18}", text) else text


def write(tree: Mapping[str, Any], comment: str) -> str:
    """The file; `comment` stands above it."""
    lines = "".join(f"# {line}\n" for line in comment.splitlines())
    return lines + yaml.dump(
        tree, Dumper=_Readable, sort_keys=False, allow_unicode=True, default_flow_style=False, width=110
    )


class _Readable(yaml.SafeDumper):
    """Indents lists, and writes texts of several lines as such."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Readable.add_representer(str, _text)
