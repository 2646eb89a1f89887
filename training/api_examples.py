"""Examples of the main operations, by the address's name and the method; tests hold them against the description."""

from __future__ import annotations

from typing import Any

from projects.web.description import operations_of

BOX = "3f0c9a52-6f0e-4c5b-9a77-0c3a5d0f9b10"
WHEN = "2026-11-29T12:00:00Z"
_IMAGE_NAME = {"id": 7, "name": "trap-0007.jpg", "width": 1280, "height": 720}
_BOX_ROW = {
    "id": BOX, "class": 2, "xyxy": [412.0, 96.5, 640.0, 388.0], "author": "ada@example.org", "origin": "person",
    "flags": ["occluded"], "attributes": {"colour": "red"},
    "updated_at": WHEN,
}  # fmt: skip
_STATE = {
    "id": 7, "name": "trap-0007.jpg", "width": 1280, "height": 720, "url": "/files/images/7/",
    "thumb_url": "/files/images/7/thumb/", "dataset": 1, "split": "train", "version": 4, "boxes": [_BOX_ROW],
    "complete": [2], "tags": ["night"], "suggestions": [], "warnings": [], "previous": 6, "next": 8, "position": 7,
    "total": 160,
}  # fmt: skip
_PAST_BOX = {
    "id": BOX,
    "class": 2,
    "class_name": "fox",
    "xyxy": [412.0, 96.5, 640.0, 388.0],
    "flags": [],
    "attributes": {},
}
_CHANGES = [
    {"op": "create", "id": BOX, "class": 2, "xyxy": [412, 96.5, 640, 388]},
    {"op": "complete", "class": 2, "value": True},
]
_TOKEN = {
    "key": "a1b2c3d4e5f60718", "name": "nightly export", "scopes": ["read", "export"], "created": WHEN,
    "expiry": "2027-02-27T12:00:00Z", "used_at": None,
}  # fmt: skip
_WEBHOOK = {
    "id": 1, "url": "https://example.org/labelhub", "events": ["runs.finished", "exports.finished"], "active": True,
    "failures": 0, "disabled_at": None, "created_at": WHEN,
}  # fmt: skip
_REGION = {
    "type": "rectanglelabels", "from_name": "label", "to_name": "image", "original_width": 1280, "original_height": 720,
    "value": {"x": 32.2, "y": 13.4, "width": 17.8, "height": 40.5, "rotation": 0, "rectanglelabels": ["fox"]},
}  # fmt: skip
_PREDICTION = {"model_version": "v2", "score": 0.91, "result": [_REGION]}
_DECIDED = {"items": [{"id": 41, "version": 1}, {"id": 42, "version": 1}]}
_SEEN = [{"id": 41, "version": 2}, {"id": 42, "version": 2}]

_JOB = {
    "id": 5, "name": "Night images", "assignee": {"id": 3, "email": "ada@example.org", "name": "Ada"}, "classes": [],
    "priority": 2, "due": "2026-12-04", "overlap": 1, "created_at": WHEN,
    "counts": {"todo": 50, "started": 0, "submitted": 0, "returned": 0, "skipped": 0, "final": 0},
}  # fmt: skip
_WORK = {
    "image": 7, "name": "trap-0007.jpg", "job": 5, "job_name": "Night images", "shared": False, "state": "started",
    "mine": True, "left": 50, "worker": "Ada", "workers": [], "lease_until": None, "rounds": 0, "note": "",
    "submitted_by": None, "submitted_at": None, "decided_by": None, "decided_at": None,
}  # fmt: skip
_APART = {
    "image": _IMAGE_NAME, "agreed": 2,
    "people": [
        {"id": 3, "email": "ada@example.org", "name": "Ada"}, {"id": 4, "email": "bo@example.org", "name": "Bo"},
    ],
    "disputes": [
        {
            "xyxy": [412.0, 96.5, 640.0, 388.0], "majority": None,
            "boxes": [{"person": 3, "class": 2, "xyxy": [412.0, 96.5, 640.0, 388.0]}],
            "votes": [{"class": 2, "votes": 1}, {"class": 0, "votes": 1}],
        },
    ],
}  # fmt: skip
_SUBMITTED = {"state": "submitted", "mine": False, "left": 49, "submitted_by": "Ada", "submitted_at": WHEN}
_RETURNED = {
    "state": "returned", "rounds": 1, "note": "The tail is outside of the box.", "decided_by": "Rey",
    "decided_at": WHEN,
}  # fmt: skip
_LABEL_ERROR = {
    "id": 41, "kind": "wrong_class", "state": "pending", "version": 1, "class": 2, "proposed": 3,
    "xyxy": [412.0, 96.5, 640.0, 388.0], "tight": None, "box": BOX, "probability": 0.93, "image": _IMAGE_NAME,
    "crop": [362.3, 78.3, 741.3, 457.3], "crop_url": "/files/images/7/crop/?box=412%2C96.5%2C640%2C388",
}  # fmt: skip

