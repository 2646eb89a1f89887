"""The base detectors that people may pick, told without importing anything heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

_COCO = (
    "person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, "
    "parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, "
    "handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, "
    "surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, "
    "broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, "
    "laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, "
    "scissors, teddy bear, hair drier, toothbrush"
)
COCO_NAMES = tuple(name.strip() for name in _COCO.split(","))


@dataclass(frozen=True, slots=True)
class BaseDetector:
    """A pretrained detector: its registry name, its file and the classes it knows, in its own order."""

    name: str
    family: str
    mb: float
    classes: tuple[str, ...] = COCO_NAMES

    @property
    def file(self) -> str:
        return f"{self.name}.pt"

    @property
    def available(self) -> bool:
        """Is the file on this machine already? What is not is fetched by the worker at its first use."""
        return (settings.LABELHUB_WEIGHTS_DIR / self.file).is_file()

    def row(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "family": self.family,
            "file": self.file,
            "mb": self.mb,
            "available": self.available,
            "classes": list(self.classes),
        }


BASE_DETECTORS = {
    detector.name: detector
    for detector in (
        BaseDetector("yolo26n", "YOLO26", 5.5),
        BaseDetector("yolo26s", "YOLO26", 20.4),
        BaseDetector("yolo26m", "YOLO26", 44.3),
        BaseDetector("yolo26l", "YOLO26", 53.2),
        BaseDetector("yolo11n", "YOLO11", 5.6),
        BaseDetector("yolov8n", "YOLOv8", 6.5),
        BaseDetector("yolov8s", "YOLOv8", 22.6),
        BaseDetector("yolov5nu", "YOLOv5", 5.6),
    )
}
