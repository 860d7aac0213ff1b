"""Invented characters as a shaky hand draws them with a mouse: the examples and the tests use them.

`python -m plugins.optimization.imaml.strokes` writes `examples/` anew. No person drew these: each stroke
is a smooth curve through a few points that were moved by chance, sampled as a mouse is, with tremor.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.interpolate import PchipInterpolator

Stroke = list[list[float]]
"""Points (x, y) of one stroke of the pen, in a box of about 100 x 100."""

EXAMPLES = Path(__file__).parent / "examples"
CHARACTERS: dict[str, list[list[tuple[float, float]]]] = {
    "hook": [[(30, 5), (30, 60), (45, 92), (75, 85), (82, 62)], [(12, 30), (55, 28)]],
    "gate": [[(15, 95), (17, 10), (80, 8), (84, 94)], [(16, 52), (82, 50)]],
    "wheel": [
        [(50, 8), (88, 30), (86, 72), (50, 92), (14, 72), (13, 30), (49, 9)],
        [(50, 10), (51, 90)],
    ],
    "bolt": [[(62, 5), (28, 48), (70, 50), (34, 96)]],
    "fork": [[(50, 95), (50, 45)], [(15, 8), (25, 40), (50, 46), (76, 40), (86, 8)], [(50, 8), (50, 44)]],
    "snail": [[(90, 90), (30, 88), (10, 50), (35, 14), (72, 25), (70, 60), (45, 64), (42, 44)]],
}
"""Strokes by their turning points."""


def drawn(name: str, rng: np.random.Generator) -> list[Stroke]:
    """A character as one more drawing of it: slanted, stretched, uneven and trembling."""
    slant, tilt = rng.normal(0, 0.10), rng.normal(0, 0.06)
    size = 1 + rng.normal(0, 0.10, 2)
    turn = np.array([[1, slant], [tilt, 1]]) * size
    strokes = []
    for corners in CHARACTERS[name]:
        points = np.array(corners, float) + rng.normal(0, 3.0, (len(corners), 2))
        way = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
        # a hand is slow at both ends of a stroke, where a mouse then reports more points
        pace = (1 - np.cos(np.pi * np.linspace(0, 1, 6 + int(way[-1] / 4)))) / 2
        path = PchipInterpolator(way, points)(pace * way[-1])
        tremor = np.cumsum(rng.normal(0, 0.35, path.shape), axis=0)
        strokes.append(np.round((path + tremor - tremor.mean(axis=0)) @ turn.T, 1).tolist())
    return strokes


def painted(drawings: list[list[Stroke]], side: int = 300, pen: float = 7) -> NDArray[np.float32]:
    """Drawings side by side on a canvas of `side` a drawing, with the gaps a visitor would leave."""
    scale = 4
    canvas = Image.new("L", (side * len(drawings) * scale, side * scale))
    brush = ImageDraw.Draw(canvas)
    for place, strokes in enumerate(drawings):
        corner = np.concatenate([np.array(stroke) for stroke in strokes]).min(axis=0)
        for stroke in strokes:
            moved = (np.array(stroke) - corner) * 0.55 * side / 100 + np.array([0.2 + place, 0.15]) * side
            moved *= scale
            brush.line([tuple(point) for point in moved], fill=255, width=round(pen * scale), joint="curve")
            for x, y in moved[[0, -1]]:
                reach = pen * scale / 2
                brush.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    small = canvas.resize((side * len(drawings), side), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255


def recorded() -> dict[str, list[list[Stroke]]]:
    """The strokes in `examples/strokes.json`, eight drawings of each character."""
    return json.loads((EXAMPLES / "strokes.json").read_text())


def write() -> None:
    """Write the recorded strokes, and the canvases of the examples."""
    rng = np.random.default_rng(5)
    strokes = {name: [drawn(name, rng) for _ in range(8)] for name in CHARACTERS}
    (EXAMPLES / "strokes.json").write_text(json.dumps(strokes, separators=(",", ":")) + "\n")
    canvases = {
        "hook": strokes["hook"][:1],
        "gate": strokes["gate"][:1],
        "wheel": strokes["wheel"][:1],
        "hook_thrice": strokes["hook"][:3],
        "gate_thrice": strokes["gate"][:3],
        "new": [strokes["gate"][4], strokes["hook"][4]],
        "new_wheel": [strokes["wheel"][4], strokes["hook"][5], strokes["gate"][5]],
    }
    for name, drawings in canvases.items():
        grey = np.uint8(255 - 255 * painted(drawings))
        Image.fromarray(grey).save(EXAMPLES / f"{name}.png", optimize=True)
    sheet = np.concatenate([painted(drawings[:2]) for drawings in strokes.values()])
    Image.fromarray(np.uint8(255 - 255 * sheet)).save(EXAMPLES / "sheet.png", optimize=True)
    x = np.array([-4.2, -2.1, 0.4, 1.7, 3.9])
    lines = [f"{a:.2f},{2.5 * np.sin(a - 2.0):.3f}" for a in x]
    (EXAMPLES / "five_points.csv").write_text("\n".join(["x,y", *lines]) + "\n")


if __name__ == "__main__":
    write()
