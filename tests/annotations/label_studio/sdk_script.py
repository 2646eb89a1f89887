"""What a script does with Label Studio's own SDK, run in the consumers' environment. Arguments: send or take, address,
token, project, task. Prints JSON.
"""

import json
import sys

from label_studio_sdk import LabelStudio

verb, url, token, project, task = (*sys.argv[1:4], *map(int, sys.argv[4:]))
client = LabelStudio(base_url=url, api_key=token)
REGION = {
    "type": "rectanglelabels", "from_name": "label", "to_name": "image", "original_width": 64, "original_height": 48,
    "value": {"x": 12.5, "y": 12.5, "width": 37.5, "height": 37.5, "rotation": 0, "rectanglelabels": ["cat"]},
}  # fmt: skip


def send():
    rows = [{"data": {"image": "a.jpg"}, "annotations": [{"result": [REGION]}]}]
    sent = client.projects.import_tasks(id=project, request=rows, return_task_ids=True)
    made = client.predictions.create(task=task, result=[REGION], score=0.75, model_version="v2", project=project)
    return {"tasks": sent.task_count, "annotations": sent.annotation_count, "score": made.score, "task": made.task}


def take():
    found = b"".join(client.projects.exports.download_sync(project, export_type="JSON", download_all_tasks=True))
    zipped = b"".join(client.projects.exports.download_sync(project, export_type="YOLO"))
    return {"tasks": json.loads(found), "zip": zipped[:2].decode()}


print(json.dumps({"send": send, "take": take}[verb]()))
