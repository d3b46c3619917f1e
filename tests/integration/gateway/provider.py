"""An OpenID provider of the tests: it vouches for whoever comes, truly or not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT = "tongban"


class IdentityProvider:
    """Speaks for `sub`; signs with `signing`, and shows `shown` to check it by."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.claims: dict[str, Any] = {"sub": "limin", "name": "李敏"}
        self.nonce = ""
        self.shown = self.signing = ECKey.generate_key("P-256")

    def answer(self, path: str) -> dict[str, Any]:
        match path:
            case "/.well-known/openid-configuration":
                return {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                    "id_token_signing_alg_values_supported": ["ES256"],
                }
            case "/keys":
                return {"keys": [self.shown.as_dict(private=False)]}
            case "/token":
                return {"access_token": "x", "token_type": "Bearer"} | self._proof()
        raise KeyError(path)

    def _proof(self) -> dict[str, str]:
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60}
        claims = said | {"nonce": self.nonce} | self.claims
        return {"id_token": jwt.encode({"alg": "ES256"}, claims, self.signing)}


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(provider.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = IdentityProvider(f"http://127.0.0.1:{server.server_port}")
        serving = Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield provider
        finally:
            server.shutdown()
            serving.join()
