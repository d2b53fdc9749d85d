"""Django settings: the composition of the house from the validated environment."""

from __future__ import annotations

from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from anello.config import postgres
from anello.config.env import env

BASE_DIR = Path(__file__).resolve().parents[1]

SECRET_KEY = env.secret_key.get_secret_value()
DEBUG = False
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "anello.core.modules",
    "anello.core.events",
    "anello.core.policies",
    "anello.core.actions",
    "anello.core.jobs",
    "anello.core.accounts",
    "anello.core.search",
    "anello.core.files",
    "anello.core.inbox",
    "anello.core.exchange",
    "anello.core.api",
    "anello.core.ui",
    "anello.customers",
    "anello.operations.sales",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "anello.config.urls"
ASGI_APPLICATION = "anello.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]

_url = env.database_url or postgres.start(env.anello_home)
_dsn = conninfo_to_dict(_url)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _dsn.pop("dbname", "anello"),
        "USER": _dsn.pop("user", ""),
        "PASSWORD": _dsn.pop("password", ""),
        "HOST": _dsn.pop("host", ""),
        "PORT": _dsn.pop("port", ""),
        "OPTIONS": {**_dsn, "pool": {"min_size": 1, "max_size": 12, "timeout": 20}},
        "TEST": {"NAME": "test_anello"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"

LANGUAGE_CODE = "it"
LANGUAGES = [("it", "Italiano"), ("en", "English")]
TIME_ZONE = "Europe/Rome"
USE_TZ = True
STATIC_URL = "static/"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
