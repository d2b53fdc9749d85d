"""Jobs of workers that died are done again, each by itself."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from anello.core.jobs import enqueue, job
from anello.core.jobs.rescue import rescue

pytestmark = pytest.mark.django_db(transaction=True)


@job()
def nothing() -> None:
    """Does nothing."""


def taken_by_a_worker_that_died(pk):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [pk])


def status(pk):
    return ProcrastinateJob.objects.values_list("status", flat=True).get(pk=pk)


def test_a_job_that_was_asked_for_again_meanwhile_is_left_to_its_successor_and_the_rest_is_rescued():
    first, other = enqueue(nothing, unique="once"), enqueue(nothing)
    taken_by_a_worker_that_died(first)
    taken_by_a_worker_that_died(other)
    successor = enqueue(nothing, unique="once")
    assert async_to_sync(rescue)() == 2
    assert [status(pk) for pk in (first, other, successor)] == ["aborted", "todo", "todo"]
