"""Configuration by environment: every setting is a variable that begins with `BAKETRACE_`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from bakery.store.engine import driver_url
from graphql_api.identity.trust import Trust, algorithms_of, source_of
from graphql_api.limits import Limits
from graphql_api.spelling import is_loopback, listed
from plans import Role

DEMO_SECRET_KEY = "the demo's secret: never serve others with it"  # noqa: S105 - public, and refused off loopback
MIN_SECRET_LENGTH = 32
MAX_MESSAGE_BYTES = 1_000_000
"""What a client may send in one message of a websocket; the connection ends with 1009 above it."""

EVERYBODY = "all"
"""In `trusted_only`: whoever calls, also who is not signed in."""

PORT_MAX = 65535
ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")
"""An origin as browsers send it: scheme, host in small letters, and a port where it is not the scheme's own."""


class Settings(Limits):
    """What a process is told by its environment, the limits with all else."""

    model_config = SettingsConfigDict(env_prefix="BAKETRACE_", env_ignore_empty=True, frozen=True)

    database_url: str = "sqlite:///var/baketrace.db"
    secret_key: SecretStr = SecretStr(DEMO_SECRET_KEY)
    compiled: bool = True
    """Whether answers are written by the compiled executor where they can be; `off` leaves all to graphql-core."""

    trusted_proxies: str = ""
    """Addresses or networks, by commas, of proxies whose `X-Forwarded-For` tells who asks; nobody's if empty."""

    trusted_only: str = ""
    """Roles, by commas, that may ask for nothing but trusted documents, or `all`; nobody is so bound if empty."""

    @field_validator("trusted_only")
    @classmethod
    def _callers(cls, callers: str) -> str:
        named = [caller.lower() for caller in listed(callers)]
        known = [*(role.value.lower() for role in Role), EVERYBODY]
        if wrong := [name for name in named if name not in known]:
            raise ValueError(f"{wrong[0]} is nobody here; name any of {', '.join(known)}")
        return ",".join(named)

    explorer: bool | None = None
    """Whether the explorer's page is served; where nothing is said, on loopback only."""

    introspection: bool | None = None
    """Whether the schema answers what is in it, to whoever is signed in; where nothing is said, on loopback only."""

    cors_origins: str = ""
    """Origins, by commas, whose pages may ask this server from a browser; none if empty."""

    metrics_port: int | None = Field(default=None, ge=1, le=PORT_MAX)
    """The port of Prometheus' metrics; none are kept if nothing is said."""

    metrics_host: str = "127.0.0.1"
    """The address that the metrics are served on."""

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, given: str) -> str:
        origins = listed(given)
        for origin in origins:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin} is no origin; list them like https://app.example.com,http://localhost:3000")
        return ",".join(origins)

    identity_issuer: str = ""
    """Whose tokens people sign in with, as they have it in `iss`; nobody's if empty."""

    identity_audience: str = ""
    """Whom such tokens are for, as they have it in `aud`."""

    identity_jwks: str = ""
    """Where the keys of the issuer are: an https URL, or the path of a file."""

    identity_algorithms: str = "RS256,ES256"
    """By commas, how such tokens may be signed; none with a shared secret."""

    identity_types: str = "at+jwt,JWT"
    """By commas, what such tokens may have as `typ`; with `untyped`, also nothing."""

    @field_validator("identity_algorithms")
    @classmethod
    def _asymmetric(cls, algorithms: str) -> str:
        return ",".join(algorithms_of(algorithms))

    @field_validator("identity_jwks")
    @classmethod
    def _safe_source(cls, jwks: str) -> str:
        return source_of(jwks)

    @model_validator(mode="after")
    def _whole_trust(self) -> Settings:
        given = {name: getattr(self, f"identity_{name}") for name in ("issuer", "audience", "jwks")}
        if any(given.values()) and (missing := [name for name, value in given.items() if not value]):
            wanted = " and ".join(f"BAKETRACE_IDENTITY_{name.upper()}" for name in missing)
            raise ValueError(f"an identity provider needs {wanted}, too")
        return self

    @property
    def trust(self) -> Trust | None:
        """The identity provider, where there is one."""
        if not self.identity_issuer:
            return None
        return Trust(
            self.identity_issuer,
            self.identity_audience,
            self.identity_jwks,
            algorithms_of(self.identity_algorithms),
            frozenset(kind.lower().removeprefix("application/") for kind in listed(self.identity_types)),
        )

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, proxies: str) -> str:
        return ",".join(str(ip_network(proxy)) for proxy in listed(proxies))

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
    def allowed_origins(self) -> frozenset[str]:
        """The origins whose pages may ask from a browser, over websockets too."""
        return frozenset(listed(self.cors_origins))

    @property
    def bound_to_trusted(self) -> frozenset[str]:
        """The roles that may ask for nothing but trusted documents, in small letters, or `EVERYBODY`."""
        return frozenset(listed(self.trusted_only))

    def flags_on(self, host: str) -> Mapping[str, bool]:
        """`explorer` and `introspection` for a server on this address: what was said of them, or whether only this
        machine reaches it."""
        said = {"explorer": self.explorer, "introspection": self.introspection}
        return {name: is_loopback(host) if flag is None else flag for name, flag in said.items()}

    def on(self, host: str) -> Settings:
        """As a server on this address has them."""
        return self.model_copy(update=dict(self.flags_on(host)))

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
