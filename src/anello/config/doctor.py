"""What an administrator would look at first when something is wrong, and what to do about it."""

from __future__ import annotations

import smtplib
import socket
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection

from anello.config import health
from anello.config.backup import free_bytes
from anello.config.env import env

OLDEST_POSTGRES = 15
LITTLE_SPACE = 2 * 2**30
WORKER_SILENCE_SECONDS = 60
CONSUMER_LAG_SECONDS = 60


@dataclass(frozen=True)
class Finding:
    """One line of the report: `advice` says what to do unless the state is "ok"."""

    subject: str
    state: Literal["ok", "warning", "failed"]
    detail: str
    advice: str = ""


def examine() -> Iterator[Finding]:
    """Everything that can be said; a database that does not answer ends the examination of what lives in it."""
    yield settings_are_safe()
    yield disk_has_space()
    yield time_zone_is_known()
    yield front_end_is_built()
    yield mail_server_answers()
    database = database_answers()
    yield database
    if database.state == "failed":
        return
    pending = migrations_are_applied()
    yield pending
    yield notifications_arrive()
    if pending.state == "ok":
        yield worker_is_alive()
        yield consumers_keep_up()


def settings_are_safe() -> Finding:
    if env.production:
        return Finding("settings", "ok", f"production, {settings.BASE_URL}")
    return Finding("settings", "warning", "development", "For real data, set ANELLO_ENV=production and SECRET_KEY.")


def disk_has_space() -> Finding:
    free = free_bytes(env.anello_home)
    detail = f"{free / 2**30:.1f} GB free for {env.anello_home}"
    return Finding("disk", "ok" if free >= LITTLE_SPACE else "failed", detail, "Free some space or move ANELLO_HOME.")


def time_zone_is_known() -> Finding:
    known = settings.TIME_ZONE in zoneinfo.available_timezones()
    return Finding(
        "time zone", "ok" if known else "failed", settings.TIME_ZONE, "Install the time zones: apt install tzdata"
    )


def front_end_is_built() -> Finding:
    dist = settings.BASE_DIR / "static" / "dist"
    built = dist.is_dir() and any(dist.iterdir())
    return Finding(
        "front end", "ok" if built else "failed", str(dist), "Build it: make run, or npm ci && npm run build."
    )


def mail_server_answers() -> Finding:
    if env.email_url is None:
        return Finding(
            "mail", "warning", f"into files under {settings.EMAIL_FILE_PATH}", "Set EMAIL_URL to send mails."
        )
    try:
        with get_connection():
            return Finding("mail", "ok", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}")
    except (OSError, smtplib.SMTPException, socket.gaierror) as error:
        return Finding("mail", "failed", str(error), "Check EMAIL_URL and that this machine may reach the mail server.")


def database_answers() -> Finding:
    from django.db import OperationalError

    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::int,"
                " pg_size_pretty(pg_database_size(current_database()))"
            )
            number, size = cursor.fetchone()
    except OperationalError as error:
        return Finding("database", "failed", str(error).strip(), "Check DATABASE_URL, and that the server runs.")
    detail = (
        f"PostgreSQL {number // 10000}.{number % 10000}, {size}, {'own server' if env.database_url else 'embedded'}"
    )
    enough = number >= OLDEST_POSTGRES * 10000
    return Finding(
        "database", "ok" if enough else "failed", detail, f"Upgrade to PostgreSQL {OLDEST_POSTGRES} or newer."
    )


def migrations_are_applied() -> Finding:
    missing = health.pending_migrations()
    detail = f"{len(missing)} not applied: {', '.join(missing[:3])}" if missing else "all applied"
    return Finding("migrations", "failed" if missing else "ok", detail, "Run: anello migrate")


def notifications_arrive() -> Finding:
    arrive = health.can_listen()
    detail = "notifications arrive" if arrive else "notifications do not arrive"
    advice = "A pooler in transaction mode swallows them: connect to PostgreSQL directly or in session mode."
    return Finding("LISTEN", "ok" if arrive else "failed", detail, advice)


def worker_is_alive() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)",
            [WORKER_SILENCE_SECONDS],
        )
        (alive,) = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()"
        )
        (waiting,) = cursor.fetchone()
    state: Literal["ok", "failed"] = "ok" if alive else "failed"
    return Finding("job worker", state, f"{alive} alive, {waiting} jobs waiting", "Start it: anello run")


def consumers_keep_up() -> Finding:
    from anello.core.events.consumers import lags

    behind = [lag for lag in lags() if lag.error or (lag.events and lag.seconds > CONSUMER_LAG_SECONDS)]
    if not behind:
        return Finding("event consumers", "ok", f"{len(lags())} up to date")
    detail = "; ".join(f"{lag.consumer}: {lag.events} events behind {lag.error}".strip() for lag in behind)
    return Finding("event consumers", "failed", detail, "Start them: anello run. After an error, see their log.")
