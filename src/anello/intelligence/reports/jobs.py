"""Mails whose hour has come, and alerts after each load of the warehouse."""

from __future__ import annotations

import datetime as dt

from anello.core.jobs import ANALYSIS, enqueue, job, periodic
from anello.intelligence.reports import alerts, mailing
from anello.intelligence.reports.models import ReportAlert
from anello.kit.text import L
from anello.warehouse.hooks import Load, after_load


@periodic("*/5 * * * *")
def begin_mails(timestamp: int) -> None:
    now = dt.datetime.fromtimestamp(timestamp, dt.UTC)
    for pk in mailing.due(now).values_list("pk", flat=True):
        mailing.begin(pk, now)


def give_up(error: Exception, delivery: int) -> None:
    mailing.give_up(error, delivery)


@job(queue=ANALYSIS, retry=5, given_up=give_up)
def deliver(delivery: int) -> None:
    mailing.deliver(delivery)


@job(queue="mail", retry=5)
def mail_failure(delivery: int) -> None:
    mailing.tell_failure(delivery)


@job(queue=ANALYSIS, lock="alerts", retry=1)
def check_alert(alert: int) -> None:
    alerts.check(alert)


@job(queue="mail", retry=5)
def mail_alert(alert: int, it: str, en: str) -> None:
    alerts.tell(alert, L(it, en))


@after_load
def loaded(load: Load) -> None:
    """Every alert is looked at by a job of its own, so that one that fails keeps none of the others."""
    for pk in ReportAlert.objects.filter(paused=False).order_by("pk").values_list("pk", flat=True):
        enqueue(check_alert, unique=f"alert.{pk}", alert=pk)
