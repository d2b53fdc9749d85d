"""Settings of an installation, read from the environment and `.env`, validated at start.

Every field is one environment variable (its upper-case name). `docs/operations.md` and `.env.example` list them all.
"""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from babel.numbers import is_currency
from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[3]
DEVELOPMENT_SECRET = "development-only-secret-change-me-in-production"  # noqa: S105 refused in production
SECRET_LENGTH = 40
NOT_SETTINGS = {"ANELLO_TEST_ALL"}  # variables of the test suite that share our prefix


def _empty_is_unset(value: Any) -> Any:
    return None if value == "" else value


def _postgres_url(value: str) -> str:
    if urlsplit(value).scheme not in ("postgresql", "postgres"):
        raise ValueError("must start with postgresql://")
    return value


def _web_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("must be http:// or https:// and a host name, without a path")
    return value.rstrip("/")


def _mail_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtp+tls", "smtps") or not parts.hostname:
        raise ValueError("must start with smtp://, smtp+tls:// (STARTTLS) or smtps:// and name a host")
    return value


def _currency(value: str) -> str:
    if not is_currency(value.upper()):
        raise ValueError("must be a currency's three letters (ISO 4217)")
    return value.upper()


Unset = BeforeValidator(_empty_is_unset)


class Environment(BaseSettings):
    """What an administrator may set."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore")

    anello_home: Annotated[Path, AfterValidator(lambda value: ROOT / value)] = Field(
        default=ROOT / "var",
        description="Folder of the embedded database, files, mail and logs",
        examples=["/srv/anello"],
    )
    anello_env: Literal["development", "production"] = Field(
        default="development", description="`production` refuses unsafe settings", examples=["production"]
    )
    secret_key: SecretStr = Field(
        default=SecretStr(DEVELOPMENT_SECRET),
        min_length=SECRET_LENGTH,
        description="Signs sessions and tokens",
        examples=["$(openssl rand -base64 48)"],
    )
    anello_debug: bool = Field(
        default=False, description="Error pages with source code, in development", examples=["true"]
    )
    host: str = Field(default="127.0.0.1", description="Address the web server listens on", examples=["0.0.0.0"])  # noqa: S104
    port: int = Field(default=8000, ge=1, le=65535, description="Port the web server listens on", examples=["8000"])
    base_url: Annotated[str | None, AfterValidator(lambda value: value and _web_url(value)), Unset] = Field(
        default=None,
        description="Address people type, used in mails and for security",
        examples=["https://crm.example.com"],
    )
    database_url: Annotated[str | None, AfterValidator(lambda value: value and _postgres_url(value)), Unset] = Field(
        default=None,
        description="A PostgreSQL server of your own (15 or newer) instead of the embedded one",
        examples=["postgresql://anello:password@db.example.com/anello"],
    )
    database_pool: int = Field(
        default=10, ge=1, le=200, description="Most database connections of one web process", examples=["10"]
    )
    anello_pg_bin: Annotated[Path | None, Unset] = Field(
        default=None,
        description="Folder of PostgreSQL programs to use instead of the packaged ones",
        examples=["/usr/lib/postgresql/17/bin"],
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description="Proxies in front of Anello whose X-Forwarded-For tells who is calling",
        examples=["1"],
    )
    anello_workers: int = Field(default=2, ge=1, le=64, description="Web processes", examples=["2"])
    anello_attachment_mb: int = Field(
        default=25, ge=1, le=2048, description="Largest file that can be attached to a record, in MB", examples=["25"]
    )
    anello_import_files_days: int = Field(
        default=30, ge=1, description="Days to keep the copy of an imported file after its import", examples=["30"]
    )
    anello_export_files_days: int = Field(
        default=7, ge=1, description="Days for which the file of a large export can be downloaded", examples=["7"]
    )
    anello_warehouse_mb: int = Field(
        default=1500,
        ge=256,
        description="Memory that a load of the warehouse, or a question to it, may take, in MB",
        examples=["4000"],
    )
    base_currency: Annotated[str, AfterValidator(_currency)] = Field(
        default="EUR", description="Currency in which purchases are added up (ISO 4217)", examples=["USD"]
    )
    anello_slow_ms: int = Field(
        default=1000,
        ge=1,
        description="Requests slower than this many milliseconds are logged as slow",
        examples=["1000"],
    )
    anello_log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important messages to log", examples=["info"]
    )
    api_requests_per_minute: int = Field(
        default=12_000, ge=1, description="Requests that one caller of the API may make in a minute", examples=["600"]
    )
    api_burst: int = Field(
        default=1000, ge=1, description="Requests that one caller of the API may make at once", examples=["60"]
    )
    webhooks_to_private_networks: bool = Field(
        default=False, description="Webhooks may call addresses in private networks", examples=["true"]
    )
    email_url: Annotated[str | None, AfterValidator(lambda value: value and _mail_url(value)), Unset] = Field(
        default=None,
        description="Mail server; unset writes mails to files under var/mail",
        examples=["smtp+tls://user:password@mail.example.com:587"],
    )
    email_from: str = Field(
        default="Anello <anello@localhost>", description="Sender of mails", examples=["Anello <crm@example.com>"]
    )
    email_domain_per_minute: int = Field(
        default=60, ge=1, description="Marketing e-mails that one domain is sent in a minute", examples=["60"]
    )
    email_weekly_limit: int = Field(
        default=2, ge=1, description="Marketing e-mails that one person gets in seven days", examples=["2"]
    )

    @property
    def production(self) -> bool:
        """Whether this is a production installation."""
        return self.anello_env == "production"

    @model_validator(mode="after")
    def _safe_in_production(self) -> Environment:
        if not self.production:
            return self
        problems = []
        if self.secret_key.get_secret_value() == DEVELOPMENT_SECRET:
            problems.append("SECRET_KEY: must be set in production. Example: SECRET_KEY=$(openssl rand -base64 48)")
        if self.base_url is None:
            problems.append("BASE_URL: must be set in production. Example: BASE_URL=https://crm.example.com")
        elif not self.base_url.startswith("https://") and urlsplit(self.base_url).hostname not in (
            "localhost",
            "127.0.0.1",
        ):
            problems.append("BASE_URL: must be https:// in production. Example: BASE_URL=https://crm.example.com")
        if self.anello_debug:
            problems.append("ANELLO_DEBUG: shows source code to visitors, so it must be off in production.")
        if problems:
            raise ValueError("\n".join(problems))
        return self


def load() -> Environment:
    """The validated settings. Wrong ones end the program with exit code 2 and one line per mistake on stderr."""
    problems = _misspelt()
    try:
        environment = Environment()
    except ValidationError as error:
        problems += _messages(error)
    if problems:
        sys.stderr.write("Anello cannot start, because of its settings (environment or .env):\n")
        sys.stderr.writelines(f"  {line}\n" for line in problems)
        raise SystemExit(2)
    return environment


def _messages(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors():
        message = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            lines += message.splitlines()
            continue
        name = str(problem["loc"][0])
        field = Environment.model_fields[name.lower()]
        given = (
            ""
            if field.annotation is SecretStr or "password" in str(field.examples)
            else f" (it is {problem['input']!r})"
        )
        example = (field.examples or [""])[0]
        lines.append(f"{name.upper()}: {message[0].lower()}{message[1:]}{given}. Example: {name.upper()}={example}")
    return lines


def _misspelt() -> list[str]:
    """Unknown ANELLO_ variables: a misspelt setting that is silently ignored costs an evening."""
    known = {name.upper() for name in Environment.model_fields}
    given = {*os.environ, *dotenv_values(ROOT / ".env")}
    problems = []
    for name in sorted(name for name in given if name.startswith("ANELLO_") and name not in known | NOT_SETTINGS):
        close = difflib.get_close_matches(name, known, n=1)
        problems.append(f"{name}: there is no such setting." + (f" Did you mean {close[0]}?" if close else ""))
    return problems


env = load()