EXAMPLES: dict[tuple[str, str], dict[str, Any]] = {
    ("api-projects", "post"): {
        "request": {"name": "Camera traps", "description": "North ridge, winter"},
        "answer": {
            "id": 1, "name": "Camera traps", "description": "North ridge, winter", "role": "owner", "images": 0,
            "created_at": WHEN, "boxes": 0,
        },
    },
    ("api-work-jobs", "post"): {
        "request": {"name": "Night images", "filter": "state=empty", "people": [3, 4], "each": 50, "due": "2026-12-04"},
        "answer": {"jobs": [_JOB], "images": 100, "left": 60},
    },
    ("api-work-next", "post"): {"answer": _WORK},
    ("api-work-submit", "post"): {"request": {"image": 7}, "answer": _WORK | _SUBMITTED},
    ("api-work-give-back", "post"): {
        "request": {"image": 7, "comment": "The tail is outside of the box.", "box": BOX},
        "answer": _WORK | _SUBMITTED | _RETURNED,
    },
    ("api-work-accept", "post"): {"request": {"images": [7, 8]}, "answer": {"images": [7, 8]}},
    ("api-work-disputes", "get"): {
        "answer": {"count": 1, "next": None, "previous": None, "results": [_APART]},
    },
    ("api-work-settle", "post"): {"request": {"image": 7, "choices": [2]}, "answer": {"images": [7]}},
    ("api-work-settle-agreed", "post"): {"answer": {"count": 12}},
    ("api-work-unsettle", "post"): {"request": {"image": 7}, "answer": {"count": 3}},
    ("api-work-go-on", "post"): {"answer": {"count": 2}},
    ("api-classes-many", "post"): {"request": {"names": ["fox", "badger", "너구리"]}},
    ("api-image", "get"): {"answer": _STATE},
    ("api-image-changes", "post"): {"request": {"version": 3, "changes": _CHANGES}, "answer": _STATE},
    ("api-image-history", "get"): {
        "answer": {
            "next": "http://127.0.0.1:8000/api/images/7/history/?cursor=cD05MTI%3D", "previous": None,
            "results": [
                {
                    "moment": 918, "at": WHEN, "version": 4, "actor": "ada@example.org", "actor_name": "Ada",
                    "deeds": [{"class": 2, "class_name": "fox", "verb": "created", "count": 2}],
                    "versions": [{"id": 3, "number": 3, "name": "Before the winter", "made_at": WHEN}],
                }
            ],
        },
    },
    ("api-image-moment", "get"): {
        "answer": {
            "boxes": [_PAST_BOX], "complete": [2], "tags": ["night"],
            "changed": [
                {"kind": "moved", "before": _PAST_BOX | {"xyxy": [400.0, 90.0, 630.0, 380.0]}, "after": _PAST_BOX}
            ],
        },
    },
    ("api-image-restore", "post"): {"request": {"version": 3, "moment": 918}, "answer": _STATE},
    ("api-version-image", "get"): {"answer": {"boxes": [_PAST_BOX], "complete": [2], "tags": ["night"], "changed": []}},
    ("api-changes", "post"): {
        "request": {"images": [{"image": 7, "version": 3, "changes": _CHANGES}]},
        "answer": {"images": [{"image": 7, "version": 4, "changed": True, "warnings": []}]},
    },
    ("api-boxes", "get"): {
        "answer": {
            "next": "http://127.0.0.1:8000/api/projects/1/boxes/?cursor=cD04", "previous": None,
            "results": [_BOX_ROW | {"image": _IMAGE_NAME}],
        },
    },
    ("api-suggestions-accept", "post"): {
        "request": _DECIDED,
        "answer": {"accepted": [41, 42], "boxes": 2, "items": _SEEN},
    },
    ("api-suggestions-reject", "post"): {"request": _DECIDED, "answer": {"rejected": [41, 42], "items": _SEEN}},
    ("api-label-errors", "get"): {"answer": {"count": 1, "next": None, "previous": None, "results": [_LABEL_ERROR]}},
    ("api-label-errors-counts", "get"): {"answer": {"wrong_class": 12, "spurious": 3, "missing": 7, "loose": 4}},
    ("api-label-errors-fix", "post"): {"request": _DECIDED, "answer": {"items": _SEEN}},
    ("api-label-errors-keep", "post"): {"request": _DECIDED, "answer": {"items": _SEEN}},
    ("api-label-errors-reopen", "post"): {"request": _DECIDED, "answer": {"items": _SEEN}},
    ("api-runs", "post"): {"request": {"kind": "autolabel", "classes": [2], "aim": "time"}},
    ("api-image-click", "post"): {
        "request": {"point": [530.5, 240], "class": 2},
        "answer": {
            "boxes": [{"xyxy": [412.0, 96.5, 640.0, 388.0], "score": 0.84, "source": "model"}], "seconds": 0.21,
        },
    },
    ("api-image-comments", "post"): {"request": {"text": "Is this a fox?", "box": BOX}},
    ("api-label-studio-import", "post"): {
        "request": [{"data": {"image": "trap-0007.jpg"}, "annotations": [], "predictions": [_PREDICTION]}],
        "answer": {"task_count": 1, "annotation_count": 0, "prediction_count": 1, "import": 12},
    },
    ("api-label-studio-import-state", "get"): {
        "answer": {"id": 12, "status": "completed", "task_ids": [7], "error": ""},
    },
    ("api-label-studio-predictions", "post"): {
        "request": {"task": 7} | _PREDICTION,
        "answer": {"id": 31, "task": 7, "project": 1, "created_at": WHEN} | _PREDICTION,
    },
    ("api-tokens", "post"): {
        "request": {"name": "nightly export", "scopes": ["read", "export"], "expiry": "2027-02-27T12:00:00Z"},
        "answer": _TOKEN | {"token": "a1b2c3d4e5f60718…"},
    },
    ("api-webhooks", "post"): {
        "request": {"url": _WEBHOOK["url"], "events": _WEBHOOK["events"]},
        "answer": _WEBHOOK | {"secret": "whsec_bm90IGEgcmVhbCBzZWNyZXQ="},
    },
    ("api-invitations", "post"): {
        "request": {"role": "annotator", "email": "ben@example.org"},
        "answer": {"url": "https://labels.example.org/invite/TOKEN/", "expires_at": "2026-12-06T12:00:00Z"},
    },
}  # fmt: skip


def show(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A hook of drf-spectacular: puts the examples into the description. result: the description as it is drawn."""
    for name, method, operation in operations_of(result):
        example = EXAMPLES.get((name, method), {})
        if "request" in example:
            for content in operation["requestBody"]["content"].values():
                content["example"] = example["request"]
        if "answer" in example:
            good = next(code for code in operation["responses"] if code.startswith("2"))
            for content in operation["responses"][good]["content"].values():
                content["example"] = example["answer"]
    return result
