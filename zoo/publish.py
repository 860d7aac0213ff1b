"""``zoo publish``: a weights folder and its card become a model repository, and the lock pins its commit.

The weights are a method's, or those of a shared network, whose card lies among them.

Everything is checked before the first request: nothing is published when one file of one method is wrong.
The requests are those of ``huggingface_hub``; its login or ``HF_TOKEN`` gives the token.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from zoo import card, hub, paths, registry, shared
from zoo.errors import InputError, WeightsError, ZooError
from zoo.hub import client, signing
from zoo.hub import shared as shared_weights

MAX_BYTES = 8_000_000
"""What a bundled weights folder may weigh."""


@dataclass(frozen=True)
class Publication:
    """What one method's repository will hold.

    Attributes:
        slug: the method or shared network.
        repo_id: ``namespace/slug``.
        weights: the folder with the weights and their lock.
        files: source on this machine by name in the repository.
    """

    slug: str
    repo_id: str
    weights: Path
    files: dict[str, Path]

    def listing(self) -> str:
        """The files with their sizes, for a terminal."""
        return "\n".join(
            f"  {name:20} {path.stat().st_size:>10,} bytes" for name, path in sorted(self.files.items())
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo publish`` takes."""
    parser.add_argument("slugs", nargs="+", metavar="SLUG")
    parser.add_argument("--namespace", required=True, metavar="ORG", help="a user or organisation on the Hub")
    parser.add_argument("--private", action="store_true", help="repositories made anew are private")
    parser.add_argument("--dry-run", action="store_true", help="check and list everything, ask nobody")
    signature = parser.add_mutually_exclusive_group()
    signature.add_argument("--sign", type=Path, metavar="KEY", help="sign with this private key (PEM)")
    signature.add_argument(
        "--sign-as",
        metavar="NAME",
        help="sign with Sigstore as signers/NAME.json: by the CI job's login or a browser",
    )


def main(options: argparse.Namespace) -> None:
    """Run ``zoo publish``."""
    publish(options.slugs, options.namespace, options.private, options.dry_run, options.sign, options.sign_as)


def publish(
    slugs: Iterable[str],
    namespace: str,
    private: bool = False,
    dry_run: bool = False,
    key: Path | None = None,
    identity: str | None = None,
    tell: Callable[[str], None] = print,
) -> None:
    """Publish methods, each to ``namespace/slug``; a repository that holds the same files is left as it is.

    Args:
        slugs: which methods.
        namespace: user or organisation.
        private: whether repositories that do not exist yet become private.
        dry_run: check and list everything without a request.
        key: a private key to sign with.
        identity: instead of a key, the name of a signer whom Sigstore knows.
        tell: gets a line for each thing done.

    Raises:
        ZooError: something is wrong; the message also says what was done before.
    """
    signing_anew = bool(key or identity)
    plans = [prepare(slug, namespace, resigned=signing_anew) for slug in dict.fromkeys(slugs)]
    signers = {plan.slug: _new_signer(plan, key, identity) for plan in plans}
    if dry_run:
        for plan in plans:
            new = signers[plan.slug]
            signature = f", signed by {new.name}" if new else ""
            tell(f"{plan.repo_id} would be published{signature}:\n{plan.listing()}")
        return
    if not client.has_token():
        raise InputError("there is no token; run hf auth login or set HF_TOKEN.")
    done: list[str] = []
    for plan in plans:
        try:
            tell(_publish(plan, private, key, signers[plan.slug]))
        except ZooError as error:
            before = f" Published before that: {', '.join(done)}." if done else ""
            raise type(error)(f"{error}{before}") from error
        done.append(plan.repo_id)


def prepare(slug: str, namespace: str, resigned: bool = False) -> Publication:
    """Check everything that would be published for a method.

    Args:
        slug: which method.
        namespace: user or organisation.
        resigned: whether it will be signed anew, so that the signature of before does not matter.

    Raises:
        ZooError: something is wrong.
    """
    repo_id = client.checked_repo_id(f"{namespace}/{slug}", "--namespace")
    if slug in shared.names():
        return _prepare_shared(slug, repo_id, resigned)
    method = registry.find(slug).method
    weights = hub.home(method)
    try:
        model_card = card.read(method)
        card.model_card(model_card)
    except card.CardError as error:
        raise InputError(f"the card of {slug} cannot be published: {error}") from error
    files = {name: weights / name for name in check_weights(method.title, weights, weights.iterdir())}
    if not resigned:
        hub.check(weights, hub.read_lock(weights), method.title)
    if (weights / signing.SIGNATURE).is_file():
        files[signing.SIGNATURE] = weights / signing.SIGNATURE
    files["README.md"] = model_card.path
    licence = paths.root() / "LICENSE"
    if licence.is_file() and weights.parent.parent == paths.root():  # a third party's licence is on its card
        files["LICENSE"] = licence
    return Publication(slug, repo_id, weights, files)


