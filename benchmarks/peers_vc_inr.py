"""vc-inr beside scikit-image's marching cubes, and seams beside seams left as they are.

    python -m benchmarks.peers_vc_inr

The surface of a decoded shape is drawn by surface nets, which share the work of marching cubes. Seams: what closing
the steps between tiles gains on training photographs at every level, in dB. The range coder and its density, and the
sine network, are compared in `peers_blocks`, COIN in `coin`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import trimesh
from skimage.measure import marching_cubes

import zoo
import zoo.data
from benchmarks import beside
from benchmarks.beside import Beside
from plugins.compression.vc_inr import actions, codec, model, signals
from zoo.types import Image, Mesh


def comparisons() -> Iterator[Beside]:
    """Surfaces of two bodies; triangles lie elsewhere, so their numbers are compared."""
    torch.set_num_threads(1)
    for name, body in (("torus", trimesh.creation.torus(1, 0.4)), ("ball", trimesh.creation.icosphere(4))):
        field, _ = signals.shape_field(Mesh(np.array(body.vertices), np.array(body.faces, "i8")))
        yield Beside(
            f"Surface of a {name} in {' x '.join(map(str, field.shape[:3]))} cells, as numbers of triangles",
            lambda field=field: len(signals.surface(field[..., 0])[1]),
            {"scikit-image, marching cubes": lambda field=field: len(marching_cubes(field[..., 0], 0)[1])},
        )


def seams() -> list[dict[str, float]]:
    """What closing the steps between tiles gains on training photographs, dB, by level."""
    network = zoo.load("vc-inr").pretrained(model.VcInr)
    photos = zoo.data.load("photos", "train")
    gains: list[list[float]] = []
    for pixels in (photos.images[k] for k in range(min(8, len(photos)))):
        field, layout = signals.picture_field(Image(np.ascontiguousarray(pixels)), 256)
        latent = codec.latents(network, "picture", signals.cut(field, layout))
        gains.append(
            [
                actions.write(network, field, layout, latent, level)[2]
                for level in range(codec.levels("picture"))
            ]
        )
    rows = [
        {"level": level + 1, "mean gain, dB": float(np.mean(column)), "least, dB": float(np.min(column))}
        for level, column in enumerate(zip(*gains, strict=True))
    ]
    for row in rows:
        print("  " + ", ".join(f"{key} {value:.3g}" for key, value in row.items()))
    return rows


def main() -> None:
    """Measure, print and store."""
    beside.main("vc-inr", __doc__, comparisons, seams=seams)


if __name__ == "__main__":
    main()
