"""People as the warehouse has them now, in the form in which they are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anello import warehouse

if TYPE_CHECKING:
    import pyarrow as pa

_TEXTS = ("first_name", "last_name", "city", "street")
_CODES = ("tax_code", "external_id")

_QUERY = f"""
WITH reached AS (
    SELECT person_id AS id, kind, lower(trim(value)) AS value FROM main.customers_contactpoint
    WHERE deleted_at IS NULL AND person_id IS NOT NULL AND kind IN ('email', 'phone', 'mobile')
),
further AS (
    SELECT id, list(DISTINCT value) FILTER (kind = 'email') AS emails,
        list(DISTINCT value) FILTER (kind <> 'email') AS phones
    FROM reached GROUP BY id
)
SELECT p.id, p.version,
    {", ".join(f"nullif(trim(strip_accents(lower({name}))), '') AS {name}" for name in _TEXTS)},
    {", ".join(f"nullif(upper(trim({name})), '') AS {name}" for name in _CODES)},
    CAST(p.birth_date AS VARCHAR) AS birth_date, p.organisation_id AS organisation,
    list_distinct(list_filter(list_concat([lower(p.email)], coalesce(f.emails, [])), x -> x <> '')) AS emails,
    list_distinct(list_filter(list_concat([p.mobile, p.phone], coalesce(f.phones, [])), x -> x <> '')) AS phones
FROM main.customers_person p LEFT JOIN further f USING (id) WHERE p.deleted_at IS NULL ORDER BY p.id
"""


def people() -> pa.Table:
    """One row per living person: id, version, names, places and codes in normal form (null: empty), birth_date as ISO
    text, organisation, and lists of emails and phones. Empty (the error) before the first load.

    Lists have the person's own value first.
    """
    return warehouse.sql(_QUERY)
