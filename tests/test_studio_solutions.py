"""A file that brings a whole module: its fields in any order, what joins it to others, and who may work with it."""

from __future__ import annotations

import re
import threading

import pytest
from django.db import connection

from anello.core.accounts.models import Role
from anello.core.actions import Invalid, run
from anello.core.modules import get
from anello.core.modules.registry import names
from anello.core.studio.models import CustomField, CustomModule, Shape
from anello.core.studio.solutions import things
from anello.core.studio.solutions.models import Solution
from tests.database import ROOT

pytestmark = pytest.mark.django_db

FILE = """\
solution: 1
name: Noleggi
modules:
  x_rental:
    {label_it: Noleggio, plural_it: Noleggi, label_en: Rental, plural_en: Rentals, icon: truck, area: custom}
  x_machine:
    {label_it: Macchina, plural_it: Macchine, label_en: Machine, plural_en: Machines, icon: box, area: custom}
  x_crew:
    {label_it: Addetto, plural_it: Addetti, label_en: Operator, plural_en: Operators, links: [x_machine, person],
     icon: users, area: custom}
fields:
  organisation:
    x_rented: {kind: rollup, label_it: Noleggiato, label_en: Rented, source: x_rental.x_customer, function: sum,
               of: x_amount, filter: {field: x_state, op: in, value: [closed]}}
  x_rental:
    x_amount: {kind: formula, label_it: Importo, label_en: Amount, formula: "x_days * x_machine.x_rate"}
    x_customer: {kind: link, to: organisation, label_it: Cliente, label_en: Customer}
    x_days: {kind: integer, label_it: Giorni, label_en: Days, least: 1}
    x_machine: {kind: link, to: x_machine, label_it: Macchina, label_en: Machine, required: true}
    x_outcome:
      kind: choice
      label_it: Esito
      label_en: Outcome
      depends_on: x_state
      options:
        - {value: fine, it: A posto, en: Fine, color: green, when: [closed]}
        - {value: damaged, it: Danneggiata, en: Damaged, color: red, when: [closed]}
    x_state:
      kind: choice
      label_it: Stato
      label_en: State
      options:
        - {value: out, it: Fuori, en: Out, color: amber}
        - {value: closed, it: Chiuso, en: Closed, color: green}
  x_machine:
    x_rate: {kind: money, label_it: Tariffa, label_en: Rate}
    x_serial: {kind: autonumber, label_it: Matricola, label_en: Serial number, numbering: "M-{seq:04}"}
roles:
  renter:
    name_it: Noleggiatore
    name_en: Renter
    areas: {custom: user, customers: user}
    grants: {x_machine: {view: all, edit: all}}
    fields: {x_machine: {x_rate: read}}
"""


def everything():
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
        columns = set(cursor.fetchall())
    return (
        columns,
        list(CustomModule.everything.order_by("pk").values()),
        list(CustomField.everything.order_by("pk").values()),
        list(Role.objects.order_by("pk").values()),
        list(Shape.objects.values()),
        Solution.everything.count(),
    )


def test_a_module_comes_with_its_fields_in_one_file(cast, anna, studio):
    run("solution.import", {"file": FILE}, anna)
    studio()
    cast.elena.roles.add(Role.objects.get(key="renter"))
    elena = cast.ctx("elena")
    acme = run("organisation.create", {"name": "Acme Srl"}, elena)
    digger = run("x_machine.create", {"name": "Escavatore", "x_rate": "80"}, anna)
    rental = {"name": "Cantiere", "x_machine": digger.pk, "x_customer": acme.pk, "x_days": 3, "x_state": "closed"}
    made = run("x_rental.create", rental | {"x_outcome": "fine"}, elena)
    acme.refresh_from_db()
    assert (digger.x_serial, made.x_amount, acme.x_rented) == ("M-0001", 240, 240)
    ada = run("person.create", {"last_name": "Bianchi"}, elena)
    assert run("x_crew.create", {"first": digger.pk, "second": ada.pk}, anna).title == "Escavatore – Bianchi"
    with pytest.raises(Invalid):
        run("x_rental.create", rental | {"x_state": "out", "x_outcome": "fine"}, elena)
    with pytest.raises(Invalid):
        run("x_machine.update", {"x_rate": "1"}, elena, target=digger)


