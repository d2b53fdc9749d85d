"""Numbers only: arrays in, arrays out; no database, no Django, no words for people."""

from __future__ import annotations


class CannotFit(Exception):
    """The data do not determine the model. `cause` is one of `CAUSES`, `facts` the figures that show it."""

    def __init__(self, cause: str, **facts: float) -> None:
        assert cause in CAUSES, cause
        self.cause = cause
        self.facts = {name: float(value) for name, value in facts.items()}
        super().__init__(", ".join([cause, *(f"{name} = {value:g}" for name, value in facts.items())]))


CAUSES = {
    "few_customers": "fewer customers than `needed`",
    "few_repeats": "fewer customers who bought again than `needed` (none at all in a base of one-time buyers)",
    "no_time": "the purchases cover no time: every customer was first seen on the last day",
    "one_value": "all values are the same, so that nothing tells one customer from another",
    "no_dropout": "nobody seems to leave: the likelihood grows towards no dropout at all",
    "alike": "all customers seem to buy at one rate: the likelihood grows towards no difference between them",
    "no_mean": "amounts spread so widely that their mean is not finite",
    "not_unique": "different parameters explain the data equally well",
    "one_outcome": "every example has the same outcome",
    "no_holdout": "too little time after the fit to check it",
    "few_people": "fewer people than `needed`",
    "few_columns": "fewer columns filled often enough to compare than `needed`",
    "few_pairs": "fewer certain pairs than `needed`",
    "one_sided": "pairs that are one agree no more often than others",
    "few_examples": "fewer examples of the rarer outcome than `needed`",
}
