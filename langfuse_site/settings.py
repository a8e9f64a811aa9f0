"""The environment in, every setting of the project out."""

from pathlib import Path
from typing import cast

from csp.constants import NONE, SELF
from django.templatetags.static import static
from kombu import Queue

from langfuse_site.lib.env import (
    database_from_url,
    env_bool,
    env_int,
    env_or_file,
    env_str,
    redis_url_of_environment,
)
from langfuse_site.lib.logs import logging_config
from langfuse_site.lib.smtp import smtp_from_url

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env_str("DATA_DIR") or BASE_DIR / ".data").resolve()
VERSION = "0.1.0"
LANGFUSE_VERSION = "4.16.0"
"""The version of Langfuse's public API that we speak; SDKs read it from `/api/public/health`."""

DEBUG = env_bool("DEBUG")
SECRET_KEY = env_or_file("NEXTAUTH_SECRET", DATA_DIR / "nextauth-secret")
SALT = env_or_file("SALT", DATA_DIR / "salt")
SITE_URL = env_str("NEXTAUTH_URL", f"http://localhost:{env_int('PORT', 3000)}").rstrip("/")
ALLOWED_HOSTS = env_str("ALLOWED_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "langfuse_site",
    "accounts",
    "prompts",
    "tracing",
    "scoring",
    "datasets",
    "analytics",
]
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "langfuse_site.urls"
WSGI_APPLICATION = "langfuse_site.wsgi.application"

MIDDLEWARE = [
    "accounts.api.middleware.PublicApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "langfuse_site.pages.FormSizeMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "langfuse_site.pages.FormAddressMiddleware",
]
PUBLIC_API_MIDDLEWARE = [
    "accounts.api.middleware.PublicApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
"""What of it requests to `/api/public/` pass: the rest is for people with a browser, and half of what they cost."""
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [NONE],
        "object-src": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.ui.context.shell",
            ]
        },
    }
]

DATABASE_POOL_SIZE = env_int("DATABASE_POOL_SIZE", 0)
"""Connections that a process keeps, shared by its threads; 0: one for each request, as commands want it."""
_database = database_from_url(
    env_or_file("DATABASE_URL", DATA_DIR / "database-url") or "postgresql:///langfuse"
)
if DATABASE_POOL_SIZE:
    from psycopg_pool import ConnectionPool

    from langfuse_site.lib.watched_connection import WatchedConnection

    # Left to itself, the pool waits twice as long after each failed attempt, minutes in the end; and it checks
    # what connections it has only one at a time, when they are asked for.
    _again = {"reconnect_timeout": 0.5, "reconnect_failed": ConnectionPool.check}
    _size = {"min_size": 1, "max_size": DATABASE_POOL_SIZE}
    _pool = {"connection_class": WatchedConnection, "timeout": 5, **_size, **_again}
    _database["OPTIONS"] = {**cast(dict[str, object], _database["OPTIONS"]), "pool": _pool}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        **_database,
    }
}

REDIS_URL = redis_url_of_environment()

CELERY_BROKER_URL = REDIS_URL or "folder://localhost"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "global_keyprefix": "langfuse-site:",
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        "max_retries": 1,
        "interval_start": 0,
    }
    """A dead Redis fails a bell within a second or two; the worker itself tries again for good."""
else:
    CELERY_BROKER_TRANSPORT = "langfuse_site.lib.folder_broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"folder": str(DATA_DIR / "broker"), "polling_interval": 0.03}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "work"
CELERY_TASK_QUEUES = [Queue("work")]
_MAINTENANCE = ("tracing.tasks.apply_retention", "tracing.tasks.reprice", "tracing.tasks.sweep_tombstones")
CELERY_TASK_ROUTES = {
    "analytics.tasks.send_notices": {"queue": "notices"},
    "analytics.tasks.*": {"queue": "rollups"},
    **dict.fromkeys((*_MAINTENANCE, "accounts.tasks.*", "prompts.tasks.*"), {"queue": "maintenance"}),
}
"""Each worker reads the other queues in threads beside its digests (celery.py): in `work` stand hundreds of bells."""
CELERY_WORKER_POOL = "solo"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
"""One task at a time in a process without children: who is killed is started again by whoever started it."""

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = env_int("AUTH_SESSION_MAX_AGE", 43_200) * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")

SMTP_CONNECTION_URL = env_str("SMTP_CONNECTION_URL")
DEFAULT_FROM_EMAIL = env_str("EMAIL_FROM_ADDRESS", "noreply@localhost")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if SMTP_CONNECTION_URL else 'dummy'}.EmailBackend"
_smtp = smtp_from_url(SMTP_CONNECTION_URL or "smtp://localhost:25")
EMAIL_HOST, EMAIL_PORT = _smtp.host, _smtp.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _smtp.user, _smtp.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _smtp.implicit_tls, _smtp.start_tls
EMAIL_TIMEOUT = 10

