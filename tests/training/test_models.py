"""What rows say of themselves."""

import pytest

from training.models import ModelVersion

Kind = ModelVersion.Kind


@pytest.mark.parametrize(
    ("kind", "stored", "expected"),
    [
        (Kind.FEWSHOT, "models/1/2/class.npz", "class.npz"),
        (Kind.FEWSHOT, "models/1/2/class_Xy12ab.npz", "class.npz"),  # the storage had one of this name
        (Kind.DETECTOR, "models/1/2/detector.pt", "detector.pt"),
        (Kind.DETECTOR, "models/1/2/detector_Xy12ab.onnx", "detector.onnx"),
    ],
)
def test_a_model_s_file_has_its_name_wherever_it_is_kept(kind: str, stored: str, expected: str) -> None:
    assert ModelVersion(kind=kind, file=stored).file_name == expected
