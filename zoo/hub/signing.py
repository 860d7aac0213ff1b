"""Signatures of weights, by OpenSSF ``model-signing``: who made these bytes.

The signature lies beside the weights as ``model.sig``. Those whose signatures are accepted lie in ``signers/``
beside ``weights/``, or in the folder that ``ZOO_SIGNERS`` names:

- ``<name>.pem``, the public half of an elliptic-curve key, or its certificate, which has a day on which it
  expires; this works without any network;
- ``<name>.json``, ``{"identity": ..., "issuer": ...}``: a person or a CI job whom Sigstore knows by the address
  and the issuer of a login; signing needs a network, checking does not.

``sigstore.trust`` in that folder names another Sigstore than the public one (a client trust configuration). The
package is optional; without it the sha256 of every file is still checked against the lock.
"""

from __future__ import annotations

import base64
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
from typing import Any

from zoo.errors import InputError, WeightsError
from zoo.hub import client
from zoo.imports import importable

SIGNATURE = "model.sig"
TRUST = "sigstore.trust"
INSTALL = "pip install model-signing pyopenssl"  # 1.1 imports pyopenssl and does not say so
log = logging.getLogger("zoo.hub.signing")


@dataclass(frozen=True)
class Signer:
    """Someone whose signatures are accepted.

    Attributes:
        name: who; the name of the file.
        key: the public key, as PEM; None for an identity.
        expires: when the certificate expires; None for a bare key and an identity.
        identity: an e-mail address or the address of a workflow, as Sigstore certifies it.
        issuer: whose login says so.
    """

    name: str
    key: bytes | None = None
    expires: datetime.datetime | None = None
    identity: str | None = None
    issuer: str | None = None

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
        WeightsError: a file is neither a public key, nor a certificate, nor an identity.
    """
    return [_with_key(path) for path in sorted(known.glob("*.pem"))] + [
        _with_identity(path) for path in sorted(known.glob("*.json"))
    ]


def _with_key(path: Path) -> Signer:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

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
    return Signer(path.stem, _pem(key), expires)


def _with_identity(path: Path) -> Signer:
    try:
        data = json.loads(path.read_text())
        identity, issuer = data["identity"], data["issuer"]
        if not (isinstance(identity, str) and isinstance(issuer, str) and identity and issuer):
            raise ValueError
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"signers/{path.name} does not give an identity and its issuer.") from error
    return Signer(path.stem, identity=identity, issuer=issuer)


def _pem(key: object) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]


def _known(key: bytes, known: Path) -> Signer | None:
    return next((signer for signer in signers(known) if signer.key == key), None)


@contextlib.contextmanager
def _copy(weights: Path, files: Iterable[str]) -> Iterator[Path]:
    """Exactly the signed files as real files: the cache keeps links, which the library refuses."""
    with tempfile.TemporaryDirectory(prefix="latent-zoo-signed-") as name:
        copy = Path(name) / "model"
        copy.mkdir()
        for file in files:
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
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


def named(name: str, known: Path) -> Signer:
    """The signer of a name whom Sigstore knows.

    Raises:
        InputError: there is none.
    """
    if not available():
        raise InputError(f"signing needs the package model-signing: {INSTALL}.")
    identities = {signer.name: signer for signer in signers(known) if signer.identity}
    if name not in identities:
        accepted = ", ".join(identities) or "nobody yet"
        raise InputError(f"signers/{name}.json is missing; with an identity are known: {accepted}.")
    return identities[name]


def sign(weights: Path, files: Iterable[str], key: Path) -> None:
    """Sign files of a weights folder with a key; the signature is written beside them.

    Args:
        weights: the folder.
        files: names of the files that the signature covers.
        key: a private key as PEM that ``signer_of`` accepts.
    """
    from model_signing import signing

    with _copy(weights, files) as copy:
        signature = copy.parent / SIGNATURE
        signing.Config().use_elliptic_key_signer(private_key=key).sign(copy, signature)
        shutil.copyfile(signature, weights / SIGNATURE)


def sign_as(weights: Path, files: Iterable[str], signer: Signer, known: Path) -> None:
    """Sign files of a weights folder with Sigstore; the signature is written beside them.

    The login is that of the CI job that runs, or else a browser's.

    Args:
        weights: the folder.
        files: names of the files that the signature covers.
        signer: an identity.
        known: the folder of signers.

    Raises:
        InputError: nobody logged in, or somebody else did, or Sigstore cannot be reached.
    """
    from model_signing import signing

    own = known / TRUST
    with _copy(weights, files) as copy:
        signature = copy.parent / SIGNATURE
        try:
            config = signing.Config().use_sigstore_signer(
                use_ambient_credentials=True, trust_config=own if own.is_file() else None
            )
            config.sign(copy, signature)
        except Exception:  # a dozen kinds, some of which quote the token
            raise InputError(
                f"Sigstore could not sign as {signer.name}: it cannot be reached, or the login was refused."
            ) from None
        who = _identity(json.loads(signature.read_text())["verificationMaterial"])
        if who != signer.identity:
            raise InputError(f"Sigstore knows this login as {who}, but {signer.name} is {signer.identity}.")
        _verify(copy, signature, signer, known)
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
        Who signed; None if nobody did, or if the package that checks it is missing.

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
    try:
        material = json.loads(signature.read_text())["verificationMaterial"]
        signer = _signer(material, known)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise WeightsError(f"{refused}their signature cannot be read.") from error
    if signer is None:
        by = "with a key that" if "publicKey" in material else f"by {_identity(material)}, who"
        raise WeightsError(f"{refused}they are signed {by} is not in signers/.")
    if expected and signer.name != expected:
        raise WeightsError(f"{refused}{signer.name} signed them, but their lock names {expected}.")
    if signer.expires and signer.expired:
        raise WeightsError(
            f"{refused}the key of {signer.name} expired on {signer.expires:%Y-%m-%d};"
            " they have to be signed anew."
        )
    with _copy(weights, files) as copy:
        try:
            _verify(copy, signature, signer, known)
        except OSError as error:
            raise WeightsError(
                f"{refused}the signature of {signer.name} cannot be checked, since no cache folder can be"
                " written; set XDG_CACHE_HOME to one that can."
            ) from error
        except Exception as error:  # the library raises many kinds; each means that the signature is wrong
            raise WeightsError(f"{refused}the signature of {signer.name} does not fit the files.") from error
    return signer.name


def _signer(material: dict[str, Any], known: Path) -> Signer | None:
    """Who seems to have signed; nothing is proven yet."""
    if "publicKey" in material:
        hint = material["publicKey"]["hint"]
        keys = (signer for signer in signers(known) if signer.key)
        return next(
            (signer for signer in keys if hashlib.sha256(signer.key or b"").hexdigest() == hint), None
        )
    who = _identity(material)
    return next((signer for signer in signers(known) if signer.identity == who), None)


def _identity(material: dict[str, Any]) -> str:
    """The e-mail address or the workflow's address in the certificate of a Sigstore signature."""
    from cryptography import x509

    chain = material.get("x509CertificateChain", {}).get("certificates")
    raw = (chain[0] if chain else material["certificate"])["rawBytes"]
    certificate = x509.load_der_x509_certificate(base64.b64decode(raw))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [
        *names.get_values_for_type(x509.RFC822Name), *names.get_values_for_type(x509.UniformResourceIdentifier)
    ][0]  # fmt: skip


