"""Small logistic regressions with a prior: what ten boxes justify, and no more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from training.engine.core.arrays import BoolArray, FloatArray

ENOUGH_STEPS = 80  # the fits of ten rows to some hundred have converged before
GRADIENT_TOLERANCE, CHANGE_TOLERANCE = 1e-7, 1e-10


class Solver(torch.optim.LBFGS):
    """L-BFGS as it is, but for one thing: torch would load its compiler here, which takes 1.5 seconds and compiles
    nothing.
    """

    add_param_group = getattr(torch.optim.LBFGS.add_param_group, "__wrapped__", torch.optim.LBFGS.add_param_group)


@dataclass(frozen=True, slots=True)
class Linear:
    """A logit that is linear in its features."""

    weight: FloatArray
    bias: float

    def logits(self, x: FloatArray) -> FloatArray:
        """(n,) log odds."""
        return np.asarray(x @ self.weight + self.bias, dtype=np.float32)


def fit_logistic(
    x: FloatArray, y: BoolArray, sample_weight: FloatArray, l2: FloatArray | float, *,
    prior: FloatArray | None = None, bias_l2: float = 0.0, prior_bias: float = 0.0, steps: int = ENOUGH_STEPS,
) -> Linear:  # fmt: skip
    """Minimises the weighted log loss (a sum) plus l2/2 times the squared distance from the prior.

    x: (n, d). y: (n,). sample_weight: (n,). l2: one number, or (d,). prior: (d,), zero by default.
    """
    width = x.shape[1]
    # Copies: torch aligns its own memory, and sums over numpy's differ in the last digits from run to run.
    features = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float64)).clone()
    label = torch.from_numpy(y.astype(np.float64))
    weight = torch.from_numpy(sample_weight.astype(np.float64))
    centre = torch.zeros(width + 1, dtype=torch.float64)
    if prior is not None:
        centre[:width] = torch.from_numpy(prior.astype(np.float64))
    centre[width] = prior_bias
    penalty = torch.full((width + 1,), bias_l2, dtype=torch.float64)
    penalty[:width] = torch.as_tensor(l2, dtype=torch.float64)
    vector = centre.clone()
    solver = Solver(
        [vector],
        max_iter=steps,
        line_search_fn="strong_wolfe",
        tolerance_grad=GRADIENT_TOLERANCE,
        tolerance_change=CHANGE_TOLERANCE,
    )

    @torch.no_grad()
    def loss() -> torch.Tensor:
        """The gradient by hand: autograd's takes twice as long."""
        logit = features @ vector[:-1] + vector[-1]
        slope = weight * (torch.sigmoid(logit) - label)
        offset = vector - centre
        vector.grad = torch.cat([slope @ features, slope.sum()[None]]) + penalty * offset
        each = weight * (torch.nn.functional.softplus(logit) - label * logit)
        return each.sum() + (penalty / 2 * offset**2).sum()

    solver.step(loss)  # type: ignore[no-untyped-call]
    found = vector.numpy()
    return Linear(found[:-1].astype(np.float32), float(found[-1]))
