"""Signatures of weights, by OpenSSF ``model-signing`` with elliptic-curve keys: who made these bytes.

The signature lies beside the weights as ``model.sig``. Those whose signatures are accepted lie as
``<name>.pem`` in ``signers/`` beside ``weights/``, or in the folder that ``ZOO_SIGNERS`` names: a public
key, or a certificate, which has a day on which it expires. The package is optional; without it the sha256
of every file is checked against the lock all the same.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import InputError, WeightsError
from zoo.registry import importable

SIGNATURE = "model.sig"
INSTALL = "pip install model-signing pyopenssl"  # 1.1 imports pyopenssl and does not say so
log = logging.getLogger("zoo.signing")


@dataclass(frozen=True)
class Signer:
    """Someone whose signatures are accepted.

    Attributes:
        name: who; the name of the file.
        key: the public key, as PEM.
        expires: when the certificate expires; None for a bare key.
    """

    name: str
    key: bytes
    expires: datetime.datetime | None

    @property
    def expired(self) -> bool:
        """Whether the certificate is past its day."""
        return self.expires is not None and self.expires < datetime.datetime.now(datetime.UTC)


def available() -> bool:
    """Whether ``model-signing`` is installed."""
    return importable("model_signing") and importable("OpenSSL")


def folder(weights: Path) -> Path:
    """The folder with the signers of a weights folder, ``weights/<slug>/`` or a plugin's ``weights/``."""
    chosen = os.environ.get("ZOO_SIGNERS")
    if chosen:
        return Path(chosen)
    outer = weights.parent if weights.parent.name == "weights" else weights
    return outer.parent / "signers"


def signers(known: Path) -> list[Signer]:
    """Everyone in a folder of signers.

    Raises:
        WeightsError: a file is neither a public key nor a certificate.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    found = []
    for path in sorted(known.glob("*.pem")):
        data, expires = path.read_bytes(), None
        key: object
        try:
            if b"BEGIN CERTIFICATE" in data:
                certificate = x509.load_pem_x509_certificate(data)
                key, expires = certificate.public_key(), certificate.not_valid_after_utc
            else:
                key = serialization.load_pem_public_key(data)
        except ValueError as error:
            raise WeightsError(
                f"signers/{path.name} is neither a public key nor a certificate in PEM."
            ) from error
        found.append(Signer(path.stem, _pem(key), expires))
    return found


def _pem(key: object) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]


def _known(key: bytes, known: Path) -> Signer | None:
    return next((one for one in signers(known) if one.key == key), None)


@contextlib.contextmanager
def _copy(weights: Path, files: Iterable[str]) -> Iterator[Path]:
    """Exactly the signed files as real files: the cache keeps links, which the library refuses."""
    with tempfile.TemporaryDirectory(prefix="latent-zoo-signed-") as name:
        copy = Path(name) / "model"
        copy.mkdir()
        for file in files:
            shutil.copyfile(weights / file, copy / file)
        yield copy


def signer_of(key: Path, known: Path) -> Signer:
    """The signer to whom a private key belongs.

    Raises:
        InputError: it cannot be used for signing; the message says why.
    """
    if not available():
        raise InputError(f"signing needs the package model-signing: {INSTALL}.")
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except OSError as error:
        raise InputError(f"the key {key.name} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        raise InputError(f"{key.name} is not a private key in PEM without a password.") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise InputError(f"{key.name} is not a key of an elliptic curve (P-256, P-384 or P-521).")
    signer = _known(_pem(private.public_key()), known)
    if signer is None:
        raise InputError(f"the public half of {key.name} is not in signers/, so nobody would accept it.")
    if signer.expired:
        raise InputError(f"the certificate of {signer.name} expired on {signer.expires:%Y-%m-%d}.")
    return signer


def sign(weights: Path, files: Iterable[str], key: Path) -> None:
    """Sign files of a weights folder; the signature is written beside them.

    Args:
        weights: the folder.
        files: names of the files that are vouched for.
        key: a private key as PEM that ``signer_of`` accepts.
    """
    from model_signing import signing

    with _copy(weights, files) as copy:
        signature = copy.parent / SIGNATURE
        signing.Config().use_elliptic_key_signer(private_key=key).sign(copy, signature)
        shutil.copyfile(signature, weights / SIGNATURE)


def check(weights: Path, files: Iterable[str], known: Path, name: str, expected: str | None) -> str | None:
    """Check the signature of a weights folder, if there is one or its lock names a signer.

    Args:
        weights: the folder.
        files: the files that have to be signed, no more and no fewer.
        known: the folder of signers.
        name: what the weights are called in messages.
        expected: the signer whom the lock names.

    Returns:
        Who signed; None if nobody did, or if it could not be checked for want of the package.

    Raises:
        WeightsError: the signature is missing, broken, of someone else, or of an expired key.
    """
    refused = f"The weights of {name} are refused: "
    signature = weights / SIGNATURE
    if not signature.is_file():
        if expected:
            raise WeightsError(f"{refused}they lack the signature of {expected}.")
        return None
    if not available():
        log.warning("the signature of %s is not checked: %s", name, INSTALL)
        return None
    from model_signing import verifying

    try:
        material = json.loads(signature.read_text())["verificationMaterial"]
        hint = material["publicKey"]["hint"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{refused}their signature cannot be read.") from error
    signer = next((one for one in signers(known) if hashlib.sha256(one.key).hexdigest() == hint), None)
    if signer is None:
        raise WeightsError(f"{refused}they are signed with a key that is not in signers/.")
    if expected and signer.name != expected:
        raise WeightsError(f"{refused}{signer.name} signed them, but their lock names {expected}.")
    if signer.expired:
        raise WeightsError(
            f"{refused}the key of {signer.name} expired on {signer.expires:%Y-%m-%d};"
            " they have to be signed anew."
        )
    with _copy(weights, files) as copy, contextlib.redirect_stdout(io.StringIO()):
        public = copy.parent / "public.pem"
        public.write_bytes(signer.key)
        try:
            verifying.Config().use_elliptic_key_verifier(public_key=public).verify(copy, signature)
        except Exception as error:  # the library raises many kinds; each means that it does not hold
            raise WeightsError(f"{refused}the signature of {signer.name} does not fit the files.") from error
    return signer.name
