"""What a 10 % improvement of each customer-related ability returned in the seed study, scaled by revenue.

Per year, pre-tax, in millions per 1,000 million of revenue. The figures overlap: they are not additive, and the page
says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from anello.kit.text import L

PER = 1_000_000_000


@dataclass(frozen=True)
class Ability:
    label: L
    millions: float


ABILITIES = (
    Ability(L("Motivare e premiare le persone", "Motivating and rewarding people"), 13.0),
    Ability(L("Servizio al cliente", "Customer service"), 13.0),
    Ability(L("Conoscenza dei clienti", "Turning customer information into insight"), 12.0),
    Ability(L("Attrarre e trattenere le persone", "Attracting and keeping people"), 10.0),
    Ability(L("Capacità di vendita e di servizio", "Selling and service skills"), 9.5),
    Ability(L("Proposte di valore forti", "Strong value propositions"), 9.0),
    Ability(L("Gestione di partner e alleanze", "Partner and alliance management"), 9.0),
    Ability(L("CRM in rete (e-CRM)", "e-CRM"), 8.0),
    Ability(L("Pianificazione delle vendite", "Sales planning"), 7.5),
    Ability(L("Gestione dei clienti strategici", "Key account management"), 6.0),
)


def returns(revenue: float) -> list[tuple[Ability, float]]:
    """(ability, yearly return) for that yearly revenue, in the same currency."""
    return [(ability, ability.millions * 1_000_000 * revenue / PER) for ability in ABILITIES]
