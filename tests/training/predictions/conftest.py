"""The real engine needs pretrained weights: what cannot be had is skipped by name."""

from tests.training.engine.conftest import weights_dir

__all__ = ["weights_dir"]
