"""What is learned here, for the nightly scores and weekly fits of `value.jobs`."""

from __future__ import annotations

from anello.customers.module import KINDS
from anello.intelligence.learning import churn, leads, products
from anello.intelligence.value import estimators

estimators.register("churn", KINDS, churn.fit, churn.score)
estimators.register("next", KINDS, products.fit, products.score)
estimators.register("lead", ("lead",), leads.fit, leads.score)
