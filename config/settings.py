"""Settings: one file, everything that differs between installations from the environment.

The variables are described in README.md. Production is the default mode and refuses to start
without its secrets; `make run` and the tests ask for the other two modes.
"""

import os
import re
from datetime import time
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Mode and secrets ---------------------------------------------------------------------

VAR_DIR = Path(os.environ.get("ENTENTE_VAR") or BASE_DIR / "var")
if "ENTENTE_MODE" not in os.environ and (VAR_DIR / "local.env").exists():
    env.read_env(VAR_DIR / "local.env")

MODE = env("ENTENTE_MODE", default="production")
if MODE not in ("production", "local", "test"):
    raise ImproperlyConfigured(f"ENTENTE_MODE is {MODE!r}; it must be production, local or test.")
PRODUCTION = MODE == "production"


def required_in_production(name: str, default: str) -> str:
    """The variable's value; the default is for the local and test modes only."""
    value = env(name, default="")
    if not value and PRODUCTION:
        raise ImproperlyConfigured(
            f"{name} is not set. Production does not start without it; README.md says what it is. "
            "To try Entente on this machine, run `make run` instead."
        )
    return value or default


SECRET_KEY = required_in_production("SECRET_KEY", "local-and-test-only-" + "0" * 40)
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short: it must have 50 characters or more.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = False

# --- Addresses ----------------------------------------------------------------------------

SITE_URL = required_in_production("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = [
    host.strip()
    for host in required_in_production("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# A proxy that ends TLS says what was asked for, and where from; without one, anybody could.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
HTTPS = urlsplit(SITE_URL).scheme == "https"
if PRODUCTION and not HTTPS and urlsplit(SITE_URL).hostname not in ("localhost", "127.0.0.1"):
    raise ImproperlyConfigured(f"SITE_URL is {SITE_URL!r}; in production it must begin with https.")

# --- Applications -------------------------------------------------------------------------

INSTALLED_APPS = [
    "accounts",
    "coordination",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "accounts.middleware.EvenAnswers",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # of a length that tells nothing of what it hides
    "coordination.base.middleware.PlainRequests",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "coordination.processes.wrong.Maintenance",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "coordination.processes.draft_middleware.KeepWhatWasSent",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "coordination.processes.second_factor.SecondStepMiddleware",
    "coordination.processes.draft_middleware.FormDrafts",
    "coordination.base.memo.AskOnce",
    "coordination.base.middleware.PrivatePages",
    "accounts.middleware.ReaderMiddleware",
    "accounts.middleware.KnownDevices",
    "django.contrib.messages.middleware.MessageMiddleware",
    "coordination.processes.wrong.WrongMethod",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
            "builtins": ["coordination.templatetags.entente"],
        },
    },
]

# --- Database -----------------------------------------------------------------------------

DATABASE_URL = required_in_production(
    "DATABASE_URL", f"sqlite:///{(VAR_DIR / 'entente.sqlite3').absolute()}"
)
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
if not DATABASES["default"].get("ENGINE"):
    raise ImproperlyConfigured("DATABASE_URL is not understood; see README.md for examples.")
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a writer queues at its start and never deadlocks
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- People and sign-in -------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "account_login"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("name", "email", "function")}),
        ("MinimumLengthValidator", {}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
# Nobody signs up: who is invited opens an account by the link of the invitation.
ACCOUNT_ADAPTER = "coordination.outbox.accounts.OutboxAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
PASSWORD_RESET_TIMEOUT = 60 * 60
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reauthenticate": "accounts.forms.AgainForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.ForgottenForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordForm",
}
# Attempts are counted in the database, by account and device: see accounts/throttle.py.
ACCOUNT_RATE_LIMITS = False
# Answers to forms that name an account leave at multiples of this, so that how long one took does
# not tell whether the account is there. One comparison of a password has to fit well into it.
EVEN_ANSWERS_SECONDS = env.float("EVEN_ANSWERS_SECONDS", default=0.0 if MODE == "test" else 0.5)
# allauth's own keeps a list of addresses beside the account's one.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
MFA_ADAPTER = "accounts.second_step.SecondStepAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.SecondStepForm",
    "reauthenticate": "accounts.forms.AgainByCodeForm",
    "activate_totp": "accounts.forms.AppForm",
    "login_webauthn": "accounts.forms.PasskeySignInForm",
    "authenticate_webauthn": "accounts.forms.PasskeySecondStepForm",
    "reauthenticate_webauthn": "accounts.forms.PasskeyAgainForm",
    "add_webauthn": "accounts.forms.PasskeyForm",
    "edit_webauthn": "accounts.forms.PasskeyNameForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1  # a code that comes half a minute late, over a poor line, is taken
