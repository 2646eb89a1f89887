"""All settings, from the environment; what is unset works on one machine with nothing beside Python, Node and make."""

from __future__ import annotations

import secrets
from importlib.metadata import version
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from labelhub.env import env, issuer, mail_settings, networks, origin_of

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("LABELHUB_DATA_DIR", default=str(BASE_DIR / "data"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("LABELHUB_DEBUG", default=False)


def _secret_key() -> str:
    """The key of the environment, or one made at the first start and kept in the data folder, readable by its owner
    alone.
    """
    given = env.str("LABELHUB_SECRET_KEY", default="")
    if given:
        return str(given)
    path = DATA_DIR / "secret_key"
    try:
        with open(path, "x", opener=_private) as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


def _private(path: str, flags: int) -> int:
    import os

    return os.open(path, flags, 0o600)


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("LABELHUB_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_FAILURE_VIEW = "labelhub.requests.csrf.refused"
CSRF_TRUSTED_ORIGINS = env.list("LABELHUB_ORIGINS", default=[])
HTTPS = env.bool("LABELHUB_HTTPS", default=False)
# The path that a proxy serves this site under, "/labelhub" say; whether the proxy takes it off or not is the same here.
URL_PREFIX = "/".join(["", *filter(None, env.str("LABELHUB_URL_PREFIX", default="").split("/"))])
FORCE_SCRIPT_NAME = URL_PREFIX or None
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = f"{URL_PREFIX}/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "labelhub",
    "projects",
    "annotations",
    "training",
    "projects.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "channels",
    "django_filters",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "labelhub.requests.no_store.no_store",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "projects.people.sessions.note_use",
    "projects.people.two_factor.demand",
]

ROOT_URLCONF = "labelhub.urls"
ASGI_APPLICATION = "labelhub.asgi.application"
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
            ],
        },
    },
]

# --- database ---------------------------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'labelhub.sqlite3'}"),
}
SQLITE = "django.db.backends.sqlite3"
if DATABASES["default"]["ENGINE"] == SQLITE:
    # Writers queue instead of failing with "database is locked"; WAL lets readers go on meanwhile. FULL: what was said
    # to be saved is on the disk, one sync a transaction. NORMAL leaves the last seconds to the power supply.
    SQLITE_SYNCHRONOUS = env.str("LABELHUB_SQLITE_SYNCHRONOUS", default="FULL", choices=["FULL", "NORMAL"])
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={SQLITE_SYNCHRONOUS};",
    }
else:
    # The server plans a statement once and not every time: half of its work for a save. A pool between web and database
    # that hands connections on within a session (PgBouncer before 1.21) knows no prepared statements: 0 turns them off.
    PREPARED = env.int("LABELHUB_PREPARED_STATEMENTS", default=1)
    DATABASES["default"]["OPTIONS"] = {
        "server_side_binding": bool(PREPARED),
        "prepare_threshold": 5 if PREPARED else None,
    } | DATABASES["default"].get("OPTIONS", {})
# A thread keeps its connection, and looks before each request whether it is still good.
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": DATABASES["default"]["ENGINE"] != SQLITE}
# Of each web process. PostgreSQL needs so many connections for it, and one more for its live pages.
REQUEST_THREADS = env.int("LABELHUB_REQUEST_THREADS", default=16)
REQUEST_PATIENCE_S = 15.0  # who found no thread in this time gets 503 and comes again
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "projects.User"
AUTHENTICATION_BACKENDS = ["projects.people.sign_in.OneAddressBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "projects"
# The apps below name no page of those above: they lead to a thing, and here stands which page that is.
ABSOLUTE_URL_OVERRIDES = {
    "projects.project": lambda project: reverse("project", args=[project.pk]),
    "projects.dataset": lambda dataset: f"{reverse('images', args=[dataset.project_id])}?dataset={dataset.pk}",
    "projects.image": lambda image: reverse("editor", args=[image.pk]),
}
ACCOUNT_ADAPTER = "projects.people.sign_in.ClosedAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {"reset_password": "projects.people.sign_in.ResetForm"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/300s/key"}  # wrong codes count as failed
MFA_ADAPTER = "projects.people.two_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "LabelHub"
# Of whom a second factor is demanded: "staff" are those who may enter the administration.
TWO_FACTOR = env.str("LABELHUB_TWO_FACTOR", default="", choices=["", "staff", "everybody"])