def test_the_example_of_the_guide_is_one(anna):
    (example,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/guide/studio.md").read_text(), re.DOTALL)
    run("solution.import", {"file": example}, anna)
    assert CustomField.objects.get(name="x_price").result == "number"


def test_until_it_is_there_no_process_knows_of_it(anna, studio):
    """What the gesture sees is its own: the modules of the process are as before, during it and without it."""
    before = names(), [f.name for f in get("organisation").fields]
    seen = []

    def elsewhere():
        seen.append((names(), [f.name for f in get("organisation").fields]))

    real = things.put

    def put(*given):
        made = real(*given)
        assert get("x_rental").has("x_amount")
        other = threading.Thread(target=elsewhere)
        other.start()
        other.join()
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(things, "put", put)
        run("solution.import", {"file": FILE}, anna)
    assert seen == [before]
    assert (names(), [f.name for f in get("organisation").fields]) == before
    assert all(f.module is get("organisation") for f in get("organisation").fields)


def test_what_is_exported_of_it_makes_the_same_elsewhere(anna, studio):
    run("solution.import", {"file": FILE}, anna)
    studio()
    text = things.write("Copy", lambda part, key: part.name in ("modules", "fields") or key == ("renter",))
    assert {thing.state for thing in things.compare(text).things} == {"same"}
    made = Solution.objects.get()
    run("solution.roll_back", {}, anna, target=made)
    studio()
    assert not names() & {"x_rental", "x_machine", "x_crew"}
    run("solution.import", {"file": text}, anna)
    studio()
    assert get("x_rental").has("x_amount")


def test_rolled_back_and_imported_again_the_records_are_there(cast, anna, studio):
    made = run("solution.import", {"file": FILE}, anna)
    studio()
    digger = run("x_machine.create", {"name": "Escavatore", "x_rate": "80"}, anna)
    run("solution.roll_back", {}, anna, target=made)
    studio()
    assert "x_machine" not in names()
    assert not get("organisation").has("x_rented")
    assert not Role.objects.filter(key="renter").exists()
    run("solution.import", {"file": FILE}, anna)
    studio()
    assert get("x_machine").model.objects.get().x_serial == digger.x_serial


def test_a_change_that_uses_what_came_with_it_is_taken_back_first(anna, studio):
    run("solution.import", {"file": FILE}, anna)
    studio()
    more = FILE.replace('"x_days * x_machine.x_rate"', '"x_days * x_machine.x_rate * x_factor"').replace(
        "    x_days:", "    x_factor: {kind: decimal, label_it: Fattore, label_en: Factor}\n    x_days:"
    )
    made = run("solution.import", {"file": more}, anna)
    assert {name for part in made.after.values() for name in part} == {"x_rental/x_amount", "x_rental/x_factor"}
    run("solution.roll_back", {}, anna, target=made)
    assert CustomField.objects.get(name="x_amount").formula == "x_days * x_machine.x_rate"
    assert not CustomField.objects.filter(name="x_factor").exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("x_rental:\n    {", "rental:\n    {", 4, "x_"),
        ("icon: truck", "icon: unicorn", 5, ""),
        ("icon: truck", "icons: truck", 5, "sconosciuto"),
        ("plural_it: Macchine", "plural_it: Persone", 7, "già"),
        ("links: [x_machine, person]", "links: [x_machine, unicorn]", 9, "x_machine"),
        ("x_days * x_machine", "x_dais * x_machine", 16, "carattere 1"),
        ("x_days * x_machine", "x_days * x_state", 16, "carattere"),
        ('"x_days * x_machine.x_rate"', '"x_amount + 1"', 16, "carattere 1"),
        ("to: x_machine", "to: x_unicorn", 19, "modulo"),
        ("depends_on: x_state", "depends_on: x_days", 24, "scelta"),
        ("source: x_rental.x_customer", "source: x_rental.x_days", 13, "x_rental.x_customer"),
        ("grants: {x_machine", "grants: {x_unicorn", 43, "Modulo"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_changes_nothing(anna, old, new, line, words):
    assert old in FILE
    before = everything()
    with pytest.raises(Invalid) as refused:
        run("solution.import", {"file": FILE.replace(old, new, 1)}, anna)
    said = refused.value.errors["file"]
    assert any(message.startswith(f"Riga {line},") and words in message for message in said), said
    assert everything() == before


def test_of_what_belongs_to_a_broken_module_nothing_is_said(anna):
    with pytest.raises(Invalid) as refused:
        run("solution.import", {"file": FILE.replace("icon: truck", "icon: unicorn")}, anna)
    assert not [message for message in refused.value.errors["file"] if "fields › x_rental" in message]


def test_checking_touches_no_table(anna):
    before = everything()
    assert things.rehearse(FILE).troubles == []
    assert everything() == before


def test_tables_are_changed_when_everything_else_is_done(anna, monkeypatch):
    """Nobody waits for `organisation` while the rest of a file is put into place."""
    held = []
    real = things.put

    def put(*given):
        made = real(*given)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relation::regclass::text FROM pg_locks WHERE pid = pg_backend_pid() "
                "AND mode = 'AccessExclusiveLock' AND relation IS NOT NULL"
            )
            held.extend(cursor.fetchall())
        return made

    monkeypatch.setattr(things, "put", put)
    run("solution.import", {"file": FILE}, anna)
    assert held == []


def test_the_record_with_which_a_link_begins_stays_here(cast, anna, add):
    first = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    link = add(kind="link", label="Presentato da", to="person", initial=str(first.pk))
    text = things.write("Copy", lambda part, key: part.name == "fields")
    assert "initial" not in text
    assert [thing.state for thing in things.compare(text).things] == ["same"]
    run("solution.import", {"file": text.replace("label_en: Presentato da", "label_en: Introduced by")}, anna)
    link.refresh_from_db()
    assert (link.label_en, link.initial) == ("Introduced by", str(first.pk))
    with pytest.raises(Invalid, match="collegamento"):
        run("solution.import", {"file": text.replace("kind: link", "kind: link\n      initial: '7'")}, anna)