def _verify(copy: Path, signature: Path, signer: Signer, known: Path) -> None:
    """Check a signature of files that lie alone in a folder.

    Raises:
        Exception: it does not hold.
    """
    from model_signing import verifying

    def verify(config: verifying.Config) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            config.verify(copy, signature)

    if signer.key:
        public = copy.parent / "public.pem"
        public.write_bytes(signer.key)
        verify(verifying.Config().use_elliptic_key_verifier(public_key=public))
        return
    for roots in _roots(known):
        trust = copy.parent / TRUST
        trust.write_text(roots)
        config = verifying.Config().use_sigstore_verifier(
            identity=str(signer.identity), oidc_issuer=str(signer.issuer), trust_config=trust
        )
        try:
            verify(config)
            return
        except Exception as error:
            failed = error
    raise failed


def _roots(known: Path) -> Iterator[str]:
    """What Sigstore's own signatures are checked with: the host's, or those at hand, then fresh ones.

    The package carries the public roots, so that no request is made unless a signature does not hold with them.
    """
    if (known / TRUST).is_file():
        yield (known / TRUST).read_text()
        return
    from sigstore.models import ClientTrustConfig

    logging.getLogger("sigstore._internal.tuf").setLevel(logging.ERROR)  # it warns of what is meant here
    yield ClientTrustConfig.production(offline=True)._inner.to_json()
    if not client.offline():
        with contextlib.suppress(Exception):  # no network: what is at hand has to do
            yield ClientTrustConfig.production()._inner.to_json()
