"""``zoo deploy``: the checkout becomes a Hugging Face Space, with what the app needs and nothing else."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zoo import card, hub, paths, registry
from zoo.errors import InputError
from zoo.hub import client

FILES = ("app.py", "requirements.txt", "README.md", "pyproject.toml", "LICENSE", "NOTICE")
FOLDERS = ("zoo", "plugins", "cards", "weights", "signers")
REQUIRED = ("app.py", "requirements.txt", "README.md", "pyproject.toml", "LICENSE", "zoo", "plugins", "cards")
LEFT_OUT = {"__pycache__", "checkpoint"}
"""Folders that come into being by running and training."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo deploy`` takes."""
    parser.add_argument("space", metavar="ORG/SPACE")
    parser.add_argument(
        "--hardware", metavar="NAME", help="such as cpu-basic or zero-a10g (default: as it is)"
    )
    parser.add_argument("--private", action="store_true", help="a Space made anew is private")
    parser.add_argument("--dry-run", action="store_true", help="check and list everything, ask nobody")


def main(options: argparse.Namespace) -> None:
    """Run ``zoo deploy``."""
    deploy(options.space, options.hardware, options.private, options.dry_run)


def deploy(
    space: str,
    hardware: str | None = None,
    private: bool = False,
    dry_run: bool = False,
    tell: Callable[[str], None] = print,
) -> None:
    """Make a Space or bring it up to date; one that holds the same files is left as it is.

    Args:
        space: ``org/name``.
        hardware: what it runs on; None leaves that to the Hub or as it is.
        private: whether a Space that does not exist yet becomes private.
        dry_run: check and list everything without a request.
        tell: gets a line for each thing done.

    Raises:
        ZooError: something is wrong; the message also says what was done before.
    """
    root = paths.checkout()
    if root is None:
        raise InputError("a Space is deployed from a checkout of the project, not from an installed package.")
    client.checked_repo_id(space, "ORG/SPACE")
    if hardware:
        client.checked_hardware(hardware)
    check(root)
    if hardware and hardware.startswith("zero-"):
        check_zero(root, hardware)
    chosen = files(root)
    if dry_run:
        size = sum(path.stat().st_size for path in chosen.values())
        listing = "\n".join(f"  {name}" for name in chosen)
        tell(f"{space} would get {len(chosen)} files, {size / 1e6:.1f} MB:\n{listing}")
        return
    if not client.has_token():
        raise InputError("there is no token; run hf auth login or set HF_TOKEN.")
    creation: dict[str, Any] = {"repo_type": "space", "space_sdk": "gradio", "private": private}
    if hardware:
        creation["space_hardware"] = hardware
    revision = client.commit(space, chosen, "Deploy Latent Zoo", creation, keep_only=True)
    tell(f"{space} is at {revision}")
    if hardware:
        client.set_hardware(space, hardware)
        tell(f"{space} runs on {hardware}")


def check_zero(root: Path, hardware: str) -> None:
    """Check what ZeroGPU demands: the package ``spaces``, and at least one action that wants a GPU.

    Raises:
        InputError: either is missing; such a Space would not start.
    """
    if "spaces" not in pins(root):
        raise InputError(f"requirements.txt lacks the package spaces, without which {hardware} lends no GPU.")
    methods = (entry.method for entry in registry.entries().values() if not entry.error)
    if not any(action.gpu_seconds for method in methods for action in method.actions().values()):
        raise InputError(
            f"no action declares gpu_seconds, and {hardware} starts only a Space in which one does."
        )


def pins(root: Path) -> dict[str, str]:
    """Versions by package, as requirements.txt pins them.

    Raises:
        InputError: a line does not pin.
    """
    lines = (line.partition("#")[0].strip() for line in (root / "requirements.txt").read_text().splitlines())
    versions = {}
    for line in filter(None, lines):
        pinned = re.fullmatch(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.+!]+)", line)
        if pinned is None:
            raise InputError(f"requirements.txt must pin every package with ==, unlike {line!r}.")
        versions[pinned[1].lower()] = pinned[2]
    return versions


def files(root: Path) -> dict[str, Path]:
    """What a Space gets: source by path in the Space, sorted."""
    candidates = [root / name for name in FILES if (root / name).is_file()]
    for folder in FOLDERS:
        candidates += [path for path in (root / folder).rglob("*") if path.is_file()]
    return {
        path.relative_to(root).as_posix(): path
        for path in sorted(candidates)
        if not LEFT_OUT & set(path.relative_to(root).parts)
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }


def check(root: Path) -> None:
    """Check what a Space would stumble over, front matter, pins and weights, and that no private key goes along.

    Raises:
        ZooError: something is missing or wrong.
    """
    missing = [name for name in REQUIRED if not (root / name).exists()]
    if missing:
        raise InputError(f"the checkout lacks {', '.join(missing)}.")
    try:
        front = card.parse(root / "README.md", (root / "README.md").read_text(encoding="utf-8")).data
    except card.CardError as error:
        raise InputError(f"README.md cannot head a Space: {error}") from error
    wanted = {"sdk": "gradio", "app_file": "app.py", "sdk_version": pins(root).get("gradio")}
    for key, value in wanted.items():
        if str(front.get(key)) != value:
            raise InputError(f"the front matter of README.md must say {key}: {value}.")
    if not front.get("title") or len(str(front.get("short_description", ""))) > 60:
        raise InputError(
            "the front matter of README.md needs a title and at most 60 characters of description."
        )
    for name, path in files(root).items():
        if path.suffix in (".pem", ".key") and b"PRIVATE KEY" in path.read_bytes():
            raise InputError(f"{name} holds a private key, which must not leave this machine.")
    for lock in sorted((root / "weights").rglob("lock.json")):  # those of parts lie a folder deeper
        locked = hub.read_lock(lock.parent)
        if hub.bundled(lock.parent, locked):
            hub.check(lock.parent, locked, lock.parent.name)
        elif not (locked.repo_id and locked.revision):
            raise InputError(f"the weights of {lock.parent.name} are neither bundled nor published.")
