"""Failures that a command reports in one line because the message already says what to do."""

from __future__ import annotations

import psycopg

from anello.config.backup import BackupError
from anello.config.demo import DemoError
from anello.config.postgres import PostgresError
from anello.config.supervisor import SupervisorError
from anello.warehouse.errors import WarehouseError


class CommandError(Exception):
    """The command cannot do what was asked; the message says why."""


EXPECTED = (
    CommandError,
    PostgresError,
    SupervisorError,
    BackupError,
    DemoError,
    WarehouseError,
    psycopg.OperationalError,
)
