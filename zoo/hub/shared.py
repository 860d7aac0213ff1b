"""Weights of shared networks (``zoo.shared``): found, checked, fetched and kept in memory as a method's parts are.

They lie in ``weights/shared/<name>/``, each under a lock of its own, as parts would of a method called ``shared``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from zoo import paths
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
    files = sorted(path for path in folder.rglob("*") if path.suffix in weights.READ)
    hashes = {
        path.relative_to(folder).as_posix(): weights.file_sha256(path)
        for path in files
        if path.name != "lock.json" and "checkpoint" not in path.relative_to(folder).parts
    }
    lock = weights.Lock(repo_id, revision, hashes)
    weights._store(lock, folder)
    return lock