def _prepare_shared(name: str, repo_id: str, signed: bool) -> Publication:
    """Check what would be published of a shared network, whose card lies among its weights."""
    if signed:
        raise InputError(f"{name} is a shared network; these are published without a signature.")
    weights = shared_weights.home(name)
    locked = check_weights(name, weights, weights.rglob("*"))
    files = {file: weights / file for file in (*locked, "README.md")}
    if not files["README.md"].is_file():
        raise InputError(f"weights/shared/{name} has no README.md, which is its card; zoo train writes it.")
    return Publication(name, repo_id, weights, files)


def check_weights(title: str, weights: Path, lying: Iterable[Path]) -> list[str]:
    """Check a weights folder file by file; the names of the files that are published.

    Args:
        title: what the weights are called in messages.
        weights: the folder with the lock.
        lying: what lies there and must be locked.

    Raises:
        WeightsError: a file is missing, changed, of a kind that is not published, or cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    lock = hub.read_lock(weights)
    files = sorted(path.relative_to(weights).as_posix() for path in lying if path.is_file())
    extra = set(files) - {*lock.sha256, "lock.json", "README.md", signing.SIGNATURE}
    if extra:
        raise WeightsError(
            f"weights/{weights.name} holds {', '.join(sorted(extra))}, which its lock does not name."
        )
    hub.check_bytes(weights, lock, title)
    for name in lock.sha256:
        try:
            if name.endswith(".safetensors"):
                with safe_open(weights / name, framework="numpy") as tensors:
                    empty = not tensors.keys()
            else:
                empty = not json.loads((weights / name).read_text())
        except (SafetensorError, ValueError, OSError) as error:
            raise WeightsError(
                f"weights/{weights.name}/{name} cannot be read as what its name says."
            ) from error
        if empty and (name.endswith(".safetensors") or name == "config.json"):
            raise WeightsError(f"weights/{weights.name}/{name} is empty.")
    size = sum((weights / name).stat().st_size for name in lock.sha256)
    if size > MAX_BYTES:
        raise WeightsError(
            f"weights/{weights.name} weighs {size / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:g} are published."
        )
    return list(lock.sha256)


def _new_signer(plan: Publication, key: Path | None, identity: str | None) -> signing.Signer | None:
    """Who will sign, if somebody will."""
    known = signing.folder(plan.weights)
    if key:
        return signing.signer_of(key, known)
    return signing.named(identity, known) if identity else None


def _publish(plan: Publication, private: bool, key: Path | None, new_signer: signing.Signer | None) -> str:
    """Publish one method; what was done, as a line."""
    files, signature = dict(plan.files), plan.weights / signing.SIGNATURE
    before = signature.read_bytes() if signature.is_file() else None
    try:
        if new_signer:
            _sign(plan, key, new_signer)
            files[signing.SIGNATURE] = signature
        revision = client.commit(
            plan.repo_id,
            files,
            f"Publish {plan.slug} with Latent Zoo",
            {"repo_type": "model", "private": private},
        )
    except BaseException:  # a signature that the lock does not name would be half of a publication
        if before is None:
            signature.unlink(missing_ok=True)
        else:
            signature.write_bytes(before)
        raise
    signer = new_signer.name if new_signer else hub.read_lock(plan.weights).signer
    try:
        if plan.slug in shared.names():
            shared_weights.write_lock(plan.weights, plan.repo_id, revision)
        else:
            hub.write_lock(plan.weights, plan.repo_id, revision, signer)
    except OSError as error:
        raise WeightsError(
            f"{plan.repo_id} was published at {revision}, but the lock of {plan.slug} could not be written"
            f" ({error.strerror}); run the same command again."
        ) from error
    return f"{plan.repo_id} is at {revision}{f', signed by {signer}' if signer else ''}"


def _sign(plan: Publication, key: Path | None, signer: signing.Signer) -> None:
    """Sign anew, unless the signature that is there holds: two of the same bytes differ, and so would commits."""
    names, known = hub.read_lock(plan.weights).sha256, signing.folder(plan.weights)
    try:
        if signing.check(plan.weights, names, known, plan.slug, signer.name) == signer.name:
            return
    except WeightsError:
        pass
    if key:
        signing.sign(plan.weights, names, key)
    else:
        signing.sign_as(plan.weights, names, signer, known)
