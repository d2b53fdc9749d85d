"""The whole OpenAPI, attacked with generated requests: no 5xx, and answers as described."""

from __future__ import annotations

import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from anello.core.actions import run
from anello.core.api.urls import api, description

pytestmark = pytest.mark.django_db

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]
SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(description(api), default=str)))
SCHEMA.app = get_wsgi_application()
OPERATIONS = {f"{o.ok().method.upper()} {o.ok().path}": o.ok() for o in SCHEMA.get_all_operations()}


@pytest.fixture
def one_connection():
    """The application's requests run in the test's own transaction, as the test client does it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_request_breaks_the_server(operation, cast, settings, one_connection):
    settings.API_REQUESTS_PER_MINUTE = settings.API_BURST = 10**6
    headers = {"Authorization": f"Bearer {run('token.issue', {}, cast.ctx('anna'))}"}

    @effort(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=OPERATIONS[operation].as_strategy())
    def attack(case):
        case.call_and_validate(checks=CHECKS, headers=headers)

    attack()
