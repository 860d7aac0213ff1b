"""The Hub through ``huggingface_hub``: downloads of locked files, and its errors as one clause each."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from zoo import paths
from zoo.errors import InputError, ZooError, brief
from zoo.progress import Progress


class HubError(ZooError, RuntimeError):
    """The Hub refuses a change; the message says why and what is left behind."""


NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)


def places() -> tuple[Path, Path]:
    """Where downloads are kept: the Hugging Face cache, and a folder of our own where that is read-only."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE), paths.cache() / "hub"


def offline() -> bool:
    """Whether ``HF_HUB_OFFLINE`` forbids every request."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def cached(repo_id: str, revision: str, files: Sequence[str]) -> Path | None:
    """The folder in which all files of a revision lie already, found without any request."""
    from huggingface_hub import try_to_load_from_cache

    for place in places():
        copies = [try_to_load_from_cache(repo_id, name, place, revision) for name in files]
        if copies and all(isinstance(path, str) for path in copies):
            return _top(str(copies[0]), files[0])
    return None


def _top(path: str, name: str) -> Path:
    """The folder of a revision, in which ``path`` is the file ``name``, which may lie in a folder of it."""
    return Path(path).parents[name.count("/")]


def fetch(
    repo_id: str, revision: str, files: Sequence[str], progress: Progress | None = None, again: bool = False
) -> Path:
    """Download the named files of a revision, and no other; the folder they lie in.

    Args:
        repo_id: ``org/name``.
        revision: 40 hexadecimal digits; a branch may move, a commit cannot.
        files: their paths in the repository.
        progress: called with the share of each file; without it, a terminal shows a bar.
        again: fetch them even where they lie in the cache, since they are damaged there.

    Raises:
        Exception: whatever ``huggingface_hub`` raises; see ``reason``.
    """
    from huggingface_hub import hf_hub_download

    damaged = cached(repo_id, revision, files) if again else None
    if damaged:
        for name in files:  # the client would keep a link that points to the damaged bytes
            (damaged / name).unlink()

    def into(place: Path) -> Path:
        copies = [
            hf_hub_download(
                repo_id, name, revision=revision, cache_dir=place, force_download=again,
                tqdm_class=_bar(progress, name) if progress else None,
            )
            for name in files
        ]  # fmt: skip
        return _top(copies[0], files[0])

    usual, own = places()
    try:
        return into(usual)
    except OSError as error:
        if error.errno not in NOT_WRITABLE:
            raise
    return into(own)


def _bar(progress: Progress, name: str) -> type[Any]:
    """A class of bars, as the client wants one, that draws nothing and tells ``progress``."""
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            options["disable"] = True
            super().__init__(*arguments, **options)
            self.update(0)  # the client reports every 10 MB only, so small weights would report nothing

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            if self.total:
                megabytes = f"{self.n / 1e6:.1f} of {self.total / 1e6:.1f} MB"
                progress(min(1.0, self.n / self.total), f"downloading {name}, {megabytes}")

    return Bar


def reason(error: BaseException, repo_id: str) -> str:
    """Why the Hub's client failed, as a clause without address, path or token."""
    from huggingface_hub import errors

    chain = list(_chain(error))
    for cause in chain:
        if isinstance(cause, errors.OfflineModeIsEnabled):
            return "HF_HUB_OFFLINE is set"
        if isinstance(cause, errors.LocalTokenNotFoundError):
            return "there is no token; run hf auth login or set HF_TOKEN"
        if isinstance(cause, errors.RevisionNotFoundError):
            return f"{repo_id} has no such revision"
        if isinstance(cause, errors.RemoteEntryNotFoundError):
            return f"{repo_id} lacks a file that is locked"
        if isinstance(cause, errors.GatedRepoError):
            return f"{repo_id} is gated and the token has no access"
        if isinstance(cause, errors.RepositoryNotFoundError):
            return f"{repo_id} does not exist, or the token has no access to it"
        if getattr(cause, "response", None) is not None:
            return _status(cause)
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            return "the disk is full; free some room or set HF_HOME to a folder on another disk"
        if isinstance(cause, OSError) and cause.errno in NOT_WRITABLE:
            return "no cache folder can be written; set HF_HOME to one that can"
    if any("Timeout" in type(cause).__name__ for cause in chain):
        return "the Hub did not answer in time"
    if any(type(cause).__name__.endswith(("ConnectError", "ProtocolError", "ReadError")) for cause in chain):
        return "the Hub could not be reached, or broke off"
    if any("Consistency check failed" in str(cause) for cause in chain):
        return "the Hub broke off in the middle of a file"
    return f"the client failed with {type(error).__name__}"


