"""Adam in the eigenbasis of its own second moments: for small networks whose weights act together.

After Vyas et al., SOAP: Improving and Stabilizing Shampoo using Adam, 2024 (arXiv 2409.11321). A step costs a few
products of a matrix with square ones, which is little beside a gradient through an inner loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class Soap(torch.optim.Optimizer):
    """Adam, for matrices after rotation into the eigenvectors of the means of G G^T and G^T G.

    Args:
        params: what is trained; tensors of more than two dimensions count as vectors.
        lr: the length of a step of each rotated entry.
        betas: decay of the mean gradient and of all second moments.
        every: steps from one change of the bases to the next, for which alone their moments are taken.
        largest: a side longer than this is not rotated.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 3e-3,
        betas: tuple[float, float] = (0.95, 0.95),
        every: int = 4,
        largest: int = 512,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "every": every, "largest": largest})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One update of every parameter that has a gradient; a closure is not called."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, parameter.grad, group)

    def _update(self, parameter: Tensor, slope: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        sides = [k for k in (0, 1) if slope.ndim == 2 and 1 < slope.shape[k] <= group["largest"]]
        if not state:
            state.update(step=0, mean=torch.zeros_like(slope), square=torch.zeros_like(slope))
            for k in sides:
                state[f"moment{k}"] = _moment(slope, k)
                state[f"basis{k}"] = torch.linalg.eigh(state[f"moment{k}"])[1]
        first, second = group["betas"]
        state["step"] += 1
        bases = {k: state[f"basis{k}"] for k in sides}
        rotated = _rotate(slope, bases)
        state["mean"].lerp_(rotated, 1 - first)
        state["square"].lerp_(rotated.square(), 1 - second)
        mean = state["mean"] / (1 - first ** state["step"])
        square = state["square"] / (1 - second ** state["step"])
        parameter.sub_(group["lr"] * _rotate(mean / (square.sqrt() + 1e-10), bases, back=True))
        if state["step"] % group["every"]:
            return
        mean = _rotate(state["mean"], bases, back=True)
        for k in sides:
            state[f"moment{k}"].lerp_(_moment(slope, k), 1 - second)
            # one round of power iteration keeps the basis close
            state[f"basis{k}"] = torch.linalg.qr(state[f"moment{k}"] @ bases[k])[0]
        state["mean"].copy_(_rotate(mean, {k: state[f"basis{k}"] for k in sides}))


def _moment(slope: Tensor, side: int) -> Tensor:
    return slope @ slope.T if side == 0 else slope.T @ slope


def _rotate(matrix: Tensor, bases: dict[int, Tensor], back: bool = False) -> Tensor:
    """Into the bases of its sides, or back from them."""
    for side, basis in bases.items():
        turn = basis if back else basis.T
        matrix = turn @ matrix if side == 0 else matrix @ turn.T
    return matrix
