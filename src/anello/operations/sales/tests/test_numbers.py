"""Invoice numbers: no gap and no double, whoever issues at the same moment."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction

from anello.core.actions import Context, Invalid, run
from anello.operations.sales.actions.numbers import sequence_of, take
from anello.operations.sales.models import Invoice, NumberCounter

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = dt.date(2026, 11, 21)
WRITERS, EACH = 6, 5


def together(work):
    """Run `work(n)` in threads that start at once; returns what they raised."""
    start, errors = threading.Barrier(WRITERS), []

    def runner(n):
        try:
            start.wait()
            work(n)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=runner, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.fixture
def drafts(house, customer):
    made = run("invoice.create", [{"organisation": customer.pk}] * (WRITERS * EACH), house.ctx("carla"))
    run(
        "invoice_line.create",
        [{"invoice": invoice.pk, "description": "x", "unit_price": 1} for invoice in made],
        house.ctx("carla"),
    )
    return [invoice.pk for invoice in made]


def test_numbers_have_no_gaps_and_no_doubles(house, drafts):
    def stumble(pk):
        with transaction.atomic():
            run("invoice.issue", None, house.ctx("carla"), target=pk)
            raise ZeroDivisionError

    def issue(n):
        for place, pk in enumerate(drafts[n::WRITERS]):
            # Every other one stumbles after it got its number: the number must not be lost.
            if place % 2:
                with pytest.raises(ZeroDivisionError):
                    stumble(pk)
            run("invoice.issue", None, house.ctx("carla"), target=pk)

    assert together(issue) == []
    numbers = sorted(Invoice.objects.exclude(number="").values_list("number", flat=True))
    year = Invoice.objects.exclude(number="")[0].date.year
    assert numbers == [f"FT-{year}-{n:05}" for n in range(1, WRITERS * EACH + 1)]


def test_negative_control_without_the_lock_numbers_collide(house):
    sequence = sequence_of("invoice")
    NumberCounter.objects.create(sequence=sequence, series="2026", last=0, last_date=TODAY)
    taken, read = [], threading.Barrier(WRITERS)

    def careless(n):
        with transaction.atomic():
            last = NumberCounter.objects.values_list("last", flat=True).get(sequence=sequence)
            read.wait()
            NumberCounter.objects.filter(sequence=sequence).update(last=last + 1)
            taken.append(last + 1)

    assert together(careless) == []
    assert len(set(taken)) < len(taken)


def test_numbers_and_dates_grow_together(house):
    sequence = sequence_of("invoice")
    with transaction.atomic():
        assert take(sequence, TODAY, 2) == ["FT-2026-00001", "FT-2026-00002"]
    with pytest.raises(Invalid), transaction.atomic():
        take(sequence, TODAY - dt.timedelta(days=1), in_order=True)
    with transaction.atomic():
        assert take(sequence, dt.date(2027, 1, 1), in_order=True) == ["FT-2027-00001"]


def test_another_series_counts_for_itself(house, drafts):
    run("number_sequence.create", {"document": "invoice", "code": "web", "pattern": "W{yy}/{seq}"}, Context())
    web = run("invoice.issue", {"series": "web"}, house.ctx("carla"), target=drafts[0])
    main = run("invoice.issue", None, house.ctx("carla"), target=drafts[1])
    assert web.number.endswith("/1")
    assert main.number.endswith("-00001")
    with pytest.raises(Invalid):
        run("invoice.issue", {"series": "none"}, house.ctx("carla"), target=drafts[2])
    with pytest.raises(Invalid):
        run("number_sequence.create", {"document": "order", "code": "x", "pattern": "no number"}, Context())