def _status(error: Any) -> str:
    """What a reply that is an error means, with the Hub's own words where it gave some."""
    status = error.response.status_code
    words = re.sub(r"\S+://\S+|hf_\w+", "…", " ".join((error.server_message or "").split())).rstrip(". ")
    meaning = {
        400: "the Hub does not accept the request",
        401: "the Hub does not accept the token; run hf auth login or set HF_TOKEN",
        402: "the Hub wants a paid plan for this",
        403: "the token has no permission for this",
        404: "the Hub knows no such namespace or repository",
        413: "the quota of the Hub is exceeded",
        429: "the Hub asks to wait after too many requests",
        507: "the quota of the Hub is exceeded",
    }.get(status, f"the Hub answers with error {status}")
    return f"{meaning} ({words[:160]})" if words else meaning


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


# ---------------------------------------------------------------------------------------------------------
# Writing


def has_token() -> bool:
    """Whether the environment or the usual login gives a token."""
    from huggingface_hub import get_token

    return bool(get_token())


def checked_repo_id(repo_id: str, option: str) -> str:
    """A repository's name, if the Hub could accept it.

    Raises:
        InputError: it could not.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        if repo_id.count("/") != 1 or not all(repo_id.split("/")):
            raise HFValidationError
        validate_repo_id(repo_id)
    except HFValidationError:
        raise InputError(
            f"{option}: {brief(repo_id)} is no name on the Hub; ORG/NAME of letters and digits with '_' and single"
            " '-' and '.' between them, at most 96 characters, is accepted."
        ) from None
    return repo_id


def commit(
    repo_id: str,
    files: Mapping[str, Path],
    message: str,
    creation: Mapping[str, Any],
    keep_only: bool = False,
) -> str:
    """Make a repository if it is missing and put files into it in one commit; the commit's hash.

    Args:
        repo_id: ``org/name``.
        files: source by path in the repository.
        message: of the commit; there is none where nothing differs.
        creation: arguments of ``HfApi.create_repo``.
        keep_only: delete what else the repository holds, but for ``.gitattributes``.

    Raises:
        HubError: the Hub refuses; the message says why, and what is left behind.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    api, repo_type = HfApi(), creation["repo_type"]
    try:
        api.create_repo(repo_id, exist_ok=True, **creation)
    except Exception as error:
        raise HubError(
            f"{repo_id} could not be made: {reason(error, repo_id)}. Nothing was uploaded."
        ) from error
    try:
        operations: list[Any] = [CommitOperationAdd(path, str(source)) for path, source in files.items()]
        if keep_only:
            there = api.list_repo_files(repo_id, repo_type=repo_type)
            stale = sorted(set(there) - {*files, ".gitattributes"})
            operations += [CommitOperationDelete(path) for path in stale]
        oid = api.create_commit(repo_id, operations, commit_message=message, repo_type=repo_type).oid
    except Exception as error:
        raise HubError(
            f"{repo_id} exists, but the files could not be committed: {reason(error, repo_id)}."
            " Its content is what it was before."
        ) from error
    return oid


def checked_hardware(name: str) -> str:
    """The name of what a Space can run on.

    Raises:
        InputError: the Hub lends no such thing.
    """
    from huggingface_hub import SpaceHardware

    names = [kind.value for kind in SpaceHardware]
    if name not in names:
        raise InputError(f"--hardware: {brief(name)} is none of {', '.join(names)}.")
    return name


def set_hardware(space: str, hardware: str) -> None:
    """Ask for what a Space runs on.

    Raises:
        HubError: the Hub refuses.
    """
    from huggingface_hub import HfApi, SpaceHardware

    try:
        HfApi().request_space_hardware(space, SpaceHardware(hardware))
    except Exception as error:
        raise HubError(
            f"{space} has the files, but does not run on {hardware}: {reason(error, space)}."
        ) from error
