"""Weights: found (bundled copy, Hugging Face cache, Hub), checked against their lock, loaded once.

``weights/<slug>/lock.json`` pins what a method may run on::

    {"repo_id": "org/name" or null, "revision": 40 hex digits or null, "signer": name or null,
     "sha256": {file: hash, ...}}

Only safetensors and JSON are ever read. A file whose sha256 differs from the lock is refused, and so are
files with a signature that does not hold (``zoo.hub.signing``).

Somebody else's network, which a method stands on, is a *part*: ``weights/<slug>/<part>/lock.json`` pins its
repository alike, and ``pin`` writes that lock. ``part_folder`` gives timm and diffusers a verified folder to load from.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from zoo import paths
from zoo.errors import WeightsError
from zoo.hub import client, signing

if TYPE_CHECKING:
    from zoo.method import Method
    from zoo.progress import Progress

Model = TypeVar("Model")

READ = (".safetensors", ".json")
"""What is ever read of a repository."""


@dataclass(frozen=True)
class Lock:
    """What ``lock.json`` says: repository, 40-digit commit, the sha256 of every file, and who signed them."""

    repo_id: str | None
    revision: str | None
    sha256: dict[str, str]
    signer: str | None = None


def home(method: type[Method], part: str = "") -> Path:
    """The folder that holds a method's lock, or a part's, and its bundled weights if there are any.

    Ours is ``weights/<slug>/``; a third party's is ``weights/`` beside its entry module.
    """
    beside = method.folder() / "weights" / part
    own = paths.root() / "weights" / method.slug / part
    return beside if (beside / "lock.json").is_file() or paths.is_guest(method.folder()) else own


def read_lock(folder: Path) -> Lock:
    """The lock of a weights folder.

    Raises:
        WeightsError: it is missing or malformed.
    """
    try:
        data = json.loads((folder / "lock.json").read_text())
        lock = Lock(data.get("repo_id"), data.get("revision"), dict(data["sha256"]), data.get("signer"))
        if not all(_may_be_locked(name) for name in lock.sha256):
            raise ValueError("a lock names safetensors and JSON in its own folder")
        return lock
    except OSError as error:
        raise WeightsError(
            f"there are no weights: {folder.parent.name}/{folder.name}/lock.json is missing."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"weights/{folder.name}/lock.json is not a valid lock.") from error


def _may_be_locked(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix in READ and ".." not in path.parts and not path.is_absolute() and str(path) == name


def write_lock(
    folder: Path, repo_id: str | None = None, revision: str | None = None, signer: str | None = None
) -> Lock:
    """Pin the files that lie in a weights folder now; without a signer, an old signature is dropped."""
    files = sorted(path for path in folder.iterdir() if path.suffix in READ)
    hashes = {path.name: file_sha256(path) for path in files if path.name != "lock.json"}
    lock = Lock(repo_id, revision, hashes, signer)
    store(lock, folder)
    if signer is None:
        (folder / signing.SIGNATURE).unlink(missing_ok=True)
    return lock


def store(lock: Lock, folder: Path) -> None:
    """Write the lock of a folder, whole or not at all."""
    paths.write_whole(folder / "lock.json", json.dumps(asdict(lock), indent=2) + "\n")


def file_sha256(path: Path) -> str:
    """The sha256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.lru_cache(maxsize=1024)
def _sha256_of(path: Path, size: int, changed: int) -> str:
    return file_sha256(path)


def check(folder: Path, lock: Lock, name: str, signers: Path | None = None) -> None:
    """Check every locked file of a folder, and its signature if there is one.

    Args:
        folder: where the files are.
        lock: what they have to be.
        name: what the weights are called in messages.
        signers: the folder of accepted signers, if it is not the one that belongs to ``folder``.

    Raises:
        WeightsError: a file is missing, its bytes are not the locked ones, or a signature does not hold.
    """
    check_bytes(folder, lock, name)
    signing.check(folder, lock.sha256, signers or signing.folder(folder), name, lock.signer)


def check_bytes(folder: Path, lock: Lock, name: str) -> None:
    """Check the sha256 of every locked file.

    Raises:
        WeightsError: a file is missing or its bytes are not the locked ones.
    """
    if not lock.sha256:  # an empty lock would accept any file
        raise WeightsError(f"The weights of {name} are refused: their lock names no file.")
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


def bundled(folder: Path, lock: Lock) -> bool:
    """Whether every locked file lies beside its lock."""
    return all((folder / file).is_file() for file in lock.sha256)


def folder(method: type[Method], progress: Progress | None = None) -> Path:
    """The verified folder with the weights of a method: bundled copy, else cache, else Hub.

    Args:
        method: whose weights.
        progress: called with how far a download is; a terminal shows a bar without it.

    Raises:
        WeightsError: there is no copy and none can be fetched, or the bytes are not the locked ones.
    """
    own = home(method)
    lock = read_lock(own)
    loose = [file for file in ("config.json", "model.safetensors") if file not in lock.sha256]
    if loose:
        raise WeightsError(f"The weights of {method.title} are refused: their lock does not name {loose[0]}.")
    return _verified(own, lock, method.title, progress)


