"""What can be wrong with an action, in words for whoever asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from anello.kit.text import L


class ActionError(Exception):
    """Nothing was written."""


class Invalid(ActionError):
    """The input is wrong: `errors` is {field: [messages]}; the key "" is the record as a whole.

    Fields of the n-th record of a list are named `n.field`.
    """

    def __init__(self, errors: Mapping[str, Sequence[L | str]] | L | str) -> None:
        if not isinstance(errors, Mapping):
            errors = {"": [errors]}
        self.errors: dict[str, list[str]] = {name: [str(m) for m in messages] for name, messages in errors.items()}
        super().__init__("; ".join(f"{n}: {' '.join(m)}" if n else " ".join(m) for n, m in self.errors.items()))

    @property
    def messages(self) -> list[str]:
        """All messages, each once, without the names of the fields."""
        return list(dict.fromkeys(message for messages in self.errors.values() for message in messages))

    @property
    def words(self) -> str:
        """All messages one after the other."""
        return " ".join(self.messages)


class NotFound(ActionError):
    """There is no such record, or the actor may not know that there is."""


class Denied(ActionError):
    """The actor may see it, but not do this."""


class OnlyLooking(Denied):
    """An administrator looks through this person's eyes: nothing can be written."""


class Conflict(ActionError):
    """Somebody else changed the same fields meanwhile: {field: (theirs, yours)} in JSON forms."""

    def __init__(self, record: Any, fields: Mapping[str, tuple[Any, Any]], message: L | str = "") -> None:
        self.record, self.fields = record, dict(fields)
        super().__init__(str(message) or ", ".join(self.fields))


_WORDS: dict[str, L] = {
    "missing": L("Serve un valore.", "A value is needed."),
    "extra_forbidden": L("Campo sconosciuto.", "Unknown field."),
    "string_too_long": L("Al massimo {max_length} caratteri.", "At most {max_length} characters."),
    "string_too_short": L("Serve un valore.", "A value is needed."),
    "string_type": L("Serve un testo.", "A text is needed."),
    "int_type": L("Serve un numero intero.", "A whole number is needed."),
    "int_parsing": L("Serve un numero intero.", "A whole number is needed."),
    "int_from_float": L("Serve un numero intero.", "A whole number is needed."),
    "int_parsing_size": L("Il numero è troppo grande.", "The number is too large."),
    "decimal_type": L("Serve un numero.", "A number is needed."),
    "decimal_parsing": L("Serve un numero.", "A number is needed."),
    "decimal_max_digits": L("Al massimo {max_digits} cifre.", "At most {max_digits} digits."),
    "decimal_max_places": L("Al massimo {decimal_places} decimali.", "At most {decimal_places} decimals."),
    "decimal_whole_digits": L("Il numero è troppo grande.", "The number is too large."),
    "finite_number": L("Serve un numero finito.", "A finite number is needed."),
    "greater_than_equal": L("Il minimo è {ge}.", "The least is {ge}."),
    "less_than_equal": L("Il massimo è {le}.", "The most is {le}."),
    "greater_than": L("Deve essere maggiore di {gt}.", "Must be more than {gt}."),
    "bool_type": L("Serve sì o no.", "Yes or no is needed."),
    "bool_parsing": L("Serve sì o no.", "Yes or no is needed."),
    "date_type": L("Serve una data.", "A date is needed."),
    "date_parsing": L("Data non valida.", "Not a valid date."),
    "date_from_datetime_parsing": L("Data non valida.", "Not a valid date."),
    "date_from_datetime_inexact": L("Serve una data senza ora.", "A date without a time is needed."),
    "datetime_type": L("Servono una data e un'ora.", "A date and a time are needed."),
    "datetime_parsing": L("Data e ora non valide.", "Not a valid date and time."),
    "datetime_from_date_parsing": L("Data e ora non valide.", "Not a valid date and time."),
    "list_type": L("Serve un elenco.", "A list is needed."),
    "dict_type": L("Serve un oggetto.", "An object is needed."),
    "model_type": L("Serve un oggetto.", "An object is needed."),
    "too_short": L("Serve un valore.", "A value is needed."),
    "too_long": L("Al massimo {max_length} elementi.", "At most {max_length} items."),
}


def explain(error: ValidationError, prefix: str = "") -> dict[str, list[str]]:
    """Pydantic's errors in our words: {field: [messages]}."""
    found: dict[str, list[str]] = {}
    for item in error.errors(include_url=False, include_input=False):
        where = prefix + ".".join(str(part) for part in item["loc"])
        found.setdefault(where, []).append(_words(item))
    return found


def _words(item: Any) -> str:
    context = item.get("ctx", {})
    if item["type"] == "anello":
        return str(context["text"])
    if item["type"] == "value_error":
        return str(context["error"])
    words = _WORDS.get(item["type"])
    return str(words).format(**context) if words else str(item["msg"])


def merge(many: Iterable[Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
    """All errors of several checks together."""
    found: dict[str, list[str]] = {}
    for errors in many:
        for name, messages in errors.items():
            found.setdefault(name, []).extend(messages)
    return found
