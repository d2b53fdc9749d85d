"""Settings are checked at start: one line for each mistake, exit code 2, and no unsafe production."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECRET = "0123456789" * 5
PRODUCTION = {"ANELLO_ENV": "production", "SECRET_KEY": SECRET, "BASE_URL": "https://crm.example.com"}


def load(code: str = "print('started')", **settings: str) -> subprocess.CompletedProcess[str]:
    """Start a process with these settings and nothing else."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), **settings}
    command = [sys.executable, "-c", f"from anello.config import settings; {code}"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_every_wrong_setting_has_its_own_line_with_an_example() -> None:
    done = load(PORT="eighty", DATABASE_URL="mysql://somewhere/x", EMAIL_URL="pigeon://post")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    lines = [line.strip() for line in done.stderr.splitlines()]
    for name, example in (("PORT", "PORT=8000"), ("DATABASE_URL", "postgresql://"), ("EMAIL_URL", "smtp+tls://")):
        assert any(line.startswith(f"{name}:") and example in line for line in lines), lines


def test_a_misspelt_setting_is_not_ignored() -> None:
    done = load(ANELLO_WORKRES="4")
    assert done.returncode == 2
    assert "Did you mean ANELLO_WORKERS?" in done.stderr


def test_a_password_in_a_wrong_setting_is_not_shown() -> None:
    done = load(DATABASE_URL="mysql://anello:hunter2@db/x", SECRET_KEY="short-secret")
    assert done.returncode == 2
    assert "hunter2" not in done.stderr
    assert "short-secret" not in done.stderr


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"SECRET_KEY": "development-only-secret-change-me-in-production"}, "SECRET_KEY"),
        ({"BASE_URL": ""}, "BASE_URL"),
        ({"BASE_URL": "http://crm.example.com"}, "https"),
        ({"ANELLO_DEBUG": "1"}, "ANELLO_DEBUG"),
    ],
)
def test_production_refuses_what_is_unsafe(change: dict[str, str], complaint: str) -> None:
    done = load(**PRODUCTION | change)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_production_over_https_protects_cookies_and_hosts() -> None:
    code = (
        "print(settings.SESSION_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS[0], settings.DEBUG)"
    )
    assert load(code, **PRODUCTION).stdout.strip() == "True True crm.example.com False"


def test_logs_of_failures_in_production_hold_no_values_of_variables() -> None:
    code = (
        "import logging\ndef sign_in(password):\n    raise ValueError('no')\n"
        "try:\n    sign_in('hunter' + str(2))\nexcept ValueError:\n    logging.getLogger('x').exception('failed')"
    )
    logged = load(f"\n{code}", **PRODUCTION).stderr
    (record,) = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    assert record["exception"][0]["frames"][-1]["name"] == "sign_in"
    assert "hunter2" not in logged


def test_every_setting_is_documented() -> None:
    from anello.config.env import Environment

    for document in (ROOT / "docs" / "operations.md", ROOT / ".env.example"):
        text = document.read_text()
        missing = [name.upper() for name in Environment.model_fields if name.upper() not in text]
        assert not missing, document
