"""Boards through HTTP: columns, pages of cards, totals, moves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from tests.samples import in_phase, sample

from anello.core.accounts.models import Role
from anello.core.actions import run
from anello.core.modules import get
from anello.core.ui import formats

from .conftest import PART, toasts

pytestmark = pytest.mark.django_db


def companies(cast, number, phase):
    rows = [{"name": f"C{i:03}", "revenue": 100} for i in range(number)]
    made = run("organisation.create", rows, cast.ctx("bruno"))
    in_phase(phase, *made)


def new_lead(cast):
    return run("lead.create", {"company": "Brenta", "last_name": "Rossi"}, cast.ctx("bruno"))


def stacks(answer):
    return {stack.key: stack for stack in answer.context["plan"].stacks}


def test_cards_stand_in_the_columns_of_the_choice_with_count_and_total(cast, enter):
    companies(cast, 3, "loyal")
    companies(cast, 1, "churn")
    found = stacks(enter("bruno").get("/organisations/board/"))
    assert {key: (len(s.cards), s.count.value, s.totals) for key, s in found.items()} == {
        "prospect": (0, 0, {}),
        "first_time": (0, 0, {}),
        "renewal": (0, 0, {}),
        "loyal": (3, 3, {"EUR": Decimal(300)}),
        "churn": (1, 1, {"EUR": Decimal(100)}),
    }


def test_cards_come_page_by_page(cast, enter):
    companies(cast, 45, "loyal")
    client = enter("bruno")
    page = stacks(client.get("/organisations/board/?sort=title"))["loyal"]
    seen = [card["title"] for card in page.cards]
    url = page.more
    while url:
        answer = client.get(url, **PART)
        seen += [card["title"] for card in answer.context["cards"]]
        url = answer.context["more"]
    assert seen == [f"C{i:03}" for i in range(45)]


def test_a_board_drawn_anew_shows_the_cards_that_were_asked_for(cast, enter):
    companies(cast, 45, "loyal")
    client = enter("bruno")
    more = stacks(client.get("/organisations/board/"))["loyal"].more
    assert '<input type="hidden" name="deep" value="loyal">' in client.get(more, **PART).content.decode()
    for pages, cards in ((1, 40), (2, 45)):
        page = client.get("/organisations/board/", {"deep": ["loyal"] * pages})
        assert len(stacks(page)["loyal"].cards) == cards
        assert page.content.decode().count('name="deep" value="loyal"') == pages


def test_nothing_moves_on_a_board_whose_address_makes_no_sense(cast, enter):
    lead = new_lead(cast)
    form = {"id": lead.pk, "column": "working", "version": lead.version}
    answer = enter("bruno").post('/leads/board/move/?filter={"field":"nothing","op":"is","value":1}', form, **PART)
    assert answer.status_code == 422
    lead.refresh_from_db()
    assert lead.status == "new"


def test_drop_changes_the_record_answers_with_totals_and_is_undone(cast, enter):
    lead = new_lead(cast)
    client = enter("bruno")
    form = {"id": lead.pk, "column": "working", "version": lead.version}
    answer = client.post("/leads/board/move/", form, **PART)
    assert {'id="stack-working"', 'id="stack-new"', f'id="card-{lead.pk}"'} <= {
        part for part in answer.content.decode().replace(">", " ").split() if part.startswith("id=")
    }
    lead.refresh_from_db()
    assert lead.status == "working"
    client.post(toasts(answer)[0]["undo"], **PART)
    lead.refresh_from_db()
    assert lead.status == "new"


def test_stale_drop_is_refused(cast, enter):
    lead = new_lead(cast)
    run("lead.update", {"status": "lost"}, cast.ctx("bruno"), target=lead.pk)
    form = {"id": lead.pk, "column": "working", "version": lead.version}
    answer = enter("bruno").post("/leads/board/move/", form, **PART)
    assert answer.status_code == 409
    lead.refresh_from_db()
    assert lead.status == "lost"


@pytest.mark.parametrize(("who", "status"), [("marta", 404), ("carla", 404), ("ivo", 403)])
def test_drop_of_what_one_may_not_change_is_refused(cast, enter, who, status):
    lead = new_lead(cast)
    answer = enter(who).post("/leads/board/move/", {"id": lead.pk, "column": "working"}, **PART)
    assert answer.status_code == status
    lead.refresh_from_db()
    assert lead.status == "new"


def test_cards_whose_column_only_the_product_chooses_stay_where_they_are(cast, enter):
    companies(cast, 1, "loyal")
    company = get("organisation").model.objects.get()
    client = enter("bruno")
    assert "data-move" not in client.get("/organisations/board/").content.decode()
    answer = client.post("/organisations/board/move/", {"id": company.pk, "column": "churn"}, **PART)
    assert answer.status_code == 422
    company.refresh_from_db()
    assert company.phase == "loyal"
    assert "data-move" in client.get("/leads/board/").content.decode()


@pytest.mark.parametrize("form", [{"id": "x", "column": "loyal"}, {"id": "1", "column": "nowhere"}, {}])
def test_drop_of_nonsense_is_404(enter, form):
    assert enter("bruno").post("/organisations/board/move/", form, **PART).status_code == 404


def test_hidden_total_is_not_told(cast, enter):
    companies(cast, 1, "loyal")
    role = Role.objects.get(key="sales_manager")
    role.fields = {"organisation": {"revenue": "hidden"}}
    role.save()
    answer = enter("bruno").get("/organisations/board/")
    assert answer.context["plan"].total is None
    assert "100" not in answer.content.decode().partition('class="board"')[2].partition("</section>")[0]


def test_board_by_a_field_hidden_from_the_actor_is_404(enter):
    role = Role.objects.get(key="sales_manager")
    role.fields = {"organisation": {"phase": "hidden"}}
    role.save()
    assert enter("bruno").get("/organisations/board/").status_code == 404


def test_board_by_a_link_shows_the_stages_of_the_chosen_pipeline(cast, enter):
    deal = sample(get("opportunity"), cast.carla, amount=500)
    other = sample(get("stage"))
    client = enter("carla")
    here = stacks(client.get(f"/opportunities/board/?group={deal.stage.pipeline_id}"))
    assert str(other.pk) not in here
    assert here[str(deal.stage_id)].totals == {"EUR": Decimal(500)}
    elsewhere = stacks(client.get(f"/opportunities/board/?group={other.pipeline_id}"))
    assert list(elsewhere) == [str(other.pk)]


def test_amounts_of_different_currencies_are_never_added(cast, enter):
    deal = sample(get("opportunity"), cast.carla, amount=500)
    for amount, currency in [(70, "USD"), (30, "USD"), (1, "EUR")]:
        values = {"name": "Un'altra", "stage": deal.stage_id, "amount": amount, "currency": currency}
        run("opportunity.create", values, cast.ctx("carla"))
    page = enter("carla").get(f"/opportunities/board/?group={deal.stage.pipeline_id}")
    stack = stacks(page)[str(deal.stage_id)]
    assert (stack.count.value, stack.totals) == (4, {"EUR": Decimal(501), "USD": Decimal(100)})
    assert f"<span>{formats.money(100, 'USD', compact=True)}</span>" in page.content.decode()


def test_columns_follow_the_position_of_the_linked_records(cast, enter):
    deal = sample(get("opportunity"), cast.carla)
    pipeline = deal.stage.pipeline_id
    for position, name in [(3, "Terza"), (1, "Prima")]:
        sample(get("stage"), pipeline=pipeline, name_it=name, name_en=name, position=position)
    labels = [s.label for s in enter("carla").get(f"/opportunities/board/?group={pipeline}").context["plan"].stacks]
    assert labels.index("Prima") < labels.index("Terza")


def test_deal_that_stood_still_too_long_fades(cast, enter):
    deal = sample(get("opportunity"), cast.carla)
    get("opportunity").model.objects.filter(pk=deal.pk).update(stale_at=timezone.now() - timedelta(days=1))
    page = enter("carla").get(f"/opportunities/board/?group={deal.stage.pipeline_id}")
    assert "is-stale" in page.content.decode()


def test_deal_is_moved_by_its_own_action(cast, enter):
    deal = sample(get("opportunity"), cast.carla)
    stage = sample(get("stage"), pipeline=deal.stage.pipeline_id)
    enter("carla").post(
        f"/opportunities/board/move/?group={stage.pipeline_id}", {"id": deal.pk, "column": stage.pk}, **PART
    )
    deal.refresh_from_db()
    assert deal.stage_id == stage.pk
