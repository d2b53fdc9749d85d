"""Settings of an installation, read from the environment and `.env`, validated at start."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[3]
DEVELOPMENT_SECRET = "development-only-secret-change-me-in-production"  # noqa: S105 refused in production


class Environment(BaseSettings):
    """What an administrator may set; names are the upper-case field names (`ANELLO_` prefix where given)."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    anello_home: Path = Field(default=ROOT / "var", description="folder for the embedded database and files")
    anello_env: Literal["development", "production"] = "development"
    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    database_url: str | None = Field(default=None, description="postgresql://… ; unset means the embedded server")
    port: int = Field(default=8000, ge=1, le=65535)
    host: str = "127.0.0.1"
    base_url: str | None = None
    email_url: str | None = Field(default=None, description="smtp://user:password@host:port ; unset writes to var/mail")
    email_from: str = "Anello <anello@localhost>"


env = Environment()
