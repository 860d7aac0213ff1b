"""Surfaces of triangles."""

from __future__ import annotations

import io
import json
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from zoo.errors import InputError
from zoo.types.base import Value, array_bytes, read_bytes


@dataclass(frozen=True, eq=False)
class Mesh(Value):
    """A surface: ``vertices`` float64 (n, 3) and triangles ``faces`` int64 (m, 3).

    A triangle that is there several times counts once, and a surface that is open is said to be. Bodies that overlap
    stay as they are; together they are solid.
    """

    vertices: np.ndarray
    faces: np.ndarray
    remarks: tuple[str, ...] = ()

    kind: ClassVar[str] = "mesh"
    label: ClassVar[str] = "a 3D shape"
    plural: ClassVar[str] = "3D shapes"
    placeholder: ClassVar[Any] = "shape.obj"
    suffixes: ClassVar[tuple[str, ...]] = (".obj", ".ply", ".stl", ".off", ".glb")
    suffix: ClassVar[str] = ".glb"
    accepts: ClassVar[str] = "an OBJ, PLY, STL, OFF or GLB mesh of at most 500,000 triangles"
    max_faces: ClassVar[int] = 500_000

    @classmethod
    def sample(cls) -> Self:
        """A tetrahedron."""
        corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)
        return cls(corners, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]))

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path or a pair (vertices (n, 3), faces (m, 3))."""
        if isinstance(value, tuple) and len(value) == 2:
            try:
                return cls._checked(np.array(value[0], "f8"), np.array(value[1], "i8"))
            except InputError:
                raise
            except (ValueError, TypeError, OverflowError) as error:
                raise InputError(
                    f"a mesh is vertices (n, 3) and triangles (m, 3); send {cls.accepts}."
                ) from error
        return super().of(value)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Read a mesh file; the suffix tells the format."""
        import trimesh

        data = read_bytes(path, cls.accepts)
        suffix = Path(path).suffix.lower().lstrip(".")
        if suffix not in ("obj", "ply", "stl", "off", "glb"):
            raise InputError(f"a file ending in .{suffix or '?'} is no mesh known here; send {cls.accepts}.")
        if suffix == "glb":
            cls._check_glb(data)
        try:
            mesh = trimesh.load_mesh(io.BytesIO(data), file_type=suffix, skip_materials=True)
            vertices, faces = np.array(mesh.vertices, "f8"), np.array(mesh.faces, "i8")
        except Exception as error:
            raise InputError(f"the file is not a readable mesh; send {cls.accepts}.") from error
        return cls._checked(vertices, faces)

    @classmethod
    def _check_glb(cls, data: bytes) -> None:
        """Refuse accessors that claim more numbers than the file holds: without a buffer they mean zeros."""
        try:
            length = struct.unpack_from("<I", data, 12)[0]
            accessors = json.loads(data[20 : 20 + length]).get("accessors", [])
            claimed = sum(int(accessor["count"]) for accessor in accessors)
        except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
            raise InputError(f"the file is not a readable mesh; send {cls.accepts}.") from error
        if claimed > len(data):
            raise InputError("the mesh claims more vertices than its file holds; export it again.")

    @classmethod
    def _checked(cls, vertices: np.ndarray, faces: np.ndarray) -> Self:
        shaped = vertices.ndim == faces.ndim == 2 and vertices.shape[1] == faces.shape[1] == 3
        if not shaped or not len(vertices) or not len(faces):
            raise InputError(f"the mesh has no triangles; send {cls.accepts}.")
        if len(faces) > cls.max_faces:
            raise InputError(
                f"the mesh has {len(faces):,} triangles; at most {cls.max_faces:,} are accepted."
            )
        if not np.isfinite(vertices).all():
            raise InputError("the mesh holds NaN or infinity; send finite coordinates.")
        if faces.min() < 0 or faces.max() >= len(vertices):
            raise InputError("the mesh has triangles between vertices that it lacks; export it again.")
        corners = merged(vertices)[faces]
        _, first = np.unique(np.sort(corners, axis=1), axis=0, return_index=True)
        remarks = []
        if len(first) < len(faces):
            first.sort()
            remarks.append(f"{len(faces) - len(first):,} triangles that were there already are left out.")
            faces, corners = faces[first], corners[first]
        if count := open_edges(corners):
            remarks.append(f"The surface is open: {count:,} edges have a triangle on one side alone.")
        return cls(vertices, faces, tuple(remarks))

    def outward(self) -> tuple[np.ndarray, bool]:
        """The triangles (m, 3) turned so that each body faces outwards, and whether that could be done.

        A body inside another one that faces inwards as a whole is the wall of a cavity and stays so.
        """
        import trimesh

        places, own = np.unique(merged(self.vertices), return_inverse=True)
        mesh = trimesh.Trimesh(self.vertices[places], own[self.faces], process=False)
        before = np.array(mesh.faces)
        if not mesh.is_winding_consistent:
            trimesh.repair.fix_winding(mesh)
        flipped = (np.array(mesh.faces) != before).any(axis=1)
        faces = np.where(flipped[:, None], self.faces[:, ::-1], self.faces)
        bodies = trimesh.graph.connected_component_labels(mesh.face_adjacency, node_count=len(faces))
        corners = self.vertices[faces] - self.vertices.mean(axis=0)
        volumes = np.bincount(
            bodies, np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
        )
        low, high = (np.full((len(volumes), 3), sign * np.inf) for sign in (1, -1))
        np.minimum.at(low, bodies, corners.min(axis=1))
        np.maximum.at(high, bodies, corners.max(axis=1))
        inverted = np.zeros(len(volumes), bool)
        for body in np.flatnonzero(volumes < 0):
            around = (low < low[body]).all(axis=1) & (high > high[body]).all(axis=1)
            inverted[body] = not around.any()
        faces = np.where(inverted[bodies][:, None], faces[:, ::-1], faces)
        return faces, bool(mesh.is_winding_consistent)

    @property
    def origin(self) -> np.ndarray:
        """Where the file's coordinates count from, (3,): zero, unless the surface lies far off for its size."""
        low, high = self.vertices.min(axis=0), self.vertices.max(axis=0)
        far = np.abs(self.vertices).max() > 100 * (high - low).max()
        return np.round((low + high) / 2) if far else np.zeros(3)

    def encode(self) -> bytes:
        """A binary glTF file; what is far off is moved by its node, for vertices have single precision."""
        import trimesh

        mesh = trimesh.Trimesh(self.vertices - self.origin, self.faces, process=False)
        if not self.origin.any():
            return bytes(mesh.export(file_type="glb"))  # type: ignore[arg-type]
        move = trimesh.transformations.translation_matrix(self.origin)
        scene = trimesh.Scene()
        scene.add_geometry(mesh, transform=move)
        return bytes(scene.export(file_type="glb"))  # type: ignore[arg-type]

    def canonical(self) -> bytes:
        """Vertices, at the precision of the file format, and faces."""
        return array_bytes((self.vertices - self.origin).astype(np.float32), self.origin, self.faces)


def merged(vertices: np.ndarray) -> np.ndarray:
    """For each vertex the first one at the same place, int64 (n,)."""
    order = np.lexsort(vertices.T)
    new = np.append(True, (np.diff(vertices[order], axis=0) != 0).any(axis=1))
    same = np.empty(len(vertices), np.int64)
    same[order] = order[new][new.cumsum() - 1]
    return same


def open_edges(corners: np.ndarray) -> int:
    """How many edges have an odd number of triangles, given the places of their corners (m, 3)."""
    ends = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    ends = ends[ends[:, 0] != ends[:, 1]].astype(np.int64)
    _, counts = np.unique(ends[:, 0] * (corners.max() + 1) + ends[:, 1], return_counts=True)
    return int((counts % 2).sum())
