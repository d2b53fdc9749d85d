"""`/healthz` (this process answers) and `/readyz` (it can serve people), for load balancers and the supervisor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse


class HealthMiddleware:
    """Answers the two probes before host checks, redirects and request logs, which would stand in their way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path == "/readyz":
            problems = readiness()
            return JsonResponse(
                {"status": "ready" if not problems else "not ready", "problems": problems},
                status=503 if problems else 200,
            )
        return self.get_response(request)


def readiness() -> list[str]:
    """Why this process cannot serve people yet; empty when it can."""
    try:
        if missing := pending_migrations():
            return [f"{len(missing)} migrations are not applied: run anello migrate"]
        return [] if can_listen() else ["the database does not deliver notifications (LISTEN)"]
    except (DatabaseError, psycopg.Error) as error:
        return [f"the database does not answer: {type(error).__name__}"]


def pending_migrations() -> list[str]:
    """Names of migrations that the code has and the database has not."""
    executor = MigrationExecutor(connection)
    return [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def can_listen() -> bool:
    """Whether a notification sent on a fresh connection comes back, which poolers in transaction mode prevent."""
    with psycopg.connect(**connection_parameters(), autocommit=True, connect_timeout=5) as direct:
        direct.execute("LISTEN anello_ready")
        direct.execute("NOTIFY anello_ready")
        return any(True for _ in direct.notifies(timeout=2, stop_after=1))


def connection_parameters() -> dict[str, Any]:
    """What psycopg needs for a connection of its own to Django's database."""
    parameters = connection.get_connection_params()
    return {name: value for name, value in parameters.items() if name not in ("cursor_factory", "context")}
