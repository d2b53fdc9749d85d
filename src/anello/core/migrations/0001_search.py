"""Extensions and the function that makes a full-text document: whole words for prefixes, Italian stems for meaning."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations

DOCUMENT = """
CREATE FUNCTION anello_document(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT to_tsvector('pg_catalog.simple', words) || to_tsvector('pg_catalog.italian', words) $$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        TrigramExtension(),
        BtreeGistExtension(),
        migrations.RunSQL(DOCUMENT, "DROP FUNCTION anello_document(text)"),
    ]
