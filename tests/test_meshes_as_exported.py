"""Meshes as programs export them: bodies that overlap, faces twice, open surfaces, coordinates of map grids."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import trimesh
from trimesh import creation

from plugins.compression.vc_inr import signals
from zoo.types import Mesh


def box(*at: float) -> trimesh.Trimesh:
    body = creation.box((1, 1, 1))
    body.apply_translation(at)
    return body


def opened(mesh: trimesh.Trimesh | trimesh.Scene, folder: Path, suffix: str = "obj") -> Mesh:
    path = folder / f"mesh.{suffix}"
    mesh.export(path)
    return Mesh.open(path)


def volume(mesh: Mesh) -> float:
    """What the grid of a shape holds, in the units of the mesh."""
    field, layout = signals.shape_field(mesh)
    return float((field < 0).mean()) * (2 * layout.numbers[3]) ** 3


BOTH = trimesh.util.concatenate([box(0, 0, 0), box(0.43, 0.2, 0.06)])
UNION = 2 - 0.57 * 0.8 * 0.94


def test_bodies_that_overlap_are_one(tmp_path: Path) -> None:
    mesh = opened(BOTH, tmp_path)
    assert volume(mesh) == pytest.approx(UNION, rel=0.03)
    field, _ = signals.shape_field(mesh)
    assert field[32, 32, 32] == -1, "no wall within"
    assert mesh.remarks == ()


@pytest.mark.parametrize("suffix", ["obj", "ply", "stl", "off", "glb"])
def test_bodies_that_overlap_are_one_in_every_format(suffix: str, tmp_path: Path) -> None:
    assert volume(opened(BOTH, tmp_path, suffix)) == pytest.approx(UNION, rel=0.03)


def test_an_inverted_body_is_turned_and_an_inverted_one_inside_is_a_cavity() -> None:
    wrong = box(0.43, 0.2, 0.06)
    wrong.invert()
    both = trimesh.util.concatenate([box(0, 0, 0), wrong])
    assert volume(Mesh.of((both.vertices, both.faces))) == pytest.approx(UNION, rel=0.03)
    outer, inner = creation.icosphere(3, 1.0), creation.icosphere(3, 0.6)
    inner.invert()
    shell = trimesh.util.concatenate([outer, inner])
    assert volume(Mesh.of((shell.vertices, shell.faces))) == pytest.approx(
        4 / 3 * np.pi * (1 - 0.6**3), rel=0.05
    )


def test_triangles_that_face_any_way_are_turned() -> None:
    ball = creation.icosphere(3, 1.0)
    faces = ball.faces.copy()
    faces[::3] = faces[::3, ::-1]
    assert volume(Mesh.of((ball.vertices, faces))) == pytest.approx(4 / 3 * np.pi, rel=0.03)


@pytest.mark.parametrize("other", [slice(None), slice(None, None, -1)], ids=["same side", "both sides"])
def test_every_face_twice_counts_once(other: slice) -> None:
    ball = creation.icosphere(3, 1.0)
    vertices = np.concatenate([ball.vertices, ball.vertices])
    faces = np.concatenate([ball.faces, ball.faces[:, other] + len(ball.vertices)])
    mesh = Mesh.of((vertices, faces))
    assert len(mesh.faces) == len(ball.faces)
    assert mesh.remarks == (f"{len(ball.faces):,} triangles that were there already are left out.",)
    assert volume(mesh) == pytest.approx(4 / 3 * np.pi, rel=0.03)


def test_an_open_surface_is_told_from_a_solid() -> None:
    body = box(0, 0, 0)
    assert Mesh.of((body.vertices, body.faces)).remarks == ()
    soup = Mesh.of((body.triangles.reshape(-1, 3), np.arange(36).reshape(-1, 3)))
    assert soup.remarks == (), "corners at one place are one"
    assert "open: 4 edges" in Mesh.of((body.vertices, body.faces[body.face_normals[:, 2] < 0.5])).remarks[0]


def test_coordinates_of_a_map_grid_keep_their_precision(tmp_path: Path) -> None:
    ball = creation.icosphere(3, 1.0)
    place = np.array([447000.25, 5411000.5, 250.0])
    mesh = Mesh.of((ball.vertices + place, ball.faces))
    mesh.save(tmp_path / "ball.glb")
    again = Mesh.open(tmp_path / "ball.glb")
    assert np.abs(again.vertices - mesh.vertices).max() < 1e-6
    assert again.fingerprint() == mesh.fingerprint()
    field, layout = signals.shape_field(mesh)
    shown = signals.as_shape(field, layout)
    saved = trimesh.load_mesh(io.BytesIO(shown.encode()), file_type="glb")
    assert len(np.unique(saved.vertices[:, 1])) > 100
    assert np.ptp(saved.vertices, axis=0) == pytest.approx([2, 2, 2], abs=0.1)