def part_folder(method: type[Method], part: str, progress: Progress | None = None) -> Path:
    """The verified folder with a part that a method stands on: somebody else's repository, pinned.

    It is for loaders that take a folder, ``timm.create_model(f"local-dir:{folder}", pretrained=True)`` or
    ``DDIMScheduler.from_pretrained(folder, subfolder="scheduler")``.

    Args:
        method: whose part.
        part: the name of the folder beside the method's weights that holds the part's lock.
        progress: called with how far a download is.

    Raises:
        WeightsError: there is no copy and none can be fetched, the bytes are not the locked ones, or a pickle
            lies among them, which a loader might prefer.
    """
    own = home(method, part)
    verified = _verified(own, read_lock(own), f"{method.title} ({part})", progress)
    pickles = sorted(path.name for path in verified.rglob("*") if path.suffix in PICKLES)
    if pickles:
        raise WeightsError(
            f"The weights of {method.title} ({part}) are refused: {pickles[0]}, which may hold code, lies among"
            " them; delete it or set HF_HOME to another folder."
        )
    return verified


PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".tar")
"""What torch would unpickle."""


def pin(folder: Path, repo_id: str, files: list[str], revision: str = "main") -> Lock:
    """Write the lock of a part: these files of a repository as they are now.

    Args:
        folder: ``weights/<slug>/<part>``.
        repo_id: ``org/name``.
        files: their paths in the repository, safetensors and JSON.
        revision: a branch, tag or commit; the lock gets the commit.

    Raises:
        WeightsError: they cannot be fetched, or are of another kind.
    """
    wrong = [name for name in files if not _may_be_locked(name)]
    if wrong or not files:
        raise WeightsError(
            f"Only safetensors and JSON can be pinned, unlike {', '.join(wrong) or 'nothing'}."
        )
    fetched = _fetch(folder.name, repo_id, revision, files, None)
    lock = Lock(repo_id, fetched.name, {name: file_sha256(fetched / name) for name in files})
    folder.mkdir(parents=True, exist_ok=True)
    store(lock, folder)
    return lock


def _verified(own: Path, lock: Lock, title: str, progress: Progress | None) -> Path:
    """The folder of a lock's files: beside the lock, in the cache or fetched, and checked."""
    if bundled(own, lock):
        check(own, lock, title)
        return own
    if not (lock.repo_id and lock.revision):
        raise WeightsError(f"The weights of {title} are not bundled and no repository is locked.")
    files = [*lock.sha256, *([signing.SIGNATURE] if lock.signer else [])]
    source = (title, lock.repo_id, lock.revision, files, progress)
    signers = signing.folder(own)
    copy = client.cached(lock.repo_id, lock.revision, files)
    if copy is None:
        copy = _fetch(*source)
        check(copy, lock, title, signers)
        return copy
    try:
        check(copy, lock, title, signers)
        return copy
    except WeightsError as damaged:  # a cache may rot; the Hub may have the right bytes
        if client.offline():
            raise
        try:
            copy = _fetch(*source, again=True)
        except WeightsError:
            raise damaged from None
    check(copy, lock, title, signers)
    return copy


def _fetch(
    title: str, repo_id: str, revision: str, files: list[str], progress: Progress | None, again: bool = False
) -> Path:
    try:
        return client.fetch(repo_id, revision, files, progress, again)
    except Exception as error:  # the client raises a dozen kinds; each means no files
        why = client.reason(error, repo_id)
        raise WeightsError(f"The weights of {title} could not be fetched from {repo_id}: {why}.") from error


def facts(method: type[Method]) -> list[tuple[str, str]]:
    """Where the weights of a method come from, as rows of name and text for its card; costs no request."""
    own = home(method)
    parts = sorted(own.glob("*/lock.json"))
    if (own / "lock.json").is_file():
        rows = _own_facts(own)
    else:
        rows = [("Weights", "none of its own" if parts else "none; nothing to train")]
    for path in parts:
        try:
            part = read_lock(path.parent)
            source = f"{part.repo_id} at {part.revision}"
        except WeightsError as error:
            source = str(error)
        rows.append((f"Stands on ({path.parent.name})", source))
    return rows


def _own_facts(own: Path) -> list[tuple[str, str]]:
    try:
        lock = read_lock(own)
    except WeightsError as error:
        return [("Weights", str(error))]
    checked = "checked whenever they are loaded" if signing.available() else "not checked on this server"
    return [
        ("Weights", "bundled" if bundled(own, lock) else "fetched from the Hugging Face Hub when needed"),
        ("Repository", lock.repo_id or "none; not published on the Hub"),
        ("Revision", lock.revision or "none"),
        *((file, f"sha256 {digest}") for file, digest in lock.sha256.items()),
        ("Signed by", f"{lock.signer}; {checked}" if lock.signer else "nobody"),
    ]
