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
    """A surface: ``vertices`` float64 (n, 3) and triangles ``faces`` int64 (m, 3)."""

    vertices: np.ndarray
    faces: np.ndarray

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
            claimed = sum(int(one["count"]) for one in accessors)
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
        return cls(vertices, faces)

    def encode(self) -> bytes:
        """A binary glTF file."""
        import trimesh

        return bytes(trimesh.Trimesh(self.vertices, self.faces, process=False).export(file_type="glb"))  # type: ignore[arg-type]

    def canonical(self) -> bytes:
        """Vertices, at the precision of the file format, and faces."""
        return array_bytes(self.vertices.astype(np.float32), self.faces)
