"""Adam in plain NumPy, for networks whose gradients are written out.

After Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015 (arXiv 1412.6980): Algorithm 1 in the order that
section 2 recommends, with the corrections of both moments in the length of the step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

EPSILON = 1e-8


class Adam:
    """Steps that change parameters in place, with decays of 0.9 and 0.999.

    Users: dselect-k, information-plane, topoae.

    Args:
        params: arrays by name.
        rate: one for all; or one for every run of several that are trained side by side, `(runs,)`, where runs are the
            first axis of every array.
    """

    def __init__(self, params: dict[str, NDArray[Any]], rate: ArrayLike) -> None:
        self.params, self.rate, self.count = params, np.asarray(rate, float), 0
        self.moments = {name: (np.zeros_like(value), np.zeros_like(value)) for name, value in params.items()}

    def step(self, grads: dict[str, NDArray[Any]]) -> None:
        """One step along gradients of the parameters' names and shapes."""
        self.count += 1
        root = (1 - 0.999**self.count) ** 0.5
        size = self.rate * root / (1 - 0.9**self.count)
        for name, slope in grads.items():
            first, second = self.moments[name]
            first += 0.1 * (slope - first)
            second += 0.001 * (slope * slope - second)
            long = size.reshape(size.shape + (1,) * (slope.ndim - 1)) if size.ndim else size
            self.params[name] -= long * first / (np.sqrt(second) + EPSILON * root)