# --- signing in at an OpenID provider; without an issuer there is none ------------------------------------------------
OIDC_ISSUER = issuer(env.str("LABELHUB_OIDC_ISSUER", default=""))
OIDC_CLIENT_ID = env.str("LABELHUB_OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("LABELHUB_OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("LABELHUB_OIDC_NAME", default="OpenID")  # what people know it by
# Who gets an account by signing in there: whose address was invited into a project, or everybody whom it knows.
OIDC_ACCOUNTS = env.str("LABELHUB_OIDC_ACCOUNTS", default="invited", choices=["invited", "everybody"])
# Mail domains whose addresses the provider has verified, where it does not say so of each.
OIDC_DOMAINS = env.list("LABELHUB_OIDC_DOMAINS", default=[])
# Where browsers are led on the way to it beside the issuer's own host.
OIDC_ORIGINS = env.list("LABELHUB_OIDC_ORIGINS", default=[])
SOCIALACCOUNT_ADAPTER = "projects.people.oidc.Adapter"
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True  # to connect a provider's account, or to take it off

# --- mail -------------------------------------------------------------------------------------------------------------
# "smtp+tls://user:password@host:587", "smtps://..." or "consolemail://"; nothing: LabelHub sends no mail.
MAIL = env.str("LABELHUB_MAIL", default="")
vars().update(mail_settings(MAIL or "dummymail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("LABELHUB_MAIL_FROM", default="labelhub@localhost")
# How people reach the site, without its path: for links that no request made.
SITE_ADDRESS = env.str("LABELHUB_ADDRESS", default="").rstrip("/") or next(
    iter(CSRF_TRUSTED_ORIGINS), "http://127.0.0.1:8000"
)
# The hour of the day, in TIME_ZONE, when unread notifications are mailed.
DIGEST_HOUR = env.int("LABELHUB_DIGEST_HOUR", default=7)

# --- language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ko", _("Korean"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("LABELHUB_TIME_ZONE", default="UTC")

# --- files ------------------------------------------------------------------------------------------------------------
STATIC_URL = f"{URL_PREFIX}/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [("labelhub", BASE_DIR / "static" / "dist"), ("img", BASE_DIR / "static" / "img")]
WHITENOISE_USE_FINDERS = DEBUG
BUCKET = env.str("LABELHUB_S3_BUCKET", default="")
STORAGES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"bucket_name": BUCKET, "file_overwrite": False}}
        if BUCKET
        else {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(DATA_DIR / "media")},
        }
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"
UPLOAD_MAX_BYTES = env.int("LABELHUB_UPLOAD_MAX_MB", default=100) * 2**20
UPLOAD_MAX_PIXELS = env.int("LABELHUB_UPLOAD_MAX_MEGAPIXELS", default=200) * 10**6
ZIP_MAX_BYTES = env.int("LABELHUB_ZIP_MAX_MB", default=4096) * 2**20
ZIP_MAX_FILES = env.int("LABELHUB_ZIP_MAX_FILES", default=50_000)
EXPORT_KEEP_DAYS = env.int("LABELHUB_EXPORT_KEEP_DAYS", default=7)  # files that a worker made; 0: for ever
LABELS_MAX_BYTES = env.int("LABELHUB_LABELS_MAX_MB", default=1024) * 2**20  # one file of labels
BIN_DAYS = env.int("LABELHUB_BIN_DAYS", default=30)  # how long what was deleted can be brought back
DATA_UPLOAD_MAX_NUMBER_FILES = 200
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20

# --- requests to other machines
# ----------------------------------------------------------------------------------------
# Private networks that webhooks and pictures by URL may reach, as "10.1.0.0/16,fd00::/8"; the public internet always.
OUTBOUND_NETWORKS = networks(env.list("LABELHUB_OUTBOUND_NETWORKS", default=[]))

