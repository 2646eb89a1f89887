"""A small OpenID provider: discovery, the code flow with PKCE, tokens signed with its own key."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "labelhub", "a-secret:with a colon"


class Provider:
    """person: what it says of who signs in there. token: what it says otherwise than it should in the ID token.
    cancels: people say no. sub: another subject at /userinfo.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer, self.person, self.token = issuer, dict[str, Any](), dict[str, Any]()
        self.cancels, self.sub = False, ""
        self.asked: dict[str, dict[str, str]] = {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def configuration(self) -> dict[str, Any]:
        ways = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo",
                "jwks_uri": "jwks"}  # fmt: skip
        return {"issuer": self.issuer} | {name: f"{self.issuer}/{path}" for name, path in ways.items()}

    def authorize(self, asked: dict[str, str]) -> str:
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.asked[code] = asked
        answer = {"error": "access_denied"} if self.cancels else {"code": code}
        return f"{asked['redirect_uri']}?{urlencode(answer | {'state': asked['state']})}"

    def give(self, sent: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once; None for who may not have them."""
        asked = self.asked.pop(sent["code"], None)
        if asked is None or (sent["client_id"], sent["client_secret"]) != (CLIENT, SECRET):
            return None
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, **self.person, **self.token}
        signed = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"})
        return {"access_token": "yes", "token_type": "Bearer", "id_token": signed}

    def keys(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [public | {"kid": "one", "alg": "RS256", "use": "sig"}]}


@contextmanager
def provider() -> Iterator[Provider]:
    found: Any = None

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", found.authorize(asked))
                self.end_headers()
            elif parts.path == "/userinfo":
                known = found.person | ({"sub": found.sub} if found.sub else {})
                self._say(known if self.headers["Authorization"] == "Bearer yes" else None)
            elif parts.path == "/jwks":
                self._say(found.keys())
            else:
                self._say(found.configuration() if "openid-configuration" in parts.path else None)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(found.give({name: values[0] for name, values in parse_qs(body).items()}))

        def _say(self, what: Any) -> None:
            self.send_response(400 if what is None else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(what or {"error": "invalid_grant"}).encode())

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Provider(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
