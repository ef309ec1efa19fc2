"""An identity provider on loopback: real keys, a real JWKS server, and tokens that are signed as one likes."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.api.in_process import MONDAY_MORNING

ISSUER, AUDIENCE = "https://id.bakery.example/", "baketrace"
NOW = int(MONDAY_MORNING.timestamp())

Key = RSAKey | ECKey | OKPKey

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
NEXT = ECKey.generate_key("P-256", {"kid": "ec-2", "use": "sig"})
STRANGERS = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
"""Bears the name of ours, and is another."""


def public(*keys: Key) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def claims(subject: str = "robin", **changed: Any) -> dict[str, Any]:
    """What a good token says; a claim that is None is left out."""
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "exp": NOW + 600, "iat": NOW, "nbf": NOW}
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(payload: Any = None, key: Any = EC, algorithm: str = "ES256", **header: Any) -> str:
    """A token with this payload; a part of the header that is None is left out. Whatever is wrong with it, the
    signature is right."""
    whole = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid} | header
    kept = {name: value for name, value in whole.items() if value is not None}
    said = f"{part(kept)}.{part(claims() if payload is None else payload)}"
    return f"{said}.{part(JWSRegistry.algorithms[algorithm].sign(said.encode(), key))}"


def part(value: Any) -> str:
    """A part of a token, as it is encoded."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(text).decode().rstrip("=")


class Issuer:
    """Answers with what `body` is at the moment, and counts how often it is asked."""

    def __init__(self) -> None:
        self.body = public(RSA, EC)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                self.send_response(issuer.status)
                for name, value in issuer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(issuer.body)

            def log_message(self, *_: object) -> None:
                """Nothing: what is asked is counted."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/jwks"

    @contextmanager
    def serving(self) -> Iterator[Issuer]:
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()
