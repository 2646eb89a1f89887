"""Every kind of encoder gives unit features by which like is nearer to like; the file of DINOv2 is read in its official
form.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.training.engine.conftest import Scene, run_here, shot, target
from training.engine.core.boxes import as_boxes
from training.engine.tuning import DEFAULTS
from training.engine.vision import images, weights
from training.engine.vision.crop_cache import unit
from training.engine.vision.encoder import DINO_SIDE, ENCODERS, CropEncoder
from training.protocol.errors import WeightsUnavailable
from training.protocol.limits import ENCODERS as NAMES


def test_the_job_knows_every_kind() -> None:
    assert tuple(ENCODERS) == NAMES


def weights_of(name: str, folder: Path) -> weights.ResolvedWeight:
    try:
        return weights.resolve(ENCODERS[name].weights, folder)
    except WeightsUnavailable as error:
        pytest.skip(f"the weights of {name} cannot be had here: {error}")


@pytest.mark.parametrize("name", ["lite2", "lite0"])
def test_like_is_nearer_to_like(name: str, weights_dir: Path, cache_dir: Path, scenes: list[Scene]) -> None:
    kind, found = ENCODERS[name], weights_of(name, weights_dir)
    encoder = CropEncoder(kind, found.path, found.weight.sha256, "cpu", cache_dir / "networks", 224, DEFAULTS)
    discs, squares = [], []
    for scene in scenes[:4]:
        picture = images.decode(scene.path)
        both = unit(encoder.encode((picture, box) for box in as_boxes([*scene.discs, *scene.squares])))
        assert both.shape == (len(scene.discs) + len(scene.squares), kind.dim)
        discs.append(both[: len(scene.discs)])
        squares.append(both[len(scene.discs) :])
    disc, square = np.concatenate(discs), np.concatenate(squares)
    assert (disc @ disc.T).mean() > (disc @ square.T).mean() + 0.1


def test_the_official_file_of_dinov2_is_read(tmp_path: Path) -> None:
    """The file itself lies on a hub that is not always reached: one of the same form, with numbers by chance."""
    from timm.models.vision_transformer import vit_small_patch14_dinov2

    torch.manual_seed(0)
    whole = vit_small_patch14_dinov2(pretrained=False, num_classes=0)
    official = {**whole.state_dict(), "mask_token": torch.zeros(1, 384)}
    assert official["pos_embed"].shape == (1, 37 * 37 + 1, 384)
    path = tmp_path / "official.pth"
    torch.save(official, path)
    kind = ENCODERS["dinov2s"]
    encoder = CropEncoder(kind, path, "made-up", "cpu", tmp_path, DINO_SIDE, DEFAULTS)
    picture = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    boxes = as_boxes([[0, 0, 90, 90], [100, 50, 280, 190], [100, 50, 280, 190]])
    features = encoder.encode((picture, box) for box in boxes)
    assert features.shape == (3, kind.dim)
    np.testing.assert_allclose(features[1], features[2], rtol=1e-3)
    with torch.inference_mode():
        pixels = torch.from_numpy(images.crop_square(picture, as_boxes([[0, 0, 90, 90]])[0], 0.1, DINO_SIDE))[None]
        straight = kind.build(path, DEFAULTS.encoder)(pixels)[0].numpy()
    assert straight @ features[0] / np.linalg.norm(straight) / np.linalg.norm(features[0]) > 0.99


def test_a_run_uses_the_encoder_that_it_was_asked_for(
    tmp_path: Path, make_job: Callable[..., dict[str, Any]], weights_dir: Path, scenes: list[Scene]
) -> None:
    found = weights_of("lite0", weights_dir)
    job = make_job(tmp_path, [shot(1, scenes[1]), shot(2, scenes[3]), target(3, scenes[4])], encoder="lite0")
    done = run_here(job)
    assert done.code == 0, done.events
    assert found.weight.name in [event["name"] for event in done.of("weights")]
    assert done.suggestions["images"][0]["suggestions"]
