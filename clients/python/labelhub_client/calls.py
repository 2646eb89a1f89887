"""Every request that this client makes, one function each: method, path, fields and answer. The tests hold each against
the server's OpenAPI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labelhub_client.values import (
    Dataset,
    Export,
    KnownPictures,
    LabelClass,
    LabelImport,
    LabelledImage,
    Model,
    Prediction,
    Project,
    Run,
    UploadAnswer,
)
from labelhub_client.wire import Call, Part

PAGE = {"page_size": 200}
OF_PROJECT = "/api/projects/{project}/"


def list_projects() -> Call[Project]:
    return Call("GET", "/api/projects/", Project, query=PAGE, listed=True)


def get_project(project: int) -> Call[Project]:
    return Call("GET", OF_PROJECT, Project, {"project": project})


def create_project(name: str) -> Call[Project]:
    return Call("POST", "/api/projects/", Project, body={"name": name})


def list_datasets(project: int) -> Call[Dataset]:
    return Call("GET", OF_PROJECT + "datasets/", Dataset, {"project": project}, PAGE, listed=True)


def create_dataset(project: int, name: str) -> Call[Dataset]:
    return Call("POST", OF_PROJECT + "datasets/", Dataset, {"project": project}, body={"name": name})


def list_classes(project: int) -> Call[LabelClass]:
    return Call("GET", OF_PROJECT + "classes/", LabelClass, {"project": project}, PAGE, listed=True)


def create_class(project: int, name: str) -> Call[LabelClass]:
    return Call("POST", OF_PROJECT + "classes/", LabelClass, {"project": project}, body={"name": name})


def find_known(dataset: int, sha256: Sequence[str]) -> Call[KnownPictures]:
    path = "/api/datasets/{dataset}/images/known/"
    return Call("POST", path, KnownPictures, {"dataset": dataset}, body={"sha256": list(sha256)})


def upload(dataset: int, parts: Sequence[Part]) -> Call[UploadAnswer]:
    return Call("POST", "/api/datasets/{dataset}/images/", UploadAnswer, {"dataset": dataset}, parts=tuple(parts))


def list_images(project: int, *, dataset: int | None = None, label: int | None = None) -> Call[LabelledImage]:
    """label: only images that have a box of this class."""
    wanted = {"dataset": dataset, "class": label, "include": "boxes,suggestions", "page_size": 100}
    return Call("GET", OF_PROJECT + "images/", LabelledImage, {"project": project}, _said(wanted), listed=True)


def create_import(project: int, parts: Sequence[Part], *, dataset: int | None = None) -> Call[LabelImport]:
    path, body = OF_PROJECT + "label-imports/", _said({"dataset": dataset})
    return Call("POST", path, LabelImport, {"project": project}, body=body, parts=tuple(parts))


def get_import(project: int, id: int) -> Call[LabelImport]:
    return Call("GET", OF_PROJECT + "label-imports/{id}/", LabelImport, {"project": project, "id": id})


def start_import(
    project: int, id: int, *, classes: Mapping[str, int | str | None] | None = None, complete: str = "no"
) -> Call[LabelImport]:
    path, body = OF_PROJECT + "label-imports/{id}/start/", _said({"classes": classes, "complete": complete})
    return Call("POST", path, LabelImport, {"project": project, "id": id}, body=body)


def undo_import(project: int, id: int, *, pictures: bool = False) -> Call[LabelImport]:
    path = OF_PROJECT + "label-imports/{id}/undo/"
    return Call("POST", path, LabelImport, {"project": project, "id": id}, body={"pictures": pictures})


def start_run(
    project: int,
    kind: str = "autolabel",
    *,
    classes: Sequence[int] = (),
    dataset: int | None = None,
    train: str | None = None,
    epochs: int | None = None,
    budget: str | None = None,
) -> Call[Run]:
    asked = {"kind": kind, "classes": list(classes), "dataset": dataset, "train": train, "epochs": epochs}
    return Call("POST", OF_PROJECT + "runs/", Run, {"project": project}, body=_said(asked | {"budget": budget}))


def get_run(id: int) -> Call[Run]:
    return Call("GET", "/api/runs/{id}/", Run, {"id": id})


def list_runs(project: int) -> Call[Run]:
    return Call("GET", OF_PROJECT + "runs/", Run, {"project": project}, PAGE, listed=True)


def cancel_run(id: int) -> Call[Run]:
    return Call("POST", "/api/runs/{id}/cancel/", Run, {"id": id})


def create_export(
    project: int,
    format: str,
    *,
    images: bool = False,
    classes: Sequence[int] = (),
    dataset: int | None = None,
    split: str | None = None,
    unfinished: bool | None = None,
) -> Call[Export]:
    body = {"format": format, "images": images, "class": list(classes), "dataset": dataset, "split": split}
    path = OF_PROJECT + "exports/"
    return Call("POST", path, Export, {"project": project}, body=_said(body | {"unfinished": unfinished}))


def get_export(id: int) -> Call[Export]:
    return Call("GET", "/api/exports/{id}/", Export, {"id": id})


def get_export_file(id: int, to: Path, *, first: int = 0, sha256: str = "") -> Call[None]:
    """first: the byte to go on with, if the file is still the one of this hash."""
    headers = {"Range": f"bytes={first}-", "If-Range": f'"{sha256}"'} if first else {}
    return Call("GET", "/api/exports/{id}/file/", None, {"id": id}, headers=headers, to=to)


def list_models(project: int) -> Call[Model]:
    return Call("GET", OF_PROJECT + "models/", Model, {"project": project}, PAGE, listed=True)


def get_model_file(id: int, to: Path) -> Call[None]:
    return Call("GET", "/api/models/{id}/download/", None, {"id": id}, to=to)


def predict(project: int, picture: Part, *, models: Sequence[int] = ()) -> Call[Prediction]:
    body = {"models": list(models)} if models else {}
    return Call("POST", OF_PROJECT + "predict/", Prediction, {"project": project}, body=body, parts=(picture,))


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value != []}
