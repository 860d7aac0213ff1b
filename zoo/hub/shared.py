"""Weights of shared networks (``zoo.shared``): found, checked, fetched and kept in memory as a method's parts are.

They lie in ``weights/shared/<name>/``, each under a lock of its own, as parts would of a method called ``shared``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from zoo import paths
from zoo.errors import WeightsError
from zoo.hub import memory, weights

if TYPE_CHECKING:
    from zoo.method import Method
    from zoo.progress import Progress

Model = TypeVar("Model")


class _Zoo:
    """Owns what belongs to no one method."""

    slug = "shared"
    title = "the zoo"

    @classmethod
    def folder(cls) -> Path:
        """Where plugins are, so that nobody takes it for a third party."""
        return paths.checkout() or paths.PACKAGE.parent / "plugins"


OWNER = cast("type[Method]", _Zoo)


def home(name: str) -> Path:
    """The folder that holds a shared network's lock, and its weights where they are bundled."""
    return weights.home(OWNER, name)


def folder(name: str, progress: Progress | None = None) -> Path:
    """The verified folder of a shared network: bundled copy, else cache, else Hub.

    Raises:
        WeightsError: see ``zoo.hub.part_folder``.
    """
    return weights.part_folder(OWNER, name, progress)


def pretrained(name: str, model: type[Model], progress: Progress | None = None) -> Model:
    """A shared network with its weights, loaded once for all methods; see ``zoo.hub.pretrained``.

    Args:
        name: of the network, and after a slash a folder within: ``diffusion-digits/unet``.
        model: has ``from_pretrained(folder)``.
        progress: called with how far a download is.

    Raises:
        WeightsError: see ``zoo.hub.pretrained``.
    """
    return memory.pretrained(OWNER, model, progress, name)


def write_lock(folder: Path, repo_id: str | None = None, revision: str | None = None) -> weights.Lock:
    """Pin the files of a shared network as they lie there now, those in folders within too."""
    hashes = {
        path.relative_to(folder).as_posix(): weights.file_sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in weights.READ and path.name != "lock.json"
    }
    lock = weights.Lock(repo_id, revision, hashes)
    weights.store(lock, folder)
    return lock


def stood_on(method: type[Method]) -> tuple[str, ...]:
    """The names of the shared networks that a method stands on: its attribute ``shared``."""
    return tuple(getattr(method, "shared", ()))


def facts(method: type[Method]) -> list[tuple[str, str]]:
    """Where the shared networks of a method come from, as rows of name and text for its card."""
    rows = []
    for name in stood_on(method):
        try:
            lock = weights.read_lock(home(name))
            where = "bundled" if weights.bundled(home(name), lock) else f"{lock.repo_id} at {lock.revision}"
        except WeightsError as error:
            where = str(error)
        rows.append((f"Stands on ({name})", where))
    return rows


def state(measured: str, method: type[Method]) -> str:
    """A fingerprint of what a method rests on, its shared networks among it.

    Args:
        measured: the fingerprint without them.
        method: one that stands on none keeps that.
    """
    locks = [home(name) / "lock.json" for name in stood_on(method)]
    if not locks:
        return measured
    digest = hashlib.sha256(measured.encode())
    for lock in locks:
        digest.update(lock.read_bytes() if lock.is_file() else b"")
    return digest.hexdigest()[:16]
