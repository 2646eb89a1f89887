"""LabelHub from Python: upload pictures, import labels, auto-label, take labels and models away.

from labelhub_client import Client

with Client("http://127.0.0.1:8000", token) as hub:
    project = hub.find_project("Mushrooms")
    for image in hub.iter_images(project.id):
        print(image.name, [box.xyxy for box in image.included.boxes])
"""

from labelhub_client.client import AsyncClient, Client
from labelhub_client.errors import ClientError, JobFailure, LabelHubError, NotFound, Unreachable
from labelhub_client.imports import OutsidePrediction
from labelhub_client.jobs import Progress

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "JobFailure",
    "LabelHubError",
    "NotFound",
    "OutsidePrediction",
    "Progress",
    "Unreachable",
]
