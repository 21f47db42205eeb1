"""What the person who types `make run` asked for, and what each process is told because of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .places import ROOT, Memory
from .refusals import Refusal

HERE = "127.0.0.1"
WEBHOOKS = "/webhooks/stripe/"
# The embedded parts a person may replace, one by one.
REPLACEABLE = ("DATABASE_URL", "CELERY_BROKER_URL", "STRIPE_API_BASE")
LOCAL_NAMES = "localhost,127.0.0.1,::1"
# Other people's spelling of "all addresses": reached from here as this machine.
ANYWHERE = {"0.0.0.0", "::", ""}


@dataclass(frozen=True)
class Wishes:
    """The wishes read from the environment; whatever a person sets replaces the embedded part."""

    given: Mapping[str, str]
    host: str
    port: int
    data: Path
    demo_size: str

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Wishes":
        """Read the environment, and say clearly what cannot be understood."""
        asked = given.get("PORT") or "8000"
        if not asked.isascii() or not asked.isdigit() or not 0 < int(asked) < 65536:
            raise Refusal(f"PORT must be a number from 1 to 65535, not {asked!r}.")
        data = Path(given.get("SMARTREC_DATA") or ROOT / "var" / "demo").expanduser().resolve()
        return cls(
            given=given,
            host=given.get("HOST") or HERE,
            port=int(asked),
            data=data,
            demo_size=given.get("DEMO_SIZE") or "small",
        )

    def brings(self, name: str) -> bool:
        """Whether a person brings their own database, broker or processor."""
        return bool(self.given.get(name))

    @property
    def local_url(self) -> str:
        """Where this machine itself finds the product."""
        return self.own_url(self.port)

    def own_url(self, port: int) -> str:
        """One of our ports, as this machine itself reaches it."""
        return http(HERE if self.host in ANYWHERE else self.host, port)

    @property
    def public_url(self) -> str:
        """The address people type, and the one that goes into e-mails."""
        if url := self.given.get("PUBLIC_URL"):
            return url.rstrip("/")
        return f"http://localhost:{self.port}" if self.host in {HERE, *ANYWHERE} else self.local_url

    def sandbox_url(self, port: int) -> str:
        """Where browsers find the sandbox's pages: wherever they find the product's."""
        return http(HERE if self.host == HERE else urlsplit(self.public_url).hostname or HERE, port)

    @property
    def allowed_hosts(self) -> str:
        """The names the product answers to; the sandbox and the supervisor always knock at this machine's."""
        asked = self.given.get("ALLOWED_HOSTS") or "localhost,[::1]"
        own = [urlsplit(self.local_url).hostname, urlsplit(self.public_url).hostname]
        return ",".join(dict.fromkeys([*asked.split(","), *(name for name in own if name)]))


def http(host: str, port: int) -> str:
    """An address, with the brackets the newer internet addresses want."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def settings_of(wishes: Wishes, memory: Memory, addresses: Mapping[str, str]) -> dict[str, str]:
    """Everything the parts of one installation are told; a person's own settings win over ours."""
    ours = {
        "DJANGO_SETTINGS_MODULE": "smartrec.settings.dev",
        "STRIPE_SECRET_KEY": memory.secret("processor_key", prefix="sk_test_"),
        "STRIPE_WEBHOOK_SECRET": memory.secret("webhook_secret", prefix="whsec_"),
        "SECRET_KEY": memory.secret("secret_key"),
        "PUBLIC_URL": wishes.public_url,
        "EMAIL_FILE_PATH": str(wishes.data / "mail"),
        **addresses,
    }
    theirs = {name: wishes.given[name] for name in [*ours, *REPLACEABLE] if wishes.given.get(name)}
    # A proxy for the world outside must not see what the parts say to each other.
    direct = ",".join(filter(None, [wishes.given.get("no_proxy") or wishes.given.get("NO_PROXY"), LOCAL_NAMES]))
    always = {
        "NO_PROXY": direct,
        "no_proxy": direct,
        "SMARTREC_DATA": str(wishes.data),
        "ALLOWED_HOSTS": wishes.allowed_hosts,
        "PYTHONUNBUFFERED": "1",
    }
    return {**ours, **theirs, **always}
