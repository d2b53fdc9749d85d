"""What a field can be, as the pages of Studio show it: a symbol and a line of help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from anello.core.modules import Field, Link
from anello.core.studio.kinds import LABELS
from anello.core.studio.models import CustomField
from anello.kit.text import L


@dataclass(frozen=True)
class Card:
    """A kind of field to choose from."""

    name: str
    icon: str
    help: L

    @property
    def label(self) -> L:
        return LABELS[self.name]


GROUPS: list[tuple[L, list[Card]]] = [
    (
        L("Parole", "Words"),
        [
            Card("text", "letter-case", L("Una riga: un codice, un nome.", "One line: a code, a name.")),
            Card("longtext", "align-left", L("Più righe: note, condizioni.", "Several lines: notes, terms.")),
            Card("email", "at", L("Per scrivere con un clic.", "To write to in one click.")),
            Card("phone", "phone", L("Per chiamare con un clic.", "To call in one click.")),
            Card("url", "world", L("L'indirizzo di una pagina.", "The address of a page.")),
        ],
    ),
    (
        L("Numeri", "Numbers"),
        [
            Card("integer", "hash", L("Si conta: pezzi, persone.", "What one counts: pieces, people.")),
            Card("decimal", "decimal", L("Si misura: ore, chili.", "What one measures: hours, kilos.")),
            Card("money", "currency-euro", L("Denaro.", "Money.")),
            Card("percent", "percentage", L("Uno sconto, una quota.", "A discount, a share.")),
            Card("autonumber", "barcode", L("CTR-2026-00042, da solo.", "CTR-2026-00042, by itself.")),
        ],
    ),
    (
        L("Date e scelte", "Dates and choices"),
        [
            Card("date", "calendar", L("Un giorno.", "A day.")),
            Card("datetime", "calendar-time", L("Un giorno e un'ora.", "A day and an hour.")),
            Card("boolean", "checkbox", L("Una casella da spuntare.", "A box to tick.")),
            Card("choice", "list", L("Un valore di un elenco tuo.", "One value of a list of yours.")),
            Card("multichoice", "list-check", L("Più valori di un elenco tuo.", "Several values of a list.")),
        ],
    ),
    (
        L("Collegati", "Linked"),
        [
            Card("link", "link", L("Un record di un altro modulo.", "A record of another module.")),
            Card("file", "paperclip", L("Un contratto, una foto.", "A contract, a photo.")),
            Card("user", "user", L("Una collega o un collega.", "A colleague.")),
        ],
    ),
    (
        L("Calcolati", "Worked out"),
        [
            Card("formula", "math-function", L("Da altri campi, da sola.", "From other fields, by itself.")),
            Card("rollup", "sum", L("Conta o somma i record collegati.", "Counts or adds up linked records.")),
        ],
    ),
]
CARDS: Mapping[str, Card] = {card.name: card for _, cards in GROUPS for card in cards}
_BUILT_IN: Mapping[str, tuple[str, L]] = {
    "json": ("code", L("Struttura", "Structure")),
    "ref": ("link", L("Collegamento a più moduli", "Link to several modules")),
    "tags": ("tags", L("Etichette", "Tags")),
    "taxcode": ("id-badge-2", L("Codice fiscale", "Tax code")),
    "vat": ("building", L("Partita IVA", "VAT number")),
}
"""Kinds that only the product's own fields have."""


def sign(f: Field, own: CustomField | None) -> tuple[str, L]:
    """The icon and the name of the field's kind."""
    kind = own.kind if own is not None else "user" if isinstance(f, Link) and f.to == "user" else f.kind
    if kind in CARDS:
        return CARDS[kind].icon, CARDS[kind].label
    return _BUILT_IN[kind]
