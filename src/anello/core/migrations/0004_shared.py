"""A cache that all processes share (replay protection of one-time codes), and an index for reading events by time."""

from django.db import migrations

CACHE = """
CREATE UNLOGGED TABLE cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX cache_expires ON cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_idempotencykey")]
    operations = [
        migrations.RunSQL(CACHE, "DROP TABLE cache"),
        migrations.RunSQL("CREATE INDEX event_at ON event USING brin (at)", "DROP INDEX event_at"),
    ]
