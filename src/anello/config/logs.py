"""Structured logs: one JSON object a line in production, readable lines in development; one record a request."""

from __future__ import annotations

import logging.config
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

logger = structlog.get_logger("anello.request")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def configure(*, json: bool, level: str) -> None:
    """Send everything that Python or structlog logs to stderr in one format."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.ExtraAdder(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structured": _formatter(shared, json=json)},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": level.upper()},
            # The request record says it already; at INFO Procrastinate logs every poll's job twice.
            "loggers": {"django.request": {"level": "ERROR"}, "procrastinate": {"level": "WARNING"}},
        }
    )


def granian(*, json: bool) -> dict[str, Any]:
    """Logging of the web server's own messages, before and around the application's."""
    stamp = structlog.processors.TimeStamper(fmt="iso")
    chain: list[Any] = [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, stamp]
    return {
        "formatters": {"structured": _formatter(chain, json=json)},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "loggers": {"_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
    }


def _formatter(chain: list[Any], *, json: bool) -> dict[str, Any]:
    rendering: list[Any]
    if json:
        # Without the values of variables: among them are passwords and tokens.
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        rendering = [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]
    else:
        rendering = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": chain,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    }


class Queries:
    """Counts the statements of one request, and the seconds they took."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - started


class RequestLogMiddleware:
    """Gives each request an id (or takes the proxy's X-Request-ID); logs what it was, for whom, how long it took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        started, queries = time.perf_counter(), Queries()
        with structlog.contextvars.bound_contextvars(request_id=request_id), connection.execute_wrapper(queries):
            response = self.get_response(request)
            milliseconds = round((time.perf_counter() - started) * 1000)
            response["X-Request-ID"] = request_id
            if not settings.PRODUCTION:
                timing = f'db;desc="{queries.count} queries";dur={queries.seconds * 1000:.1f}, app;dur={milliseconds}'
                response["Server-Timing"] = timing
            if not request.path.startswith(settings.STATIC_URL):
                self._log(request, response, milliseconds, queries.count)
        return response

    @staticmethod
    def _log(request: HttpRequest, response: HttpResponse, milliseconds: int, queries: int) -> None:
        user = getattr(request, "_cached_user", None)  # only if the view needed it: logging must not cost a query
        slow = milliseconds >= settings.SLOW_REQUEST_MS
        log = logger.warning if slow or response.status_code >= 500 else logger.info
        log(
            "slow request" if slow else "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=milliseconds,
            queries=queries,
            user=user.pk if user is not None else None,
        )
