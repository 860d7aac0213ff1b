"""Weights: found (bundled copy, Hugging Face cache, Hub), checked against their lock, loaded once.

``weights/<slug>/lock.json`` pins what a method may run on::

    {"repo_id": "org/name" or null, "revision": 40 hex digits or null, "sha256": {file: hash, ...}}

Only safetensors and JSON are ever read. A file whose sha256 differs from the lock is refused.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from zoo import paths
from zoo.errors import WeightsError
from zoo.method import Method

Model = TypeVar("Model")


@dataclass(frozen=True)
class Lock:
    """What ``lock.json`` says: repository, 40-digit commit, and the sha256 of every file."""

    repo_id: str | None
    revision: str | None
    sha256: dict[str, str]


def home(method: type[Method]) -> Path:
    """The folder that holds a method's lock, and its bundled weights if there are any.

    Ours is ``weights/<slug>/``; a third party's is ``weights/`` beside its entry module.
    """
    beside = method.folder() / "weights"
    return beside if (beside / "lock.json").is_file() else paths.root() / "weights" / method.slug


def read_lock(folder: Path) -> Lock:
    """The lock of a weights folder.

    Raises:
        WeightsError: it is missing or malformed.
    """
    try:
        data = json.loads((folder / "lock.json").read_text())
        lock = Lock(data.get("repo_id"), data.get("revision"), dict(data["sha256"]))
        if any(Path(name).name != name for name in lock.sha256):
            raise ValueError("a lock names files of its own folder")
        return lock
    except OSError as error:
        raise WeightsError(
            f"{folder.name} has no weights: weights/{folder.name}/lock.json is missing."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"weights/{folder.name}/lock.json is not a valid lock.") from error


def write_lock(folder: Path, repo_id: str | None = None, revision: str | None = None) -> Lock:
    """Pin the files that lie in a weights folder now."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".json"))
    hashes = {path.name: file_sha256(path) for path in files if path.name != "lock.json"}
    lock = {"repo_id": repo_id, "revision": revision, "sha256": hashes}
    (folder / "lock.json").write_text(json.dumps(lock, indent=2) + "\n")
    return Lock(repo_id, revision, hashes)


def file_sha256(path: Path) -> str:
    """The sha256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.lru_cache(maxsize=1024)
def _sha256_of(path: Path, size: int, changed: int) -> str:
    return file_sha256(path)


def verify(folder: Path, lock: Lock, name: str) -> None:
    """Check every locked file of a folder.

    Raises:
        WeightsError: a file is missing or its bytes are not the locked ones.
    """
    loose = [file for file in ("config.json", "model.safetensors") if file not in lock.sha256]
    if loose:
        raise WeightsError(f"The weights of {name} are refused: their lock does not name {loose[0]}.")
    for file, expected in lock.sha256.items():
        path = folder / file
        try:
            state = path.stat()
        except OSError as error:
            raise WeightsError(f"The weights of {name} lack {file}.") from error
        if _sha256_of(path, state.st_size, state.st_mtime_ns) != expected:
            raise WeightsError(
                f"The weights of {name} are refused: the sha256 of {file} is not the one in its lock."
            )


def folder(method: type[Method]) -> Path:
    """The verified folder with the weights of a method: bundled copy, else cache, else Hub.

    Raises:
        WeightsError: no copy can be had, or the bytes are not the locked ones.
    """
    bundled = home(method)
    lock = read_lock(bundled)
    if all((bundled / file).is_file() for file in lock.sha256):
        verify(bundled, lock, method.title)
        return bundled
    downloaded = _download(method, lock)
    verify(downloaded, lock, method.title)
    return downloaded


def _download(method: type[Method], lock: Lock) -> Path:
    if not (lock.repo_id and lock.revision):
        raise WeightsError(f"The weights of {method.title} are not bundled and no repository is locked.")
    from huggingface_hub import snapshot_download

    try:
        path = snapshot_download(
            lock.repo_id, revision=lock.revision, allow_patterns=["*.safetensors", "*.json"]
        )
    except Exception as error:  # the client raises a dozen kinds; each means: not to be had now
        raise WeightsError(
            f"The weights of {method.title} could not be fetched from {lock.repo_id}"
            f" ({type(error).__name__}); try again later, or bundle them."
        ) from error
    return Path(path)


# ---------------------------------------------------------------------------------------------------------
# Models in memory

BUDGET_BYTES = int(os.environ.get("ZOO_MODEL_MB", "1024")) * 2**20
"""How much memory loaded models may take together; the least recently used go first."""

_models: OrderedDict[tuple[str, type], tuple[Any, int]] = OrderedDict()
_lock = threading.Lock()


def pretrained(method: type[Method], model: type[Model]) -> Model:
    """A method's network with its weights, in evaluation mode, loaded once and shared.

    Args:
        method: whose weights.
        model: a ``torch.nn.Module`` with ``PyTorchModelHubMixin``.

    Raises:
        WeightsError: see ``folder``.
    """
    key = (method.slug, model)
    with _lock:  # two visitors who open a method at once load it once
        if key in _models:
            _models.move_to_end(key)
            return _models[key][0]
        source = folder(method)
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # the Hub's client prints where the weights are
                network = model.from_pretrained(str(source))  # type: ignore[attr-defined]
        except Exception as error:  # bytes that are no safetensors, or a network of another shape
            raise WeightsError(
                f"The weights of {method.title} do not fit its network; they have to be made again."
            ) from error
        network.eval().requires_grad_(False)
        size = sum(tensor.nbytes for tensor in network.state_dict().values())
        _models[key] = (network, size)
        while sum(one[1] for one in _models.values()) > BUDGET_BYTES and len(_models) > 1:
            _models.popitem(last=False)
        return network


def forget() -> None:
    """Drop every loaded model; used by tests and by the memory budget of the app."""
    with _lock:
        _models.clear()
