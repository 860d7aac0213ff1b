"""What VC-INR is measured beside: COIN at its best, marching cubes, and seams left as they are.

    python benchmarks/peers_vc_inr.py               # prints the tables, writes results/peers-vc-inr.json
    python benchmarks/peers_vc_inr.py --coin        # only the sizes and rates of COIN, on training pictures

COIN: seconds until a network of its own shows a training picture of CIFAR-10 at 30 dB, the least of those tried
being what the claim of speed uses. Surfaces: seconds and triangles beside scikit-image's marching cubes. Seams: PSNR
with and without closing the steps between tiles, on training photographs, at every level. One thread.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import trimesh
from skimage.measure import marching_cubes

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import zoo  # noqa: E402
import zoo.data  # noqa: E402
from plugins.compression.vc_inr import claims, codec, model, reports, signals  # noqa: E402
from zoo.types import Image, Mesh  # noqa: E402

WIDTHS, LAYERS, RATES = (32, 64, 128), (2, 3), (1e-3, 3e-3, 1e-2)


def coin(pictures: int, most: int) -> list[dict[str, float]]:
    """Mean seconds to 30 dB of every size and rate; a picture that is not reached counts as it is."""
    images = zoo.data.load("cifar10", "train").images[:pictures].astype(np.float32) / 127.5 - 1
    rows = []
    for width, layers, rate in itertools.product(WIDTHS, LAYERS, RATES):
        found = [claims.fit_coin(one, 30.0, width, layers, rate, most) for one in images]
        seconds, steps = np.mean(found, axis=0)
        reached = sum(step < most for _, step in found)
        rows.append(
            {
                "width": width,
                "layers": layers,
                "rate": rate,
                "seconds": seconds,
                "steps": steps,
                "reached": reached,
            }
        )
        print(
            f"  width {width}, {layers} layers, rate {rate:g}: {seconds:.2f} s, {steps:.0f} steps,"
            f" {reached} of {pictures} pictures",
            flush=True,
        )
    return rows


def surfaces() -> list[dict[str, float]]:
    """Ours and marching cubes on the distances of bodies."""
    rows = []
    for name, body in (("torus", trimesh.creation.torus(1, 0.4)), ("ball", trimesh.creation.icosphere(4))):
        field, _ = signals.shape_field(Mesh(np.array(body.vertices), np.array(body.faces, "i8")))
        row: dict[str, float] = {"body": name}
        for label, make in (
            ("ours", lambda field=field: signals.surface(field[..., 0])[1]),
            ("marching cubes", lambda field=field: marching_cubes(field[..., 0], 0)[1]),
        ):
            seconds = []
            for _ in range(5):
                begin = time.process_time()
                faces = make()
                seconds.append(time.process_time() - begin)
            row[f"{label}, s"], row[f"{label}, triangles"] = min(seconds), len(faces)
        rows.append(row)
        print("  " + ", ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    return rows


def seams(network: model.VcInr) -> list[dict[str, float]]:
    """What closing the steps between tiles gains on training photographs, dB, by level."""
    photos = zoo.data.load("photos", "train")
    gains: list[list[float]] = []
    for pixels in photos.images[:8]:
        field, layout = signals.picture_field(Image(np.ascontiguousarray(pixels)), 256)
        latent = codec.latents(network, "picture", signals.cut(field, layout))
        gains.append(
            [
                reports.write(network, field, layout, latent, level)[2]
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
    """Print and keep the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--coin", action="store_true", help="only COIN")
    parser.add_argument("--pictures", type=int, default=8, help="training pictures for COIN")
    parser.add_argument("--most", type=int, default=3000, help="steps after which COIN gives up")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("COIN to 30 dB")
    record = {"coin": coin(options.pictures, options.most)}
    if options.coin:
        return
    print("surfaces of a grid")
    record["surfaces"] = surfaces()
    print("seams")
    record["seams"] = seams(zoo.load("vc-inr").pretrained(model.VcInr))
    record["device"] = platform.machine()
    path = ROOT / "benchmarks" / "results" / "peers-vc-inr.json"
    path.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
