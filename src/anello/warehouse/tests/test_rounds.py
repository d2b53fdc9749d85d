"""Outside sources are read when it is their time, or when somebody asks; who fails says why until it is put right."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from procrastinate.contrib.django.models import ProcrastinateJob

from anello.core.actions import Invalid, run
from anello.warehouse import jobs, mappings, rounds
from anello.warehouse.errors import Broken

COLUMNS = """
currency = "EUR"
[columns]
purchase_id = "id"
at = "day"
amount = "net"
email = "who"
"""


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def declare(name, text):
    mappings.folder().mkdir(parents=True, exist_ok=True)
    (mappings.folder() / f"{name}.toml").write_text(text + COLUMNS)


def here(password=""):
    """The address of the tests' PostgreSQL."""
    given = connection.get_connection_params()
    user = f"{given['user']}:{password}@" if password else f"{given['user']}@"
    return f"postgresql://{user}/{given['dbname']}?host={quote(given['host'], safe='')}&port={given.get('port', '')}".removesuffix(
        "&port="
    )


def opened(user):
    client = Client()
    client.force_login(user)
    type(user).objects.filter(pk=user.pk).update(language="en")
    return client.get("/warehouse/").content.decode()


def waiting():
    found = ProcrastinateJob.objects.filter(status="todo", task_name=jobs.load_source.name)
    return sorted(job.args["name"] for job in found)


def test_another_database_is_asked_through_adbc_and_what_is_wrong_with_it_said(cast, warehouse):
    run("person.create", {"last_name": "Rossi", "email": "rossi@example.com"}, cast.ctx("carla"))
    warehouse.load()
    rows = (
        "(1, timestamptz '2026-03-01 23:30+00', 12.50::numeric(10,2), 'Rossi@example.com'), "
        "(2, timestamptz '2026-03-02 10:00+02', -2.5, 'rossi@example.com')"
    )
    query = f"SELECT * FROM (VALUES {rows}) AS t (id, day, net, who)"
    declare("erp", f'database = "{here()}"\nquery = """{query.replace("net,", "total,")}"""\n')
    with pytest.raises(Broken, match=r"erp lacks the columns net; it has .*total"):
        rounds.read("erp")
    declare("erp", f'database = "{here()}"\nquery = "SELECT nothing"\n')
    with pytest.raises(Broken, match="nothing"):
        rounds.read("erp")
    declare("erp", 'database = "postgresql://reader:Sup3r-secret@/shop?host=/nowhere"\nquery = "SELECT 1"\n')
    with pytest.raises(Broken, match="nowhere"):
        rounds.read("erp")
    page = opened(cast.ivo)
    assert "/nowhere" in page
    assert "Sup3r-secret" not in page
    assert warehouse.sql("SELECT * FROM mart.purchase").num_rows == 0
    declare("erp", f'database = "{here()}"\nquery = """{query}"""\n')
    assert rounds.read("erp").rows == 2
    found = warehouse.sql(
        "SELECT CAST(day AS VARCHAR) AS day, CAST(amount AS DOUBLE) AS net FROM mart.purchase ORDER BY ALL"
    )
    assert [tuple(row.values()) for row in found.to_pylist()] == [("2026-03-02", -2.5), ("2026-03-02", 12.5)]
    page = opened(cast.ivo)
    assert "/nowhere" not in page
    assert "Nothing was taken</span>" not in page


def test_a_file_that_cannot_be_read_is_told_whatever_is_wrong_with_it(cast, warehouse, tmp_path):
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and then nothing")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "odd.csv").write_text("id,day,net,who\n1,2026-03-01,5,rossi@example.com\n")
    for name, text in {
        "torn": f'file = "{tmp_path}/torn.parquet"\n',
        "folder": f'file = "{tmp_path}/folder.csv"\n',
        "odd": f'file = "{tmp_path}/odd.csv"\ndate = "%Q"\n',
    }.items():
        declare(name, text)
        with pytest.raises(Broken, match=r"cannot be read: .*See whether"):
            rounds.read(name)
    page = opened(cast.ivo)
    assert all(f"{name} " in page or name in page for name in ("torn.parquet", "folder.csv", "odd.csv"))


def test_sources_are_read_at_their_moment_and_at_no_other(cast, warehouse, tmp_path):
    declare("shop", f'file = "{tmp_path}/none.csv"\nschedule = "0 * * * *"\n')
    declare("till", f'file = "{tmp_path}/none.csv"\n')
    declare("wrong", "file = 3\n")
    assert rounds.due() == []
    [shop, till, wrong] = rounds.rounds()
    assert (till.following, wrong.source) == (None, None)
    assert "file" in wrong.wrong.en
    now = timezone.now()
    assert now < shop.following <= now + dt.timedelta(hours=1)
    with pytest.raises(Broken, match="There is no file"):
        rounds.read("shop")
    state = mappings.folder() / "shop.json"
    state.write_text(state.read_text().replace(f'"at": "{now.year}', f'"at": "{now.year - 1}'))
    assert rounds.due() == ["shop"]
    for _ in range(2):
        jobs.make_rounds(0)
    assert waiting() == ["shop"]


def test_managers_load_a_source_from_the_page_and_see_why_it_failed(cast, warehouse, tmp_path):
    declare("shop", f'file = "{tmp_path}/none.csv"\n')
    with pytest.raises(Broken):
        rounds.read("shop")
    page = opened(cast.ivo)
    assert "There is no file" in page
    assert 'name="source" value="shop"' in page
    assert 'name="source" value="shop"' not in opened(cast.bruno)
    client = Client()
    client.force_login(cast.ivo)
    client.post("/warehouse/load/", {"source": "shop"})
    assert waiting() == ["shop"]
    with pytest.raises(Invalid):
        run("warehouse.load", {"source": "../../etc"}, cast.ctx("ivo"))
