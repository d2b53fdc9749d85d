"""What always holds for a business case: its results are those of its assumptions."""

from __future__ import annotations

from decimal import Decimal

from pydantic import ValidationError

from anello.core.actions import Change, Context, Invalid, rule
from anello.intelligence.worth.inputs import Inputs
from anello.kit.text import L


@rule("business_case")
def work_out(ctx: Context, changes: list[Change]) -> None:
    """The results of each case whose assumptions are new."""
    from anello.intelligence.worth import results

    for change in changes:
        if not change.touches("inputs", "answers"):
            continue
        record = change.record
        try:
            found = results.results(Inputs.model_validate(record.inputs), record.answers)
        except ValidationError as error:
            raise Invalid(
                {"inputs": [L("Le ipotesi salvate non valgono più.", "The stored assumptions no longer hold.")]}
            ) from error
        record.inputs = Inputs.model_validate(record.inputs).model_dump(mode="json")
        record.npv = _rounded(found.npv)
        # A rate of return beyond that says nothing but "at once".
        record.irr = None if found.irr is None else _rounded(min(found.irr * 100, 99_999))
        record.payback = None if found.payback is None else _rounded(found.payback)
        record.risk = _rounded(found.risk * 100)
        record.adoption = _rounded(found.adoption * 100)


def _rounded(value: float) -> Decimal:
    return Decimal(str(round(value, 2)))
