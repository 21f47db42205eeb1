"""Settings every environment shares; `dev`, `test` and `prod` add only what differs."""

from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()


def shared_cache(url: str) -> dict[str, str]:
    """Redis or Valkey by its address, also as Celery spells a socket; with another broker each process counts alone."""
    if not url.startswith(("redis://", "rediss://", "redis+socket://", "unix://")):
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    location = url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": location, "KEY_PREFIX": "smartrec"}


DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
PUBLIC_URL: str = env("PUBLIC_URL", default="http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "smartrec.apps.FrameConfig",
    "accounts.apps.AccountsConfig",
    "messaging.apps.MessagingConfig",
    "wallet.apps.WalletConfig",
    "billing.apps.BillingConfig",
    "installments.apps.InstallmentsConfig",
    "registration.apps.RegistrationConfig",
    "action_center.apps.ActionCenterConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "import_export",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "smartrec.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "smartrec.middleware.IdleMiddleware",
    "smartrec.middleware.PreferenceMiddleware",
    "smartrec.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "smartrec.urls"
WSGI_APPLICATION = "smartrec.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "smartrec" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "smartrec.navigation.shell",
            ],
            "builtins": ["smartrec.templatetags.smartrec"],
        },
    }
]

# --- data -----------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgresql:///smartrec")}
DATABASES["default"].update(
    ENGINE="django.db.backends.postgresql",
    CONN_MAX_AGE=0,
    OPTIONS={
        # A worker that stands still in the middle of something gives up what it holds.
        "options": "-c idle_in_transaction_session_timeout=2min",
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=40), "timeout": 20},
    },
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CELERY_BROKER_URL: str = env("CELERY_BROKER_URL", default="redis://localhost:6379/0")

# Counts tries (signing in, links by email), so every process must see the same: the broker's server unless told.
CACHES = {"default": shared_cache(env("CACHE_URL", default=CELERY_BROKER_URL))}

# --- people who sign in ---------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "sesame.backends.ModelBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignupAdapter"
ACCOUNT_SESSION_REMEMBER = False
# Tries per visitor's network address (ip), per address typed or person (key, user), shared by all processes.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/15m/key",
    "sign_in_link": "20/m/ip,60/h/ip,5/15m/key,20/d/key",
    "sign_in_link_use": "20/m/ip",
}
# Links by email: once, for a quarter of an hour, as long as neither the address nor the password changes.
SESAME_MAX_AGE = 15 * 60
SESAME_ONE_TIME = True
SESAME_INVALIDATE_ON_EMAIL_CHANGE = True
SESAME_TOKENS = ["sesame.tokens_v2"]
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "accounts.adapter.SecondStepAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Nobody signs up by themselves: whoever can sign in is known already, and may add a second step.
MFA_ALLOW_UNVERIFIED_EMAIL = True
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
# A session ends with the browser, after a day's work, or when nobody has opened a page for so long.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE = {"staff": 4 * 3600, "account_holder": 30 * 60}
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "smartrec.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# --- words ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "smartrec" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/Toronto"

# --- files ----------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# --- what a page may load: nothing but ourselves, no inline script or style --------------------------
PROCESSOR_PAGES = ["https://checkout.stripe.com", "https://connect.stripe.com"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "script-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'", *env.list("PROCESSOR_PAGE_ORIGINS", default=PROCESSOR_PAGES)],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- the processor: only its base address distinguishes Stripe from the sandbox ---------------------
STRIPE_API_BASE: str = env("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_SECRET_KEY: str = env("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET: str = env("STRIPE_WEBHOOK_SECRET", default="")
# Accounts in which other software charges too: there a charge without our marks is nobody's here. `platform` is ours.
PROCESSOR_ACCOUNTS_USED_ELSEWHERE = [
    "" if account == "platform" else account for account in env.list("PROCESSOR_ACCOUNTS_USED_ELSEWHERE", default=[])
]
# Requests a second of one kind to one account, by all workers together; 0: no limit (docs.stripe.com/rate-limits).
PROCESSOR_PER_SECOND: float = env.float("PROCESSOR_PER_SECOND", default=25)

# --- mail -----------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL: str = env("DEFAULT_FROM_EMAIL", default="SmartRec <no-reply@smartrec.example>")
# Everything passes by our own backend, which delivers with this one.
EMAIL_BACKEND = "smartrec.mail.Backend"
EMAIL_DELIVERY: str = env("EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST: str = env("EMAIL_HOST", default="localhost")
EMAIL_PORT: int = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER: str = env("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD: str = env("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS: bool = env.bool("EMAIL_USE_TLS", default=False)
# A mail server that hangs must not hold a message longer than its lease.
EMAIL_TIMEOUT = 30

# --- the log: to the standard error, where whoever runs the product collects it -------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "smartrec.logs.Formatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},
    "loggers": {"django": {"handlers": [], "propagate": True}},
}

FORM_RENDERER = "smartrec.forms.Renderer"
DJANGO_TABLES2_TEMPLATE = "smartrec/table.html"
IMPORT_EXPORT_USE_TRANSACTIONS = True
# The most rows one selection may hold: what one mass run can take.
SELECTION_LIMIT: int = env.int("SELECTION_LIMIT", default=100_000)