# --- queues, live pages -----------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
# The ORM broker is the durable one (the Redis broker loses what a crashed worker held), so both scales use it.
RUN_LEASE_SECONDS = env.int("LABELHUB_RUN_LEASE_SECONDS", default=30)
# default: imports, exports, counts. search: "more like this", which somebody waits for. gpu: all other runs, which may
# take hours. predict: pictures that a program sends and waits for; its warm engine goes when nobody asks.
ENGINE_QUEUES = ("search", "gpu", "predict")
QUEUES = ("default", *ENGINE_QUEUES)
Q_CLUSTER: dict[str, Any] = {
    "name": "default",
    "orm": "default",
    "timeout": 48 * 3600,
    "retry": 49 * 3600,  # a shorter one would deliver a message again while its job is at work
    "max_attempts": 2,
    "bulk": 1,
    "poll": 0,
    "save_limit": 1000,
    "label": "Queue",
}
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# --- the engine -------------------------------------------------------------------------------------------------------
LABELHUB_WEIGHTS_DIR = Path(env.str("LABELHUB_WEIGHTS_DIR", default=str(DATA_DIR / "weights"))).resolve()
ENGINE_CACHE_DIR = DATA_DIR / "cache"
RUNS_DIR = DATA_DIR / "runs"
RUN_KEEP_DAYS = env.int("LABELHUB_RUN_KEEP_DAYS", default=14)  # folders of failed and cancelled runs; 0: for ever
ENGINE_DEVICE = env.str("LABELHUB_DEVICE", default="auto")
SEARCH_DEVICE = env.str("LABELHUB_SEARCH_DEVICE", default="cpu")  # a GPU's memory is for the run beside it
PREDICT_IDLE_S = env.int("LABELHUB_PREDICT_IDLE_SECONDS", default=300)  # then the warm engine goes
PREDICT_MEMORY_MB = env.int("LABELHUB_PREDICT_MEMORY_MB", default=2000)  # of the warm engine; above, a fresh one starts
PREDICT_QUESTIONS = env.int("LABELHUB_PREDICT_QUESTIONS", default=2000)  # after so many a fresh one starts
PREDICT_PATIENCE_S = 60.0  # that a request waits; the first one after a rest waits for the engine to start
PREDICT_START_S = 300.0  # that an engine has for its first answer: one that is ended at each question never gets warm
ENGINE_ENCODER = env.str("LABELHUB_ENCODER", default="lite2", choices=["lite2", "lite0", "dinov2s"])

# --- API --------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "projects.people.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "projects.web.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PARSER_CLASSES": [
        "projects.web.json_body.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_RATES": {
        "upload": env.str("LABELHUB_UPLOAD_RATE", default="600/min"),
        "predict": env.str("LABELHUB_PREDICT_RATE", default="300/min"),
    },
    "EXCEPTION_HANDLER": "projects.web.api_errors.api_exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
TOKEN_RATE = env.int("LABELHUB_TOKEN_RATE", default=6000)  # requests a minute of each token; 0: as many as it likes
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "LabelHub",
    "DESCRIPTION": "Projects, images, boxes, runs, models and exports. Send `Authorization: Token KEY`.",
    "VERSION": version("labelhub"),
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "projects.web.description.complete",
        "training.api_examples.show",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Split": "projects.models.Image.Split",
        "SuggestionState": "annotations.models.Suggestion.State",
        "JobState": "projects.models.jobs.Job.State",
        "LabelImportState": "annotations.models.LabelImport.Phase",
        "RunState": "training.models.Run.State",
        "RunKind": "training.models.Run.Kind",
        "DifferenceKind": "annotations.versions.comparison.KINDS",
        "ModelKind": "training.models.ModelVersion.Kind",
        "BulkEditKind": "annotations.models.BulkEdit.Kind",
        "RoleEnum": "projects.models.Role",
        "GroupRoleEnum": "projects.models.GroupRole.CHOICES",
        "NotificationKind": "projects.models.notifications.NotificationKind",
    },
}

# --- security of pages ------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, *filter(None, [origin_of(OIDC_ISSUER), *OIDC_ORIGINS])],
        "frame-ancestors": [NONE],
    }
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LABELHUB_LOG_LEVEL", default="INFO")},
}
