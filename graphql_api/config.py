"""Configuration by environment: every setting is a variable that begins with `BAKETRACE_`."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bakery.store.engine import driver_url
from plans import Role

DEMO_SECRET_KEY = "the demo's secret: never serve others with it"  # noqa: S105 - public, and refused off loopback
MIN_SECRET_LENGTH = 32
MAX_MESSAGE_BYTES = 1_000_000
"""What a client may send in one message of a websocket; the connection ends with 1009 above it."""

EVERYBODY = "all"
"""In `trusted_only`: whoever calls, also who is not signed in."""


class Settings(BaseSettings):
    """What a process is told by its environment."""

    model_config = SettingsConfigDict(env_prefix="BAKETRACE_", env_ignore_empty=True)

    database_url: str = "sqlite:///var/baketrace.db"
    secret_key: SecretStr = SecretStr(DEMO_SECRET_KEY)
    compiled: bool = True
    """Whether answers are written by the compiled executor where they can be; `off` leaves all to graphql-core."""

    trusted_proxies: str = ""
    """Addresses or networks, by commas, of proxies whose `X-Forwarded-For` tells who asks; nobody's if empty."""

    explorer: bool | None = None
    """Whether the explorer's page is served; where nothing is said, on loopback only."""

    trusted_only: str = ""
    """Roles, by commas, that may ask for nothing but trusted documents, or `all`; nobody is so bound if empty."""

    @field_validator("trusted_only")
    @classmethod
    def _callers(cls, listed: str) -> str:
        named = [part.strip().lower() for part in listed.split(",") if part.strip()]
        known = [*(role.value.lower() for role in Role), EVERYBODY]
        if wrong := [name for name in named if name not in known]:
            raise ValueError(f"{wrong[0]} is nobody here; name any of {', '.join(known)}")
        return ",".join(named)

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, listed: str) -> str:
        return ",".join(str(ip_network(part.strip())) for part in listed.split(",") if part.strip())

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        driver_url(url, asynchronous=True)
        return url

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value()) < MIN_SECRET_LENGTH:
            raise ValueError(f"a secret has {MIN_SECRET_LENGTH} characters or more")
        return secret

    @property
    def has_demo_secret(self) -> bool:
        return self.secret_key.get_secret_value() == DEMO_SECRET_KEY

    def refuse_unsafe_address(self, host: str) -> None:
        """Raises ValueError where strangers could reach a server whose secret everybody knows."""
        if self.has_demo_secret and not is_loopback(host):
            raise ValueError(
                f"BAKETRACE_SECRET_KEY is the demo's, which everybody knows, and {host} can be reached from elsewhere. "
                "Set BAKETRACE_SECRET_KEY to a secret of your own, of 32 characters or more, or serve on 127.0.0.1."
            )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
