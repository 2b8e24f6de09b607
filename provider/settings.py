"""Every setting of Perennial, typed, read once from the environment.

Development and tests need nothing set. Production (`PERENNIAL_MODE=production`) refuses to start while any value that
matters is missing or still the development one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from prepaid_cards.rules import keys as card_keys
from provider.accounts.rules import entrance
from provider.embedded import ServiceTrouble, environment
from provider.kernel import logs
from provider.messages.rules import sms_tables

BASE_DIR = Path(__file__).resolve().parent.parent


# --- Reading ---


def _stop(name: str, wants: str) -> NoReturn:
    raise ImproperlyConfigured(f"{name} {wants}. docs/operations.md lists every setting.")


def _given(name: str) -> str:
    """What the environment, or the file that NAME_FILE names, holds; empty if neither is there."""
    try:
        return environment.read(name)
    except ServiceTrouble as trouble:
        raise ImproperlyConfigured(str(trouble)) from trouble


def _text(name: str, *, default: str = "", production: bool = False) -> str:
    """A text; with `production=True` production must set it itself."""
    if value := _given(name):
        return value
    if production and IS_PRODUCTION:
        _stop(name, "is not set, and production has no default for it")
    return default


def _choice(name: str, *, of: tuple[str, ...], default: str) -> str:
    value = _given(name) or default
    if value not in of:
        _stop(name, f"is “{value}”; it must be one of {', '.join(of)}")
    return value


def _count(name: str, *, default: int, least: int = 0) -> int:
    value = _given(name) or str(default)
    if not value.isdecimal() or int(value) < least:
        _stop(name, f"is “{value}”; it must be a whole number of at least {least}")
    return int(value)


def _truth(name: str, *, default: bool) -> bool:
    return _choice(name, of=("yes", "no"), default="yes" if default else "no") == "yes"


def _list(name: str, *, default: str = "", production: bool = False) -> list[str]:
    return [part.strip() for part in _text(name, default=default, production=production).split(",") if part.strip()]


def _database(name: str, value: str) -> dict[str, Any]:
    try:
        parts = conninfo_to_dict(value)
    except psycopg.ProgrammingError:  # its text would show the password
        _stop(name, "is not a PostgreSQL address, such as postgresql://user:password@host:5432/database")
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    database: dict[str, Any] = {
        known[key]: str(part) for key, part in parts.items() if key in known and part is not None
    }
    rest: dict[str, Any] = {"prepare_threshold": 1, **{key: parts[key] for key in parts if key not in known}}
    return database | {"ENGINE": "django.db.backends.postgresql", "OPTIONS": rest, "ATOMIC_REQUESTS": False}


# --- Mode ---

MODE = _choice("PERENNIAL_MODE", of=("development", "test", "production"), default="development")
IS_PRODUCTION = MODE == "production"
IS_TEST = MODE == "test"
DEBUG = False  # our own error pages help more than a stack trace, in development too; the log has the trace
DEMO_SIGN_IN = _truth("PERENNIAL_DEMO_SIGN_IN", default=not IS_PRODUCTION)
if IS_PRODUCTION and DEMO_SIGN_IN:
    _stop("PERENNIAL_DEMO_SIGN_IN", "is yes; production never signs anybody in by one click")

VAR_DIR = Path(_text("PERENNIAL_VAR", default=str(BASE_DIR / "var")))

SECRET_KEY = _text("PERENNIAL_SECRET_KEY", default="development-only-" + "0" * 40, production=True)
SECRET_KEY_FALLBACKS = _list("PERENNIAL_SECRET_KEY_FALLBACKS")
for _name, _keys in (("PERENNIAL_SECRET_KEY", [SECRET_KEY]), ("PERENNIAL_SECRET_KEY_FALLBACKS", SECRET_KEY_FALLBACKS)):
    if IS_PRODUCTION and any(key.startswith("development-only") or len(key) < 40 for key in _keys):
        _stop(_name, "must hold secrets of your own, of at least 40 characters")

SITE_URL = _text("PERENNIAL_SITE_URL", default="http://localhost:8000", production=True).rstrip("/")
if IS_PRODUCTION and not SITE_URL.startswith("https://"):
    _stop("PERENNIAL_SITE_URL", "must begin with https:// in production")
ALLOWED_HOSTS = _list("PERENNIAL_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1],testserver", production=True)
if IS_PRODUCTION and "*" in ALLOWED_HOSTS:
    _stop("PERENNIAL_ALLOWED_HOSTS", "must name your hosts; * lets anybody pose as you")
if IS_PRODUCTION and urlsplit(SITE_URL).hostname not in ALLOWED_HOSTS:
    _stop("PERENNIAL_ALLOWED_HOSTS", f"must also name {urlsplit(SITE_URL).hostname}, the host of PERENNIAL_SITE_URL")

# --- Database, cache, queue ---

_database_url = _text("DATABASE_URL", production=True)
if not _database_url:
    _stop("DATABASE_URL", "is not set; start through manage.py, which brings the embedded database, or name a server")
DATABASES: dict[str, dict[str, Any]] = {
    "default": _database("DATABASE_URL", _database_url)
    | {"CONN_MAX_AGE": 0 if IS_TEST else 60, "CONN_HEALTH_CHECKS": True}  # a test's database is dropped at its end
}
_owner_url = _text("DATABASE_OWNER_URL")
if _owner_url:  # the owner of the tables: only `migrate` and the tests' set-up connect as it
    DATABASES["owner"] = _database("DATABASE_OWNER_URL", _owner_url)
    DATABASES["owner"]["TEST"] = {"DEPENDENCIES": []}
    if DATABASES["owner"].get("USER") == DATABASES["default"].get("USER"):
        _stop("DATABASE_OWNER_URL", "names the same role as DATABASE_URL; the application must not own its tables")
CELLS = ["default"]  # the databases that hold workspaces, each with its own outbox
OUTBOX_KEEP_DAYS = _count("PERENNIAL_OUTBOX_KEEP_DAYS", default=30, least=1)  # delivered events, and their receipts
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = _text("REDIS_URL", production=True)
if not REDIS_URL:
    _stop("REDIS_URL", "is not set; start through manage.py, which brings the embedded Valkey, or name a server")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": MODE}
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)  # for kombu
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "global_keyprefix": f"{MODE}:",
    # whoever publishes does not wait for a queue that is away: the sweeper delivers later
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ALWAYS_EAGER = IS_TEST and not _truth("PERENNIAL_REAL_QUEUE", default=False)
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TIMEZONE = "UTC"
CELERY_REDBEAT_REDIS_URL = REDIS_URL
CELERY_REDBEAT_KEY_PREFIX = f"{MODE}:redbeat:"
CELERY_REDBEAT_REDIS_OPTIONS: dict[str, Any] = {}
CELERY_REDBEAT_LOCK_TIMEOUT = 60  # after a beat was killed, the next one waits this long
CELERY_BEAT_SCHEDULER = "provider.beat.PatientScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
# Each asks what is due and does that, so it bears being late, skipped or run twice; `expires` keeps sweeps from piling.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    task: {"task": task, "schedule": seconds, "options": {"expires": expires}}
    for task, seconds, expires in (
        ("kernel.sweep", 15.0, 60), ("kernel.clean", 3600.0, 3600), ("console.erase_due", 3600.0, 3600),
        ("prepaid_cards.sweep", 600.0, 600), ("plans.fold_usage", 60.0, 60), ("invoices.bill", 60.0, 300),
        ("invoices.close_months", 3600.0, 3600), ("invoices.ask_gateways", 300.0, 300), ("messages.sweep", 15.0, 60),
    )
}  # fmt: skip
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Applications ---

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "csp",
    "django_cotton",
    "lucide",
    "provider.accounts",  # ours before allauth: our pages and our words stand in the place of its own
    "provider.kernel",
    "provider.look",
    "provider.messages",
    "plans",
    "invoices",
    "crm_tenant",
    "prepaid_cards",
    "resellers",
    "provider.api",
    "provider.portal",
    "provider.console",
    "provider.workshop",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "provider.look.middleware.RequestIdMiddleware",
    "provider.api.middleware.ApiMiddleware",  # outside of the others: it words every error under /api/
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "provider.accounts.middleware.ActorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "provider.accounts.middleware.SecondFactorMiddleware",
    "provider.accounts.middleware.LastSeenMiddleware",
    "provider.look.middleware.FailureMiddleware",
    "provider.kernel.middleware.UploadMiddleware",
]
REFUSAL_ANSWER = "provider.look.failures.refused"  # draws the page for whoever may not know pages

ROOT_URLCONF = "provider.urls"
WSGI_APPLICATION = "provider.wsgi.application"

_LOADERS: list[Any] = [
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", _LOADERS)] if MODE != "development" else _LOADERS,
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "provider.look.context.look",
            ],
            "builtins": ["django_cotton.templatetags.cotton", "django.templatetags.i18n"],
        },
    }
]
COTTON_DIR = "cotton"
COTTON_ISOLATE_BY_DEFAULT = True  # a component sees what it was given and the request, not its page's variables

# --- Languages, time ---

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LANGUAGE_COOKIE_NAME = "language"

# --- Static files, stored files ---

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
_static = "django.contrib.staticfiles.storage.StaticFilesStorage"
if IS_PRODUCTION:  # names carry a hash of the content; elsewhere files are served as they are, without collectstatic
    _static = "provider.look.storage.HashedStaticFiles"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / ("test/files" if IS_TEST else "files")},
    },
    "staticfiles": {"BACKEND": _static},
}
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
WHITENOISE_AUTOREFRESH = MODE == "development"
FONTS_DIR = Path(_text("PERENNIAL_FONTS", default=str(BASE_DIR / "var" / "fonts")))
PRINTS_DOCUMENTS = _truth("PERENNIAL_PRINTS_DOCUMENTS", default=False)  # this machine must be able to print
ERASURE_WAITS_DAYS = _count("PERENNIAL_ERASURE_WAITS_DAYS", default=30, least=1)
UPLOAD_LIMIT_BYTES = _count("PERENNIAL_UPLOAD_LIMIT_BYTES", default=20 * 1024 * 1024, least=1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
API_BODY_LIMIT_BYTES = _count("PERENNIAL_API_BODY_LIMIT_BYTES", default=4 * 1024 * 1024, least=1024)
API_REQUESTS_PER_MINUTE = _count("PERENNIAL_API_REQUESTS_PER_MINUTE", default=600, least=1)  # of one key
API_REQUESTS_PER_MINUTE_PER_ADDRESS = _count("PERENNIAL_API_REQUESTS_PER_MINUTE_PER_ADDRESS", default=1800, least=1)
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "provider.kernel.uploads.UploadGuard",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "provider.kernel.uploads.CarefulTemporaryUpload",
]

# --- Security ---

_is_https = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_TRUSTED_ORIGINS = [SITE_URL] if _is_https else []
SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # a load balancer asks the process itself, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PRODUCTION
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if _truth("PERENNIAL_BEHIND_PROXY", default=False) else None
)
# How many proxies of ours stand before the web process, each adding an entry to X-Forwarded-For.
TRUSTED_PROXY_COUNT = _count("PERENNIAL_TRUSTED_PROXIES", default=0)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "provider.look.failures.csrf"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "style-src-attr": ["'unsafe-inline'"],  # widths of bars; no script can come of it
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Identity ---

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if IS_TEST:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
_CHECKS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name, "OPTIONS": options}
    for name, options in (
        (f"{_CHECKS}.UserAttributeSimilarityValidator", {"user_attributes": ("email", "phone", "name")}),
        ("provider.accounts.forms.passwords.LongEnough", {"min_length": 10}),
        (f"{_CHECKS}.CommonPasswordValidator", {}),
        (f"{_CHECKS}.NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "front_door"
ACCOUNT_ADAPTER = "provider.accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1*"]  # signing up is our own flow: no user before the code
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 3
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_SESSION_REMEMBER = None  # asked on the sign-in page
ACCOUNT_FORMS = entrance.FORMS
MFA_ADAPTER = "provider.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_TOTP_ISSUER = "Perennial"
MFA_TOTP_TOLERANCE = 1  # a clock half a minute off is no reason to be locked out
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _is_https
MFA_FORMS = {
    "authenticate": "provider.accounts.forms.second_factor.AuthenticateForm",
    "reauthenticate": "provider.accounts.forms.second_factor.ReauthenticateForm",
    "activate_totp": "provider.accounts.forms.second_factor.ActivateTOTPForm",
}
USERSESSIONS_TRACK_ACTIVITY = False  # our middleware does it, every five minutes instead of every request

# --- Messages ---

EMAIL_GATEWAY = _choice(
    "PERENNIAL_EMAIL_GATEWAY", of=("loopback", "smtp"), default="smtp" if IS_PRODUCTION else "loopback"
)
if IS_PRODUCTION and EMAIL_GATEWAY == "loopback":
    _stop("PERENNIAL_EMAIL_GATEWAY", "is loopback; production must really send its mail")
EMAIL_BACKEND = {
    "loopback": "provider.messages.gateways.loopback.EmailBackend",
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
}[EMAIL_GATEWAY]
EMAIL_HOST = _text("PERENNIAL_EMAIL_HOST", default="localhost", production=True)
EMAIL_PORT = _count("PERENNIAL_EMAIL_PORT", default=587, least=1)
EMAIL_HOST_USER = _text("PERENNIAL_EMAIL_USER")
EMAIL_HOST_PASSWORD = _text("PERENNIAL_EMAIL_PASSWORD")
_email_security = _choice("PERENNIAL_EMAIL_SECURITY", of=("starttls", "tls", "none"), default="starttls")
EMAIL_USE_TLS, EMAIL_USE_SSL = _email_security == "starttls", _email_security == "tls"
EMAIL_TIMEOUT = _count("PERENNIAL_EMAIL_TIMEOUT_SECONDS", default=15, least=1)
EMAIL_BOUNCE_SECRET = _text("PERENNIAL_EMAIL_BOUNCE_SECRET")  # empty: the door for bounces is closed
DEFAULT_FROM_EMAIL = _text("PERENNIAL_FROM_EMAIL", default="Perennial <no-reply@localhost>", production=True)
if IS_PRODUCTION and "@localhost" in DEFAULT_FROM_EMAIL:
    _stop("PERENNIAL_FROM_EMAIL", "must be an address of your own, such as Example <no-reply@example.com>")
MAILBOX_DIR = VAR_DIR / "mailbox"  # where the loopback keeps what would have left the house

SMS_GATEWAYS = ("aliyun", "console", "loopback", "twilio")


def _table(name: str, read: Callable[[list[str]], Any], *, default: str = "") -> Any:
    """A table that `read` understands, or the sentence in which it says what is wrong."""
    try:
        return read(_list(name, default=default))
    except ValueError as trouble:
        _stop(name, str(trouble))


_default_routes = "" if IS_PRODUCTION else "*=loopback"  # production without routes sends no SMS
SMS_ROUTES: dict[str, tuple[str, ...]] = _table("PERENNIAL_SMS_ROUTES", sms_tables.routes, default=_default_routes)
_sms_gateways = {gateway for gateways in SMS_ROUTES.values() for gateway in gateways}
if _sms_gateways - set(SMS_GATEWAYS):
    _stop("PERENNIAL_SMS_ROUTES", f"names an unknown gateway; there are {', '.join(SMS_GATEWAYS)}")
if IS_PRODUCTION and _sms_gateways & {"console", "loopback"}:
    _stop("PERENNIAL_SMS_ROUTES", "names console or loopback; production must really send its SMS")
SMS_COUNTRIES = _list("PERENNIAL_SMS_COUNTRIES", default="CN,TW,HK,MO")
SMS_CURRENCY = _text("PERENNIAL_SMS_CURRENCY", default="CNY")
SMS_PRICES: dict[str, Decimal] = _table(
    "PERENNIAL_SMS_PRICES", sms_tables.prices, default="+86=0.045,+886=0.42,+852=0.5,+853=0.3,*=0.9"
)
SMS_CAP_PER_NUMBER_HOUR = _count("PERENNIAL_SMS_CAP_PER_NUMBER_HOUR", default=6, least=1)
SMS_CAP_PER_ACCOUNT_DAY = _count("PERENNIAL_SMS_CAP_PER_ACCOUNT_DAY", default=200, least=1)
SMS_CAP_COST_PER_DAY: Decimal = _table("PERENNIAL_SMS_CAP_COST_PER_DAY", sms_tables.amount, default="200")
SMS_TIMEOUT_SECONDS = _count("PERENNIAL_SMS_TIMEOUT_SECONDS", default=10, least=1)

_has_twilio, _has_aliyun = "twilio" in _sms_gateways, "aliyun" in _sms_gateways
TWILIO_BASE_URL = _text("PERENNIAL_TWILIO_BASE_URL", default="https://api.twilio.com").rstrip("/")
TWILIO_ACCOUNT_SID = _text("PERENNIAL_TWILIO_ACCOUNT_SID", production=_has_twilio)
TWILIO_AUTH_TOKEN = _text("PERENNIAL_TWILIO_AUTH_TOKEN", production=_has_twilio)
TWILIO_SENDER = _text("PERENNIAL_TWILIO_SENDER", production=_has_twilio)  # a number, a name, or a service's MG... id
ALIYUN_SMS_BASE_URL = _text("PERENNIAL_ALIYUN_SMS_BASE_URL", default="https://dysmsapi.aliyuncs.com").rstrip("/")
ALIYUN_ACCESS_KEY_ID = _text("PERENNIAL_ALIYUN_ACCESS_KEY_ID", production=_has_aliyun)
ALIYUN_ACCESS_KEY_SECRET = _text("PERENNIAL_ALIYUN_ACCESS_KEY_SECRET", production=_has_aliyun)
ALIYUN_SMS_SIGN_NAME = _text("PERENNIAL_ALIYUN_SMS_SIGN_NAME", production=_has_aliyun)
ALIYUN_RECEIPT_TOKEN = _text("PERENNIAL_ALIYUN_RECEIPT_TOKEN")  # empty: the door for receipts is closed
ALIYUN_SMS_TEMPLATES: dict[str, str] = _table("PERENNIAL_ALIYUN_SMS_TEMPLATES", sms_tables.templates)

# --- Payments ---

STRIPE_KEY = _text("PERENNIAL_STRIPE_KEY")  # empty: invoices are paid by bank
STRIPE_WEBHOOK_SECRETS = _list("PERENNIAL_STRIPE_WEBHOOK_SECRETS")  # two while they are rotated
STRIPE_API_BASE = _text("PERENNIAL_STRIPE_API_BASE").rstrip("/")  # of a double on this machine; empty: Stripe itself
STRIPE_TIMEOUT_SECONDS = _count("PERENNIAL_STRIPE_TIMEOUT_SECONDS", default=20, least=1)
if STRIPE_KEY and not STRIPE_WEBHOOK_SECRETS:
    _stop("PERENNIAL_STRIPE_WEBHOOK_SECRETS", "is not set; without it no payment would be noticed by itself")
if STRIPE_API_BASE and (IS_PRODUCTION or STRIPE_KEY.startswith(("sk_live_", "rk_live_"))):
    _stop("PERENNIAL_STRIPE_API_BASE", "is for tests and demo; with a live key or in production Stripe itself is asked")
if STRIPE_KEY:  # paying is a form of ours whose answer leads there
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] += [STRIPE_API_BASE or "https://checkout.stripe.com"]

# --- Renewal cards ---

# Keys outside the database, the newest first: without them nothing that it holds tells a card's secret. A key whose
# name is on some card must stay until that card was re-keyed: losing it makes the card worthless.
_card_keys = _text("PERENNIAL_CARD_KEYS", default="dev=" + "c0" * 32, production=True)
CARD_KEYS: card_keys.KeyRing = _table("PERENNIAL_CARD_KEYS", card_keys.ring_of, default=_card_keys)
if IS_PRODUCTION and any(key.secret == bytes.fromhex("c0" * 32) for key in CARD_KEYS.keys):
    _stop("PERENNIAL_CARD_KEYS", "is the development one; make keys of your own")
CARD_VAULT_DIR = VAR_DIR / ("test/vault" if IS_TEST else "vault")  # sealed files; all workers must reach it
CARD_BATCH_NEEDS_TWO_ABOVE = _count("PERENNIAL_CARD_BATCH_NEEDS_TWO_ABOVE", default=500)

# --- Logs ---

LOG_FORMAT = _choice("PERENNIAL_LOG_FORMAT", of=("line", "json"), default="json" if IS_PRODUCTION else "line")
_passwords = [urlsplit(REDIS_URL).password, *(database.get("PASSWORD") for database in DATABASES.values())]
_passwords += [
    EMAIL_HOST_PASSWORD,
    EMAIL_BOUNCE_SECRET,
    TWILIO_AUTH_TOKEN,
    ALIYUN_ACCESS_KEY_SECRET,
    ALIYUN_RECEIPT_TOKEN,
    STRIPE_KEY,
    *STRIPE_WEBHOOK_SECRETS,
]
_secrets = [SECRET_KEY, *SECRET_KEY_FALLBACKS, *filter(None, _passwords), *(key.secret.hex() for key in CARD_KEYS.keys)]
_level = _choice("PERENNIAL_LOG_LEVEL", of=("DEBUG", "INFO", "WARNING"), default="WARNING" if IS_TEST else "INFO")
LOGGING = logs.configuration(form=LOG_FORMAT, level=_level, secrets=_secrets)
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # the address is unique by lower(email)
