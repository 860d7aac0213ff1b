"""Draws ``cards/l1l2-interpolation.webp`` from a real descent.

Run ``python -m plugins.optimization.l1l2_interpolation.thumbnail``. Above, coefficients against the logarithm of
time: those of the signal in red, which rise to the truth (thin lines), and the others in orange, which part a
little as the noise is fitted. Below, training loss in blue and excess risk in green, both logarithmic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from . import model

SIZE, ZOOM = (640, 360), 4
GROUND, GRID = (20, 20, 31), (46, 46, 66)
SIGNAL, REST, LOSS, RISK = "#ff6369", "#ff9f43", "#52a9ff", "#2dd4bf"
TARGET = Path(__file__).resolve().parents[3] / "cards" / "l1l2-interpolation.webp"


def draw() -> Image.Image:
    """The descent of the page's default settings."""
    n, d, sigma = 200, 2000, 0.5
    problem = model.draw(n, d, 5, sigma, 0)
    states = list(model.descend(problem.X, problem.y, model.default_lambda(n, d, sigma, 1e-8)))
    states = [state for state in states if state.time > 3]
    clock = np.log([state.time for state in states])
    clock = (clock - clock[0]) / (clock[-1] - clock[0])
    betas = np.array([state.beta for state in states])
    risks = np.array([model.excess_risk(beta, problem.beta_star) for beta in betas])
    losses = np.array([state.loss for state in states])

    width, height = (side * ZOOM for side in SIZE)
    picture = Image.new("RGB", (width, height), GROUND)
    brush = ImageDraw.Draw(picture, "RGBA")

    def line(
        values: np.ndarray, low: float, high: float, top: float, bottom: float, colour: str, pen: float
    ) -> None:
        x = width * (0.05 + 0.9 * clock)
        y = height * (bottom + (top - bottom) * (values - low) / (high - low))
        brush.line(list(zip(x, y, strict=True)), colour, round(pen * ZOOM), joint="curve")

    for level in (-1.0, 0.0, 1.0):
        line(np.full(len(clock), level), -1, 1, 0.1, 0.66, GRID, 1)
    others = np.delete(betas, problem.support, axis=1)
    for path in others[:, np.argsort(-np.abs(others[-1]))[:80]].T:
        line(path, -1, 1, 0.1, 0.66, REST + "80", 0.8)
    for path in betas[:, problem.support].T:
        line(path, -1, 1, 0.1, 0.66, SIGNAL, 3.5)
    line(np.log10(losses), -12, 0, 0.76, 0.94, LOSS, 3)
    line(np.log10(risks), -2, 0.5, 0.76, 0.94, RISK, 3)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    draw().save(TARGET, quality=88, method=6)