AUTH_DISABLE_SIGNUP = env_bool("AUTH_DISABLE_SIGNUP")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "overview"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.ui.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.ui.forms.SignInForm", "signup": "accounts.ui.forms.SignUpForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if SMTP_CONNECTION_URL else "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/h/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env_int("TRUSTED_PROXY_COUNT", 0)
"""How many proxies stand before the web server, so that limits count the visitor's address, not the proxy's."""

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING = logging_config(env_str("LOG_LEVEL", "INFO").upper(), as_json=env_str("LOG_FORMAT") == "json")
LOGGING_CONFIG = "logging.config.dictConfig"
STATIC_URL = "static/"
STATIC_ROOT = Path(env_str("STATIC_ROOT") or BASE_DIR / "staticfiles")
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STATICFILES_DIRS = [BASE_DIR / "langfuse_site" / "static"]

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "media", "allow_overwrite": True},
    },
    "staticfiles": {
        "BACKEND": "langfuse_site.static_files.StaticFiles"
        if env_bool("HASHED_STATIC_FILES", default=True)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

DATA_UPLOAD_MAX_MEMORY_SIZE = None
"""Off: Django's limit answers 400; the caps below are ours and answer 413."""
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
"""A chat of 5,000 messages in the editor of prompts has four each; at 1,000 what was typed would be lost."""
MAX_BODY_BYTES = env_int("MAX_BODY_BYTES", 1_000_000)
MAX_FORM_BYTES = 4 * MAX_BODY_BYTES
"""Of pages: a prompt as large as may be stored, each of its bytes written as `%…`, and what stands beside it."""
MAX_INGESTION_BODY_BYTES = env_int("MAX_INGESTION_BODY_BYTES", 4_500_000)
MAX_OTLP_BODY_BYTES = env_int("MAX_OTLP_BODY_BYTES", 32_000_000)
MAX_MEDIA_BYTES = env_int("LANGFUSE_S3_MEDIA_MAX_CONTENT_LENGTH", 1_000_000_000)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.ProjectKey"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.parsers.CappedJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "langfuse_site.openapi.ApiSchema",
    "EXCEPTION_HANDLER": "accounts.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Langfuse-compatible API",
    "VERSION": VERSION,
    "DESCRIPTION": "Sign in with a project's public key as user name and its secret key as password.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

PROJECT_DELETERS = ["tracing.store.media.delete_media_of_project"]
"""Functions that delete what a project has beside rows, as dotted paths; each takes its id."""

ADMIN_API_KEY = env_str("ADMIN_API_KEY")
ORGANIZATION_CREATORS = frozenset(
    email.strip().lower()
    for email in env_str("LANGFUSE_ALLOWED_ORGANIZATION_CREATORS").split(",")
    if email.strip()
)
"""The addresses that may found organizations; empty: everybody."""
DEFAULT_ORG_ID = env_str("LANGFUSE_DEFAULT_ORG_ID")
DEFAULT_ORG_ROLE = env_str("LANGFUSE_DEFAULT_ORG_ROLE") or "VIEWER"
DEFAULT_PROJECT_ID = env_str("LANGFUSE_DEFAULT_PROJECT_ID")
DEFAULT_PROJECT_ROLE = env_str("LANGFUSE_DEFAULT_PROJECT_ROLE") or "VIEWER"
"""What every new user joins."""

COMPANIONS = ["scoring.companion.COMPANION"]
"""What rides on traces in the apps above tracing: event kinds, rows to show, rows to delete (design §2)."""
USAGE = {
    "prompts.generations": "tracing.queries.prompt_usage.generations_of_versions",
    "prompts.linked": "tracing.queries.prompt_usage.latest_of_versions",
    "prompts.scores": "scoring.prompt_usage.scores_of_versions",
    "tracing.models": "analytics.model_use.model_uses",
}
"""Who provides the figures that a lower app shows of the apps above it (prompts/usage.py and others)."""

# Each limit and its reason stands beside the code that reads it: tracing/ingest/.
DIGEST_LEASE_SECONDS = env_int("DIGEST_LEASE_SECONDS", 10)
DIGEST_MAX_ATTEMPTS = env_int("DIGEST_MAX_ATTEMPTS", 5)
SPOOL_MAX_BATCHES = env_int("SPOOL_MAX_BATCHES", 50_000)
SPOOL_MAX_BYTES = env_int("SPOOL_MAX_BYTES", 10_000_000_000)
"""A worker digests some 10 MB a second: this is a quarter of an hour of full load, and what a disk has room for."""
ROLLUP_SECONDS = env_int("ROLLUP_SECONDS", 15)
"""How often what dashboards read is brought up to date with the rows (docs/decisions/007)."""
METRICS_TOKEN = env_str("METRICS_TOKEN")
ALLOW_PRIVATE_WEBHOOKS = env_bool("ALLOW_PRIVATE_WEBHOOKS")
"""Webhooks may lead to loopback and private addresses: whoever may set one then reaches what this server reaches."""
KEEP_RAW_BODIES = env_bool("KEEP_RAW_BODIES")

UNFOLD = {
    "SITE_TITLE": "Langfuse Site",
    "SITE_HEADER": "Langfuse Site",
    "SITE_SUBHEADER": "Administration",
    "SITE_SYMBOL": "monitoring",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("site/icon.svg")}],
    "SHOW_HISTORY": False,
    "DASHBOARD_CALLBACK": "analytics.admin.dashboard.fill",
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(96.8% .02 277)",
            "100": "oklch(93.5% .035 277)",
            "200": "oklch(87.5% .065 277)",
            "300": "oklch(79% .11 277)",
            "400": "oklch(68% .16 277)",
            "500": "oklch(58.5% .205 277)",
            "600": "oklch(51.5% .225 277)",
            "700": "oklch(45% .21 277)",
            "800": "oklch(39% .175 277)",
            "900": "oklch(34% .135 277)",
            "950": "oklch(25% .09 277)",
        }
    },
}
