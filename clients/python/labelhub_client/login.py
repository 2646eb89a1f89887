"""Where the command line keeps the server's address and the token: a file that its owner alone can read."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from labelhub_client.errors import ClientError


@dataclass(frozen=True, slots=True)
class Login:
    url: str
    token: str

    def save(self) -> Path:
        path = _path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        return path

    @classmethod
    def load(cls) -> Login:
        """LABELHUB_URL and LABELHUB_TOKEN, where both are set, else what was saved. Raises ClientError."""
        url, token = os.environ.get("LABELHUB_URL"), os.environ.get("LABELHUB_TOKEN")
        if url and token:
            return cls(url, token)
        try:
            return cls(**json.loads(_path().read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            raise ClientError("Sign in first: labelhub login https://labels.example.org") from None


def _path() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "labelhub" / "login.json"
