"""The calculator's form: which inputs, what people call them, from typed text to a case and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from anello.core.actions import Invalid
from anello.core.actions.errors import explain
from anello.intelligence.worth.inputs import Inputs
from anello.intelligence.worth.readiness import QUESTIONS, SCALE
from anello.kit.numbers import format_number, parse_number
from anello.kit.text import L


@dataclass(frozen=True)
class Asked:
    """An input: `unit` is `%` (stored as a fraction), `€`, `n` (a whole number) or what to say after it."""

    path: str
    label: L
    unit: str
    help: L | None = None
    value: str = ""
    errors: tuple[str, ...] = ()


MARKET = (
    Asked(
        "market.buyers",
        L("Acquirenti nel mercato", "Buyers in the market"),
        "n",
        L("Tutti, nostri e dei concorrenti.", "All of them, ours and the competitors'."),
    ),
    Asked("market.ours", L("Nostri clienti oggi", "Our customers today"), "n"),
    Asked("market.growth", L("Crescita del mercato", "Growth of the market"), "%", L("All'anno.", "A year.")),
    Asked("market.years", L("Anni del piano", "Years of the plan"), "n"),
    Asked("market.discount", L("Tasso di sconto", "Discount rate"), "%"),
)
ECONOMICS = (
    Asked("economics.revenue", L("Ricavo per cliente", "Revenue per customer"), "€", L("All'anno.", "A year.")),
    Asked("economics.margin", L("Margine di contribuzione", "Contribution margin"), "%"),
    Asked("economics.serve", L("Costo di servizio per cliente", "Cost to serve a customer"), "€"),
    Asked(
        "economics.retention",
        L("Clienti che restano", "Customers who stay"),
        "%",
        L("Da un anno all'altro.", "From one year to the next."),
    ),
    Asked(
        "economics.retention_spend",
        L("Spesa per trattenere", "Spending to keep"),
        "€",
        L("Per cliente, all'anno.", "Per customer, a year."),
    ),
    Asked("economics.retention_ceiling", L("Massimo che resterebbe", "Most who would ever stay"), "%"),
    Asked(
        "economics.acquisition",
        L("Acquirenti dei concorrenti conquistati", "Competitors' buyers won"),
        "%",
        L("Ogni anno.", "Every year."),
    ),
    Asked(
        "economics.acquisition_spend",
        L("Spesa per conquistare", "Spending to win"),
        "€",
        L("Per acquirente dei concorrenti, all'anno.", "Per buyer of the competitors', a year."),
    ),
    Asked("economics.acquisition_ceiling", L("Massimo conquistabile", "Most who could ever be won"), "%"),
)
COSTS = (
    Asked("costs.project", L("Progetto", "Project"), "€", L("Una volta, prima di partire.", "Once, before the start.")),
    Asked("costs.overrun", L("Sforamento possibile", "Possible overrun"), "%", L("Nel caso peggiore.", "At worst.")),
    Asked("costs.users", L("Utenti", "Users"), "n"),
    Asked("costs.per_user", L("Costo per utente", "Cost per user"), "€", L("All'anno.", "A year.")),
    Asked("costs.training", L("Formazione per utente", "Training per user"), "€"),
    Asked("costs.turnover", L("Ricambio degli utenti", "Turnover of users"), "%"),
    Asked("costs.running", L("Gestione", "Running it"), "€", L("All'anno.", "A year.")),
    Asked("costs.ramp", L("Anni fino al pieno effetto", "Years to full effect"), ""),
)
LEVERS = {
    "churn": L("Clienti persi in meno", "Fewer customers lost"),
    "acquisition": L("Acquirenti conquistati in più", "More buyers won"),
    "cross_sell": L("Margine in più per cliente", "More margin per customer"),
    "serve": L("Costo di servizio in meno", "Less cost to serve"),
}
GUESSES = {"low": L("Basso", "Low"), "likely": L("Probabile", "Likely"), "high": L("Alto", "High")}
GROUPS = (
    (L("Il mercato", "The market"), MARKET),
    (L("Un cliente, oggi", "A customer, today"), ECONOMICS),
    (L("Che cosa costa il CRM", "What the CRM costs"), COSTS),
)
_LEVER_FIELDS = tuple(
    Asked(f"levers.{lever}.{guess}", L(f"{label.it}: {word.it.lower()}", f"{label.en}: {word.en.lower()}"), "%")
    for lever, label in LEVERS.items()
    for guess, word in GUESSES.items()
)
FIELDS = {one.path: one for one in (*MARKET, *ECONOMICS, *COSTS, *_LEVER_FIELDS)}
ANSWER = "answer."


def read(data: Mapping[str, str], locale: str) -> tuple[Inputs, dict[str, int]]:
    """The case that a filled form means; Invalid names the fields by their paths."""
    tree: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for path, asked in FIELDS.items():
        text = data.get(path, "").strip()
        try:
            number = parse_number(text.removesuffix("%").removesuffix("€").strip(), locale)
        except ValueError:
            errors[path] = [str(L("Scrivi un numero.", "Give a number."))]
            continue
        if asked.unit == "n" and number != int(number):
            errors[path] = [str(L("Scrivi un numero intero.", "Give a whole number."))]
            continue
        _put(tree, path, int(number) if asked.unit == "n" else float(number / 100 if asked.unit == "%" else number))
    answers = _answers(data, errors)
    if not errors:
        try:
            return Inputs.model_validate(tree), answers
        except ValidationError as error:
            errors = _explained(error)
    raise Invalid(errors)


def _explained(error: ValidationError) -> dict[str, list[str]]:
    """Errors at the fields; what concerns a whole group stands at the first field it names, else at the top."""
    found: dict[str, list[str]] = {}
    for path, words in explain(error).items():
        if path in FIELDS:
            # Bounds are told of fractions; people typed percentages.
            asked = FIELDS[path]
            found[path] = (
                [str(L("Fuori dai limiti possibili.", "Beyond what is possible."))] if asked.unit == "%" else words
            )
        elif f"{path}.likely" in FIELDS:
            found.setdefault(f"{path}.likely", []).extend(words)
        else:
            found.setdefault(_FIRST.get(path, ""), []).extend(words)
    return found


_FIRST = {"market": "market.ours", "economics": "economics.retention"}


def _answers(data: Mapping[str, str], errors: dict[str, list[str]]) -> dict[str, int]:
    answers: dict[str, int] = {}
    for name in QUESTIONS:
        text = data.get(ANSWER + name, "")
        if text in {str(value) for value in SCALE}:
            answers[name] = int(text)
        elif text:
            errors[ANSWER + name] = [str(L("Scegli da 1 a 5.", "Choose from 1 to 5."))]
    return answers


def _put(tree: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for step in above:
        tree = tree.setdefault(step, {})
    tree[last] = value


def texts(inputs: Inputs, locale: str) -> dict[str, str]:
    """{path: text} of a case, as the form shows it."""
    shown = {}
    for path, asked in FIELDS.items():
        value: Any = inputs
        for step in path.split("."):
            value = getattr(value, step)
        shown[path] = format_number(round(value * 100, 6) if asked.unit == "%" else value, locale)
    return shown


def filled(fields: tuple[Asked, ...], shown: Mapping[str, str], errors: Mapping[str, Any]) -> list[Asked]:
    """The fields with what was typed, or stored, and what is wrong with it."""
    return [
        replace(one, value=shown.get(one.path, ""), errors=tuple(str(e) for e in errors.get(one.path, ())))
        for one in fields
    ]


def lever_rows(shown: Mapping[str, str], errors: Mapping[str, Any]) -> list[tuple[L, list[Asked]]]:
    """(lever, its three guesses), in order."""
    return [
        (label, filled(tuple(FIELDS[f"levers.{lever}.{guess}"] for guess in GUESSES), shown, errors))
        for lever, label in LEVERS.items()
    ]
