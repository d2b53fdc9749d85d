"""Django settings: the composition of the house from the validated environment (`env.py`)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF

from anello.config import database, logs
from anello.config.env import env
from anello.config.postgres import Server

# Generic types of Django's classes, at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[1]

SECRET_KEY = env.secret_key.get_secret_value()
DEBUG = env.anello_debug
PRODUCTION = env.production
BASE_URL = env.base_url or f"http://localhost:{env.port}"
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = [str(urlsplit(BASE_URL).hostname), "localhost", "127.0.0.1", "[::1]"] if env.production else ["*"]

INSTALLED_APPS = [
    "anello.core",
    "anello.core.accounts",
    "anello.core.files",
    "anello.core.inbox",
    "anello.core.exchange",
    "anello.core.api",
    "anello.core.studio",
    "anello.core.studio.solutions",
    "anello.core.ui",
    "anello.customers",
    "anello.customers.activities",
    "anello.operations.sales",
    "anello.operations.marketing",
    "anello.warehouse",
    "anello.intelligence.segments",
    "anello.intelligence.lifecycle",
    "anello.intelligence.reports",
    "anello.intelligence.worth",
    "anello.intelligence.value",
    "anello.intelligence.learning",
    "anello.intelligence.identity",
    "anello.decisions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "ninja",
    "csp",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "anello.config.health.HealthMiddleware",
    "anello.config.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "anello.config.static.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "anello.core.accounts.middleware.ActorMiddleware",
    "anello.core.accounts.middleware.SignInMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "anello.core.accounts.middleware.SeenMiddleware",
    "anello.core.accounts.elevation.ElevationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "anello.core.ui.toasts.ShellMiddleware",
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
                "anello.core.ui.shell.context.shell",
                "anello.core.accounts.elevation.banner",
                "anello.core.accounts.viewing.banner",
            ],
        },
    },
]

# Data

DATABASES = {
    "default": database.settings(
        env.database_url or Server(env.anello_home).url(), pool=env.database_pool, test_name="test_anello"
    )
}
# In PostgreSQL, because every process must see it: a one-time code that one web process took is used for all.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
MEDIA_ROOT = env.anello_home / "files"
ATTACHMENT_MAX_BYTES = env.anello_attachment_mb * 2**20
IMPORT_FILES_DAYS, EXPORT_FILES_DAYS = env.anello_import_files_days, env.anello_export_files_days
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# The warehouse

WAREHOUSE_ROOT = env.anello_home / "warehouse"
WAREHOUSE_MEMORY_MB = env.anello_warehouse_mb
BASE_CURRENCY = env.base_currency

# People: login and accounts

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["anello.core.accounts.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# Browsers share cookies between the ports of a host: two checkouts must not log each other out.
SESSION_COOKIE_NAME = "anello_session" if env.production else f"anello_session_{env.port}"
SESSION_COOKIE_AGE = 14 * 24 * 3600
LOGIN_URL, LOGIN_REDIRECT_URL = "/accounts/login/", "/"
ALLAUTH_TRUSTED_PROXY_COUNT = env.trusted_proxies
ACCOUNT_ADAPTER = "anello.core.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 no secret
# Guesses of passwords and codes are counted in the database (accounts/attempts.py), which all processes share.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}
MFA_RATE_LIMITS = False
MFA_ADAPTER = "anello.core.accounts.adapter.MfaAdapter"
MFA_FORMS = {
    "authenticate": "anello.core.accounts.forms.AuthenticateForm",
    "reauthenticate": "anello.core.accounts.forms.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Anello"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

# The API

API_REQUESTS_PER_MINUTE = env.api_requests_per_minute
API_BURST = env.api_burst
WEBHOOKS_TO_PRIVATE_NETWORKS = env.webhooks_to_private_networks
# OAuth2 access tokens come from client credentials only; allauth keeps clients and tokens.
IDP_OIDC_SCOPES = ["api"]

# Language and time

LANGUAGE_CODE = "it"
LANGUAGES = [("it", "Italiano"), ("en", "English")]
TIME_ZONE = "Europe/Rome"
USE_TZ = True

# Static files: served from the apps by their finders, so that there is no collecting step

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Security

SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [BASE_URL]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Mail: to a server, or into files

_mail = urlsplit(env.email_url or "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if env.email_url else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = env.anello_home / "mail"
EMAIL_HOST = _mail.hostname
EMAIL_PORT = _mail.port or {"smtp+tls": 587, "smtps": 465}.get(_mail.scheme, 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+tls", _mail.scheme == "smtps"
EMAIL_TIMEOUT = 20
EMAIL_DOMAIN_PER_MINUTE, EMAIL_WEEKLY_LIMIT = env.email_domain_per_minute, env.email_weekly_limit
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.email_from

# Logs

LOGGING_CONFIG = None
logs.configure(json=env.production, level=env.anello_log_level)
SLOW_REQUEST_MS = env.anello_slow_ms
