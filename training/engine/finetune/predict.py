"""Boxes that a fine-tuned detector finds, with its own classes apart from the base classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from ultralytics.models.yolo.detect import DetectionPredictor
from ultralytics.utils.nms import non_max_suppression

from training.engine.core.arrays import FloatArray, IntArray
from training.engine.core.boxes import as_boxes, clip
from training.engine.run import Run
from training.engine.vision import images as pictures
from training.protocol.errors import BadImage
from training.protocol.job import JobImage

NOTHING = (as_boxes([]), np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64))


class EveryClassPredictor(DetectionPredictor):
    """Ultralytics gives a place to its best class alone; here each class answers for itself, so a new one hides no
    other.
    """

    def postprocess(self, preds: Any, img: Any, orig_imgs: Any, **more: Any) -> Any:
        """As usual, but for the classes that come second."""
        boxes = non_max_suppression(
            preds, self.args.conf, self.args.iou, self.args.classes, multi_label=True, max_det=self.args.max_det,
            end2end=getattr(self.model, "end2end", False),
        )  # fmt: skip
        return self.construct_results(boxes, img, orig_imgs, **more)  # type: ignore[no-untyped-call]


def find(
    run: Run, model: Any, image: JobImage, wanted: Sequence[int], conf: float, apart: bool
) -> tuple[FloatArray, FloatArray, IntArray]:  # fmt: skip
    """Boxes of some of a detector's classes in one picture, with scores and class places; none in a picture that is
    broken.
    """
    try:
        pixels = pictures.decode(image.path)
    except BadImage as error:
        run.emitter.log("bad_image", f"{error.text} It is left out.", level="warning", image=image.id)
        return NOTHING
    result = model.predict(
        cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), imgsz=image_size_of(model), conf=max(conf, run.tuning.trainer.lowest),
        classes=list(wanted) or None, device=run.device, verbose=False, save=False,
        predictor=EveryClassPredictor if apart else None,
    )[0]  # fmt: skip
    if not wanted or result.boxes is None or not len(result.boxes):
        return NOTHING
    boxes = clip(as_boxes(result.boxes.xyxy.cpu().numpy()), (pixels.shape[1], pixels.shape[0]))
    score = result.boxes.conf.cpu().numpy().astype(np.float32)
    index = result.boxes.cls.cpu().numpy().astype(np.int64)
    real = ((boxes[:, 2:] - boxes[:, :2]) > run.tuning.trainer.least_size).all(axis=1)
    return boxes[real], score[real], index[real]


def image_size_of(model: Any) -> int:
    """The size that the detector was trained at."""
    arguments = getattr(model.model, "args", None) or {}
    size = arguments.get("imgsz", 640) if isinstance(arguments, dict) else getattr(arguments, "imgsz", 640)
    return int(size) if isinstance(size, int) else 640
