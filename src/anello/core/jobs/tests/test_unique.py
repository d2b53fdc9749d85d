"""A job that must wait only once is asked for twice in one transaction."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from anello.core.jobs import enqueue, job

pytestmark = pytest.mark.django_db


@job()
def nothing() -> None:
    """Does nothing."""


def test_asking_again_for_a_unique_job_leaves_the_transaction_alive():
    assert enqueue(nothing, unique="once") is not None
    assert enqueue(nothing, unique="once") is None
    assert ProcrastinateJob.objects.filter(queueing_lock="once").count() == 1
