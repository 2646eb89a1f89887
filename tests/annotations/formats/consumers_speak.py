"""Another tool reads what LabelHub wrote, or writes what LabelHub reads: run in the tools' own environment.

    python consumers_speak.py TOOL ROOT OUT

ROOT holds a folder for each format, as LabelHub writes it with pictures. OUT gets what the tool writes of them, a
folder each. What it read goes to the standard output: by format and name of the picture, [class, left, top, right,
bottom].
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Boxes = list[list[Any]]
Read = dict[str, Boxes]


def datumaro(root: Path, out: Path) -> Iterator[tuple[str, Read]]:
    from datumaro.components.annotation import AnnotationType
    from datumaro.components.dataset import Dataset

    for key, name in (("coco", "coco"), ("yolo", "yolo"), ("voc", "voc"), ("cvat", "cvat")):
        found = Dataset.import_from(str(root / key), name)
        labels = [label.name for label in found.categories()[AnnotationType.label]]
        read: Read = {}
        for item in found:
            rows = [one for one in item.annotations if one.type == AnnotationType.bbox]
            read[item.id] = [[labels[row.label], *_corners(row.get_bbox())] for row in rows]
        yield key, read
        for theirs in ("coco", "voc", "cvat", "yolo") if key == "coco" else ():
            found.export(str(out / theirs), theirs, save_media=True)


def supervision(root: Path, out: Path) -> Iterator[tuple[str, Read]]:
    import supervision as sv

    pictures = root / "coco" / "images"
    coco = next((root / "coco" / "annotations").glob("*.json"))
    sets = {
        "coco": sv.DetectionDataset.from_coco(str(pictures), str(coco)),
        "yolo": sv.DetectionDataset.from_yolo(
            str(root / "yolo" / "images"), str(root / "yolo" / "labels"), str(root / "yolo" / "data.yaml")
        ),
        "voc": sv.DetectionDataset.from_pascal_voc(str(root / "voc" / "images"), str(root / "voc" / "Annotations")),
    }
    for key, found in sets.items():
        read: Read = {}
        for path, _picture, boxes in found:
            rows = zip(boxes.class_id, boxes.xyxy, strict=True)
            read[os.path.relpath(path, root / key / "images")] = [[found.classes[c], *map(float, b)] for c, b in rows]
        yield key, read
    found = sets["coco"]
    found.as_coco(str(out / "coco" / "images"), str(out / "coco" / "annotations.json"))
    yolo = out / "yolo"
    found.as_yolo(str(yolo / "images"), str(yolo / "labels"), str(yolo / "data.yaml"))
    found.as_pascal_voc(str(out / "voc" / "images"), str(out / "voc" / "Annotations"))


def fiftyone(root: Path, out: Path) -> Iterator[tuple[str, Read]]:
    """Its importers and exporters alone: they need no database (MongoDB), which its data sets do."""
    os.environ |= {"FIFTYONE_DO_NOT_TRACK": "true", "FIFTYONE_DATABASE_VALIDATION": "false"}
    import fiftyone as fo
    import fiftyone.utils.coco as coco
    import fiftyone.utils.cvat as cvat
    import fiftyone.utils.voc as voc
    import fiftyone.utils.yolo as yolo

    labels = next((root / "coco" / "annotations").glob("*.json"))
    importers = {
        "coco": coco.COCODetectionDatasetImporter(
            data_path=str(root / "coco" / "images"), labels_path=str(labels), label_types=["detections"]
        ),
        "yolo": yolo.YOLOv5DatasetImporter(dataset_dir=str(root / "yolo"), yaml_path="data.yaml", split="train"),
        "voc": voc.VOCDetectionDatasetImporter(
            data_path=str(root / "voc" / "images"), labels_path=str(root / "voc" / "Annotations")
        ),
        "cvat": cvat.CVATImageDatasetImporter(
            data_path=str(root / "cvat" / "images"), labels_path=str(root / "cvat" / "annotations.xml")
        ),
    }
    kept: list[tuple[str, Any, Any]] = []
    for key, importer in importers.items():
        read: Read = {}
        with importer:
            for path, metadata, detections in importer:
                if isinstance(detections, dict):
                    detections = detections.get("detections")
                rows = detections.detections if detections else []
                name = os.path.relpath(path, root / key / "images")
                read[name] = [[row.label, *_scaled(row.bounding_box, _size(path))] for row in rows]
                if key == "coco":
                    kept.append((path, metadata, detections or fo.Detections()))
        yield key, read
    exporters = {
        "coco": coco.COCODetectionDatasetExporter(export_dir=str(out / "coco")),
        "yolo": yolo.YOLOv5DatasetExporter(export_dir=str(out / "yolo"), split="val"),
        "voc": voc.VOCDetectionDatasetExporter(export_dir=str(out / "voc")),
    }
    for exporter in exporters.values():
        with exporter:
            for path, metadata, detections in kept:
                exporter.export_sample(path, detections, metadata=metadata)


def label_studio(root: Path, out: Path) -> Iterator[tuple[str, Read]]:
    """Its converter: our tasks as COCO, YOLO and VOC; our COCO as tasks."""
    from label_studio_sdk.converter import Converter
    from label_studio_sdk.converter.imports import coco

    os.environ["LOCAL_FILES_SERVING_ENABLED"] = "true"
    ours = root / "label_studio"
    os.environ["LOCAL_FILES_DOCUMENT_ROOT"] = str(ours)
    converter = Converter(str(ours / "label_config.xml"), str(ours), download_resources=False)
    tasks = str(ours / "tasks.json")
    converter.convert_to_coco(tasks, str(out / "coco"), output_image_dir=str(out / "coco" / "images"), is_dir=False)
    converter.convert_to_yolo(tasks, str(out / "yolo"), is_dir=False)
    converter.convert_to_voc(tasks, str(out / "voc"), is_dir=False)
    (out / "label_studio").mkdir(parents=True)
    labels = next((root / "coco" / "annotations").glob("*.json"))
    coco.convert_coco_to_ls(
        str(labels), str(out / "label_studio" / "tasks.json"), image_root_url="/data/local-files/?d=images"
    )
    found = json.loads((out / "coco" / "result.json").read_text())
    names = {row["id"]: row["name"] for row in found["categories"]}
    read: Read = {row["file_name"]: [] for row in found["images"]}
    files = {row["id"]: row["file_name"] for row in found["images"]}
    for row in found["annotations"]:
        read[files[row["image_id"]]].append([names[row["category_id"]], *_corners(row["bbox"])])
    yield "label_studio", read


def ultralytics(root: Path, out: Path) -> Iterator[tuple[str, Read]]:
    """Its own data set reads our folder; what it found in a picture it writes with `save_txt`."""
    import numpy as np
    import torch
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset
    from ultralytics.engine.results import Results

    ours = root / "yolo"
    data = check_det_dataset(str(ours / "data.yaml"), autodownload=False)
    read: Read = {}
    for label in YOLODataset(img_path=data["train"], data=data, task="detect").get_labels():
        height, width = label["shape"]
        rows = []
        for number, (cx, cy, w, h) in zip(label["cls"][:, 0], label["bboxes"].tolist(), strict=True):
            box = _corners(((cx - w / 2) * width, (cy - h / 2) * height, w * width, h * height))
            rows.append([data["names"][int(number)], *box])
        read[os.path.relpath(label["im_file"], ours / "images")] = rows
    yield "yolo", read
    names = data["names"]
    theirs = out / "yolo"
    (theirs / "labels").mkdir(parents=True)
    (theirs / "data.yaml").write_text(json.dumps({"names": names, "train": "images"}), encoding="utf-8")
    numbers = {name: number for number, name in names.items()}
    for path, boxes in read.items():
        found = torch.tensor([[*box, 0.75, numbers[label]] for label, *box in boxes]).reshape(-1, 6)
        picture = np.zeros((*reversed(_size(str(ours / "images" / path))), 3), dtype=np.uint8)
        results = Results(picture, path=path, names=names, boxes=found)
        results.save_txt(theirs / "labels" / f"{Path(path).stem}.txt", save_conf=True)


def _corners(xywh: Any) -> list[float]:
    x, y, w, h = map(float, xywh)
    return [x, y, x + w, y + h]


def _scaled(xywh: Any, size: tuple[int, int]) -> list[float]:
    x, y, w, h = xywh
    return _corners((x * size[0], y * size[1], w * size[0], h * size[1]))


def _size(path: str) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as picture:
        return picture.size


TOOLS: dict[str, Callable[[Path, Path], Iterator[tuple[str, Read]]]] = {
    "datumaro": datumaro, "supervision": supervision, "fiftyone": fiftyone, "label_studio": label_studio,
    "ultralytics": ultralytics,
}  # fmt: skip

if __name__ == "__main__":
    tool, root, out = sys.argv[1:]
    answer = dict(TOOLS[tool](Path(root), Path(out)))
    print(json.dumps(answer))
