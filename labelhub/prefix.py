"""A site under a path of somebody else's: the proxy before it may take the path off or leave it on."""

from __future__ import annotations

from typing import Any

from django.urls import set_script_prefix


class PrefixedApp:
    """ASGI: `app` sees every request under `prefix`, as Django and Channels want it: in `path` as in `root_path`."""

    def __init__(self, app: Any, prefix: str) -> None:
        self.app, self.prefix = app, prefix

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if self.prefix and scope["type"] in ("http", "websocket"):
            rest = scope["path"].removeprefix(self.prefix)
            if rest == scope["path"] or not rest.startswith("/"):  # it was taken off, or only looks alike
                rest = "/" if scope["path"] == self.prefix else scope["path"]
            scope = scope | {"path": self.prefix + rest, "root_path": self.prefix}
            set_script_prefix(f"{self.prefix}/")  # for addresses in live pages; Django does it for requests alone
        await self.app(scope, receive, send)