MFA_TOTP_ISSUER = "Entente"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Single sign-on by OpenID Connect, where the environment names a provider; it opens accounts that
# are there, by their address, and makes none.
OIDC_SERVER = env("OIDC_SERVER", default="")
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}
}
if OIDC_SERVER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            "provider_id": "sso",
            "name": env("OIDC_NAME", default="Single sign-on"),
            "client_id": env("OIDC_CLIENT_ID", default=""),
            "secret": env("OIDC_CLIENT_SECRET", default=""),
            "settings": {"server_url": OIDC_SERVER},
        }
    ]
# What counts beside the database, such as a code that was used once: it must be one for all
# processes, and must not need the broker.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    },
    # What pages keep of a process for a minute: by each worker for itself, since reading a page
    # writes no row.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
}
# Closes the site while it is worked on, as does a file `maintenance` in VAR_DIR.
MAINTENANCE = env.bool("ENTENTE_MAINTENANCE", default=False)
CSRF_FAILURE_VIEW = "coordination.processes.wrong.csrf_failure"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

# --- Language and time --------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("fr", "Français"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]  # 24-hour times
USE_TZ = True
TIME_ZONE = "UTC"  # stored times; people and processes have their own

# --- Mail ---------------------------------------------------------------------------------

# Every mail is a row of the outbox; without EMAIL_URL it stays there to be read.
EMAIL_URL = env("EMAIL_URL", default="")
_mail = environ.Env.email_url_config(EMAIL_URL) if EMAIL_URL else {}
EMAIL_HOST = _mail.get("EMAIL_HOST") or ""
EMAIL_PORT = int(_mail.get("EMAIL_PORT") or 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(_mail.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_mail.get("EMAIL_USE_SSL"))
if EMAIL_URL and not EMAIL_HOST:
    raise ImproperlyConfigured("EMAIL_URL is not understood; it looks like smtp://host:25.")
DEFAULT_FROM_EMAIL = env("MAIL_FROM", default="Entente <entente@localhost>")
if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
    raise ImproperlyConfigured("MAIL_FROM must hold an e-mail address.")
# How many connections one worker sends over; what the relay allows is found out besides.
MAIL_CONNECTIONS = max(1, env.int("MAIL_CONNECTIONS", default=1))
# A mail provider that reports what came back, to /mail-events/: its name as django-anymail has it,
# the "user:password" that it signs in with, and the key that it signs with where it has one.
MAIL_PROVIDER = env("MAIL_PROVIDER", default="").lower()
MAIL_EVENTS_SECRET = env("MAIL_EVENTS_SECRET", default="")
MAIL_EVENTS_KEY = env("MAIL_EVENTS_KEY", default="")
if MAIL_EVENTS_SECRET and ":" not in MAIL_EVENTS_SECRET:
    raise ImproperlyConfigured("MAIL_EVENTS_SECRET is written as user:password.")
ANYMAIL = {"WEBHOOK_SECRET": MAIL_EVENTS_SECRET}
if MAIL_EVENTS_KEY:  # each provider has a name of its own for it
    for _name in ("WEBHOOK_SIGNING_KEY", "WEBHOOK_KEY", "SIGNING_SECRET", "API_KEY",
                  "TRACKING_WEBHOOK_VERIFICATION_KEY"):  # fmt: skip
        ANYMAIL[f"{MAIL_PROVIDER.upper()}_{_name}"] = MAIL_EVENTS_KEY
# Where a worker dies, for the tests that show that nothing is lost: coordination/outbox/failpoints.
FAILPOINT = env("ENTENTE_FAILPOINT", default="")
if FAILPOINT and MODE != "test":
    raise ImproperlyConfigured("ENTENTE_FAILPOINT is for tests alone: unset it.")

# How many mails a worker takes at a time, and in seconds how long it may have them, the waits
# between tries, and the patience with the mail server before a mail has left and after its final
# dot (RFC 5321, 4.5.3.2.6). They are in the environment for the tests of faults, which cannot wait
# for them; an installation has no reason to change them.
MAIL_BATCH = env.int("MAIL_BATCH", default=100)
MAIL_LEASE_SECONDS = env.float("MAIL_LEASE_SECONDS", default=15 * 60)
MAIL_RETRY_SECONDS = [
    float(seconds)
    for seconds in env.list(
        "MAIL_RETRY_SECONDS",
        default=[60 * m for m in (1, 5, 15, 60, 240, 720, 1440, 1440, 1440, 1440)],
    )
]
MAIL_STEP_SECONDS = env.float("MAIL_STEP_SECONDS", default=10)
MAIL_ANSWER_SECONDS = env.float("MAIL_ANSWER_SECONDS", default=600)

# --- Tasks --------------------------------------------------------------------------------

# The broker holds no truth: it only shortens the wait between a change and its mail.
CELERY_BROKER_URL = env("REDIS_URL", default="") or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# 0.5 s: a page that nudges the worker never waits on a broker that is down.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 0.5,
    "retry_on_timeout": False,
    "max_retries": 0,
}
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=60)
# The wall-clock time, in each process's time zone, from which a day's check-ins are asked for.
# Trying it out on one machine, one does not want to wait for the morning.
CHECK_IN_CLOCK = time(env.int("CHECK_IN_HOUR", default=0 if MODE == "local" else 7))
# When a person's digest is written, in their own time zone: from the first of these on, and not
# after the second. Trying it out, one does not wait for a morning, for Monday or for tomorrow.
DIGEST_FROM, DIGEST_UNTIL = time(7), time(20)
MAIL_AT_ANY_TIME = not PRODUCTION
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "coordination.reminders.tasks.tick",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "deliver": {
        "task": "coordination.reminders.tasks.deliver",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "sign-ledgers": {
        "task": "coordination.reminders.tasks.sign_ledgers",
        "schedule": 10 * SWEEP_SECONDS,
        "options": {"expires": 10 * SWEEP_SECONDS},
    },
    "make-report-files": {
        "task": "coordination.reviews.tasks.make_report_files",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "sweep-reviews": {
        "task": "coordination.reviews.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
}

# --- Static files -------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles") if PRODUCTION else None)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Hardening ----------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb")
}
SECURE_SSL_REDIRECT = HTTPS and env.bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
# A promise for the whole domain, which is often not Entente's alone to give: off unless asked for.
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and env.bool("HSTS_WHOLE_DOMAIN", default=False)
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# A check-in link is a capability: its address is never told to another site.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- Files that people upload -------------------------------------------------------------

# Nothing serves this folder: a file leaves it through the page that asks who may read it.
MEDIA_ROOT = (VAR_DIR / "media").absolute()

EVIDENCE_MAX_BYTES = env.int("EVIDENCE_MAX_BYTES", default=20 * 1024 * 1024)
FILE_UPLOAD_HANDLERS = [
    "coordination.commitments.uploads.Truncate",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Files of reports -----------------------------------------------------------------------

# What is made is the same on every machine: the fonts of the machine are left
# alone, unless a report needs a script that neither the typesetter's own fonts nor Amiri have.
REPORT_FONT_FOLDERS = env.list("REPORT_FONT_FOLDERS", default=[])
REPORT_FONTS = env.list("REPORT_FONTS", default=[])  # families in them, the first choice first
REPORT_SYSTEM_FONTS = env.bool("REPORT_SYSTEM_FONTS", default=False)

# --- Ledger -------------------------------------------------------------------------------

# The secret half of the key that signs the ledger's checkpoints, and of the one before it while it
# is being replaced: see docs/ledger.md.
LEDGER_KEY = required_in_production("LEDGER_KEY", "1" * 64)
LEDGER_KEY_BEFORE = env("LEDGER_KEY_BEFORE", default="")
for _name, _value in (("LEDGER_KEY", LEDGER_KEY), ("LEDGER_KEY_BEFORE", LEDGER_KEY_BEFORE)):
    if _value and not re.fullmatch("[0-9a-f]{64}", _value):
        raise ImproperlyConfigured(
            f"{_name} is not a key: it is 64 hexadecimal digits, the letters small. "
            "`python3 -c 'import secrets; print(secrets.token_hex(32))'` makes one."
        )

# --- API ----------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "coordination.processes.second_factor.HasSecondStep",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "coordination.base.pagination.ByKey",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "PAGE_SIZE": 100,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Entente",
    "DESCRIPTION": "Bodies, commitments and check-ins of the processes that you belong to.",
    "VERSION": "1",
    "ENUM_NAME_OVERRIDES": {
        "BreachStateEnum": "coordination.commitments.models.Breach.State",
        "ExpectedStateEnum": "coordination.commitments.expected.State",
        "FlagEnum": "coordination.commitments.models.Flag.Kind",
        "LettersEnum": [("A", "A"), ("R", "R"), ("AR", "AR"), ("C", "C"), ("I", "I")],
        "NoteEnum": "coordination.commitments.models.Note.Kind",
        "PeriodEnum": "coordination.bodies.models.Protocol.Period",
        "ShareEnum": "coordination.bodies.models.Share",
        "SuccessionKindEnum": "coordination.bodies.models.Succession.Kind",
        "TimelinessEnum": "coordination.commitments.timeliness.State",
        "UnitEnum": "coordination.base.dates.Unit",
        "VerificationStateEnum": [(state, state) for state in ("prepared", "approved", "released")],
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "coordination.base.schema.say_all",
    ],
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": False, "validatorUrl": None},
}

# --- Log ----------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "filters": {"conceal_links": {"()": "coordination.base.capabilities.ConcealLinks"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["conceal_links"],
        }
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.request": {"level": "ERROR"},
        "fido2": {"level": "WARNING"},  # else it names every passkey that is used
    },
}
