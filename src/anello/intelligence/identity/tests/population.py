"""People with typing errors from a seed: who is who is known, and nothing of it is real."""

from __future__ import annotations

import random
from typing import Any


def words(text: str) -> list[str]:
    return text.split()


FIRST = words(
    "Giulia Marco Sara Luca Chiara Matteo Elisa Davide Anna Paolo Marta Simone Laura Andrea Irene Fabio Silvia Enrico "
    "Valentina Stefano Beatrice Giorgio Camilla Tommaso Aurora Pietro Noemi Federico Alice Nicola Bianca Diego"
)
LAST = words(
    "Bianchi Ferrari Esposito Colombo Ricci Marino Greco Bruno Gallo Conti Mancini Costa Giordano Rizzo Lombardi Moretti "
    "Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli Martini Leone Longo Gentile Martinelli Vitale Serra "
    "Coppola Ferri Fabbri Marchetti Parisi Villa Conte Ferretti Bianco Marini Grassi Valentini Messina Sala Gatti"
)
CITIES = words("Torino Milano Genova Bologna Firenze Napoli Bari Palermo Verona Padova Trieste Perugia Cagliari Parma")
LETTERS = "abcdefghilmnopqrstuvz"


def people(persons: int, doubled: float = 0.4, seed: int = 7) -> list[tuple[int, dict[str, Any]]]:
    """(who it is, values of the record) of so many persons, of whom a share has up to three records more."""
    chance = random.Random(seed)
    records = []
    for who in range(persons):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        values = {
            "first_name": first,
            "last_name": last,
            "birth_date": f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "city": chance.choice(CITIES),
            "email": f"{first}.{last}{chance.randint(1, 999)}@posta{chance.randint(1, 9)}.it".lower(),
            "mobile": f"+39333{chance.randint(1000000, 9999999)}",
        }
        records.append((who, values))
        if chance.random() < doubled:
            records += [(who, _worse(values, chance)) for _ in range(chance.choice((1, 1, 2, 3)))]
    chance.shuffle(records)
    return records


def _worse(values: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The same person, typed in again by somebody in a hurry."""
    worse = dict(values)
    for name in ("first_name", "last_name", "city", "email"):
        if chance.random() < 0.25:
            worse[name] = _mistyped(worse[name], chance)
    if chance.random() < 0.2:
        worse["birth_date"] = f"{worse['birth_date'][:8]}{chance.randint(1, 28):02}"
    for name in ("first_name", "city", "email", "mobile"):
        if chance.random() < 0.2:
            worse[name] = ""
    if chance.random() < 0.1 and worse["first_name"]:
        worse["first_name"], worse["last_name"] = worse["last_name"], worse["first_name"]
    return worse


def _mistyped(text: str, chance: random.Random) -> str:
    """One letter left out, doubled or exchanged, before any dot or @."""
    head, dot, tail = text.partition(".")
    place = chance.randrange(1, len(head))
    kind, rest = chance.randrange(3), head[place + 1 :]
    put = ("", head[place] * 2, chance.choice(LETTERS))[kind]
    return head[:place] + put + rest + dot + tail
