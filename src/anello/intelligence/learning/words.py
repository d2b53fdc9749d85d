"""Reasons of a score in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anello.core.ui import formats


def _days(value: float) -> str:
    count = round(value)
    return ngettext("%(number)s day", "%(number)s days", count) % {"number": formats.number(count)}


def _churn(value: float) -> Mapping[str, str]:
    number = formats.number(value, 0)
    return {
        "silence": _("No purchase for %(days)s") % {"days": _days(value)},
        "silence_in_gaps": _("Silent %(times)s times as long as between purchases")
        % {"times": formats.number(value, 1)},
        "only_one": _("Bought only once") if value else _("Bought more than once"),
        "purchases": ngettext("%(number)s purchase so far", "%(number)s purchases so far", round(value))
        % {"number": number},
        "recent_purchases": ngettext("%(number)s purchase in 90 days", "%(number)s purchases in 90 days", round(value))
        % {"number": number},
        "spend_falling": _("Spends less than half a year ago")
        if value > 0
        else _("Does not spend less than half a year ago"),
        "mean_amount": _("Spends %(amount)s per purchase") % {"amount": number},
        "tenure": _("Customer for %(days)s") % {"days": _days(value)},
        "contacts": ngettext("%(number)s contact in 90 days", "%(number)s contacts in 90 days", round(value))
        % {"number": number},
    }


def _lead(value: float) -> Mapping[str, str]:
    return {
        "has_email": _("Gave an e-mail address") if value else _("Gave no e-mail address"),
        "has_phone": _("Gave a phone number") if value else _("Gave no phone number"),
        "has_company": _("Comes from a company") if value else _("Names no company"),
        "has_role": _("Told their role") if value else _("Did not tell their role"),
        "has_message": _("Wrote a request") if value else _("Wrote no request"),
        "has_product": _("Asked for a product") if value else _("Asked for no product"),
        "value": _("Large expected value") if value > 0 else _("No expected value"),
        "contacts": ngettext(
            "%(number)s activity in the first days", "%(number)s activities in the first days", round(value)
        )
        % {"number": formats.number(value, 0)},
        "source_web": _("Came through the web site") if value else _("Did not come through the web site"),
        "source_referral": _("Was referred") if value else _("Was not referred"),
        "source_fair": _("Came from a fair") if value else _("Did not come from a fair"),
        "source_campaign": _("Came from a campaign") if value else _("Did not come from a campaign"),
        "source_call": _("Called") if value else _("Did not call"),
        "source_partner": _("Came through a partner") if value else _("Did not come through a partner"),
    }


_VOCABULARIES: dict[str, Callable[[float], Mapping[str, str]]] = {"churn": _churn, "lead": _lead}


def reasons(kind: str, told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """{"text", "raises"} of each reason as `logit.reasons` gives it.

    Scores of an earlier version may name features that there are no longer: those are left out.
    """
    made = []
    for one in told:
        words = _VOCABULARIES[kind](one["value"])
        if one["feature"] in words:
            made.append({"text": words[one["feature"]], "raises": one["weight"] > 0})
    return made
