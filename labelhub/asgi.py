"""The web process: pages and API over HTTP, live pages over websockets."""

import os
import warnings

import django

# WhiteNoise hands over open files; they are small and read whole, which is all that this says.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelhub.settings")
django.setup(set_prefix=False)

from channels.auth import AuthMiddlewareStack  # noqa: E402  (needs the apps loaded)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from labelhub.handler import Handler  # noqa: E402
from labelhub.live.origins import KnownOrigins  # noqa: E402
from labelhub.prefix import PrefixedApp  # noqa: E402
from labelhub.routing import websocket_urlpatterns  # noqa: E402

application = PrefixedApp(
    ProtocolTypeRouter(
        {
            "http": Handler(),
            "websocket": KnownOrigins(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
        }
    ),
    settings.URL_PREFIX,
)
