"""Signatures: made and checked by OpenSSF model-signing with keys of the tests."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path

import pytest

from zoo import hub
from zoo.errors import InputError, WeightsError
from zoo.hub import signing
from zoo.testing.battery import check_sentence

if not signing.available():
    pytest.skip(f"signatures are optional: {signing.INSTALL}", allow_module_level=True)

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

SOURCE = Path(__file__).resolve().parents[1] / "third_party/sampler/zoo_method_sampler/weights"
PRIVATE = (
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)


def make_signer(folder: Path, signers: Path, name: str, days: int | None = 30) -> Path:
    """A new key; its certificate, which lasts for some days, or its bare public key goes to the signers."""
    private = ec.generate_private_key(ec.SECP256R1())
    key = folder / f"{name}-key.pem"
    key.write_bytes(private.private_bytes(*PRIVATE))
    signers.mkdir(exist_ok=True)
    if days is None:
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (signers / f"{name}.pem").write_bytes(public)
        return key
    certify(private, signers / f"{name}.pem", name, days)
    return key


def certify(private: ec.EllipticCurvePrivateKey, path: Path, name: str, days: int) -> None:
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(
        subject, subject, private.public_key(), x509.random_serial_number(),
        now - datetime.timedelta(days=60), now + datetime.timedelta(days=days),
    )  # fmt: skip
    path.write_bytes(builder.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights" / "sampler"
    shutil.copytree(SOURCE, folder)
    return folder


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return tmp_path / "signers"


@pytest.fixture
def key(tmp_path: Path, weights: Path, known: Path) -> Path:
    """The key of ann, who signed the weights."""
    key = make_signer(tmp_path, known, "ann")
    sign(weights, key)
    return key


def sign(weights: Path, key: Path, names_signer: bool = True) -> None:
    signer = signing.signer_of(key, signing.folder(weights))
    signing.sign(weights, hub.read_lock(weights).sha256, key)
    hub.write_lock(weights, "org/sampler", "a" * 40, signer.name)


def check(weights: Path) -> None:
    hub.check(weights, hub.read_lock(weights), "Sampler")


def refused(weights: Path, says: str) -> None:
    with pytest.raises(WeightsError) as caught:
        check(weights)
    check_sentence(str(caught.value))
    assert says in str(caught.value)


def edit(path: Path, change) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_a_signature_holds_and_names_its_signer(weights: Path, known: Path, key: Path):
    check(weights)
    lock = hub.read_lock(weights)
    assert lock.signer == "ann"
    assert signing.check(weights, lock.sha256, known, "Sampler", None) == "ann"


def test_links_of_a_cache_are_followed(weights: Path, known: Path, key: Path, tmp_path: Path):
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    for path in weights.iterdir():
        (snapshot / path.name).symlink_to(path)
    hub.check(snapshot, hub.read_lock(weights), "Sampler", known)


def test_a_bare_key_never_expires(weights: Path, known: Path, tmp_path: Path):
    sign(weights, make_signer(tmp_path, known, "bob", days=None))
    check(weights)


def test_changed_files_do_not_fit_though_the_lock_follows(weights: Path, key: Path):
    """Whoever can write the lock can not write the signature."""
    (weights / "config.json").write_text('{"colours": 4}')
    signature = (weights / signing.SIGNATURE).read_bytes()
    hub.write_lock(weights, None, None, "ann")
    assert (weights / signing.SIGNATURE).read_bytes() == signature
    refused(weights, "does not fit the files")


def test_a_tampered_signature_is_refused(weights: Path, key: Path):
    def flip(data: dict) -> None:
        one = data["dsseEnvelope"]["signatures"][0]
        one["sig"] = one["sig"][:20] + ("A" if one["sig"][20] != "A" else "B") + one["sig"][21:]

    edit(weights / signing.SIGNATURE, flip)
    refused(weights, "does not fit the files")


def test_a_tampered_payload_is_refused(weights: Path, key: Path):
    def swap(data: dict) -> None:
        data["dsseEnvelope"]["payload"] = data["dsseEnvelope"]["payload"][::-1]

    edit(weights / signing.SIGNATURE, swap)
    refused(weights, "does not fit the files")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"verificationMaterial": {}}', '"x"', "\0"])
def test_a_broken_signature_is_refused(weights: Path, key: Path, text: str):
    (weights / signing.SIGNATURE).write_text(text)
    refused(weights, "cannot be read")


def test_a_removed_signature_is_refused(weights: Path, key: Path):
    (weights / signing.SIGNATURE).unlink()
    refused(weights, "lack the signature of ann")


def test_a_strangers_key_is_refused(weights: Path, known: Path, key: Path, tmp_path: Path):
    (known / "ann.pem").unlink()
    refused(weights, "not in signers/")
    make_signer(tmp_path, known, "ann")
    refused(weights, "not in signers/")


def test_another_known_signer_than_the_locks_is_refused(
    weights: Path, known: Path, key: Path, tmp_path: Path
):
    signing.sign(weights, hub.read_lock(weights).sha256, make_signer(tmp_path, known, "eve"))
    refused(weights, "eve signed them, but their lock names ann")


def test_an_expired_key_is_refused(weights: Path, known: Path, key: Path):
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    certify(private, known / "ann.pem", "ann", days=-1)
    refused(weights, "the key of ann expired on")
    with pytest.raises(InputError, match=r"expired on \d{4}-\d\d-\d\d"):
        signing.signer_of(key, known)


def test_the_host_chooses_whom_to_believe(weights: Path, key: Path, tmp_path: Path, monkeypatch):
    own = tmp_path / "own"
    make_signer(tmp_path, own, "host")
    monkeypatch.setenv("ZOO_SIGNERS", str(own))
    refused(weights, "not in signers/")


def test_without_the_package_the_hashes_still_count(weights: Path, key: Path, monkeypatch, caplog):
    monkeypatch.setattr(signing, "available", lambda: False)
    check(weights)
    assert "not checked" in caplog.text
    (weights / "config.json").write_text('{"colours": 4}')
    refused(weights, "sha256 of config.json")


def test_new_weights_drop_an_old_signature(weights: Path, key: Path):
    (weights / "config.json").write_text('{"colours": 4}')
    hub.write_lock(weights)
    assert not (weights / signing.SIGNATURE).exists()
    check(weights)


def test_a_file_that_is_no_signer_is_told(weights: Path, known: Path, key: Path):
    (known / "zoe.pem").write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    refused(weights, "signers/zoe.pem")


def test_keys_that_cannot_sign_are_told(weights: Path, known: Path, key: Path, tmp_path: Path):
    no_key, large, locked = tmp_path / "text.pem", tmp_path / "rsa.pem", tmp_path / "locked.pem"
    no_key.write_text("nonsense")
    large.write_bytes(rsa.generate_private_key(65537, 2048).private_bytes(*PRIVATE))
    password = serialization.BestAvailableEncryption(b"secret")
    curve = ec.generate_private_key(ec.SECP256R1())
    locked.write_bytes(curve.private_bytes(*PRIVATE[:2], password))
    unknown = tmp_path / "unknown.pem"
    unknown.write_bytes(curve.private_bytes(*PRIVATE))
    for path, says in (
        (no_key, "not a private key"),
        (large, "elliptic curve"),
        (locked, "without a password"),
        (unknown, "not in signers/"),
        (tmp_path / "nowhere.pem", "cannot be read"),
    ):
        with pytest.raises(InputError, match=says) as caught:
            signing.signer_of(path, known)
        check_sentence(str(caught.value))


def test_the_card_says_where_weights_come_from(weights: Path, known: Path, key: Path, monkeypatch):
    monkeypatch.setattr(hub.weights, "home", lambda method: weights)
    facts = dict(hub.facts(object))  # type: ignore[arg-type]
    assert facts["Weights"] == "bundled"
    assert facts["Repository"] == "org/sampler"
    assert facts["Revision"] == "a" * 40
    assert facts["model.safetensors"] == f"sha256 {hub.file_sha256(weights / 'model.safetensors')}"
    assert facts["Signed by"] == "ann; checked whenever they are loaded"
    monkeypatch.setattr(signing, "available", lambda: False)
    assert dict(hub.facts(object))["Signed by"] == "ann; not checked on this server"  # type: ignore[arg-type]
    hub.write_lock(weights)
    facts = dict(hub.facts(object))  # type: ignore[arg-type]
    assert facts["Repository"] == "none; not published on the Hub"
    assert (facts["Revision"], facts["Signed by"]) == ("none", "nobody")
    (weights / "model.safetensors").unlink()
    assert "Hub" in dict(hub.facts(object))["Weights"]  # type: ignore[arg-type]
    (weights / "lock.json").write_text("{")
    assert "not a valid lock" in dict(hub.facts(object))["Weights"]  # type: ignore[arg-type]
    (weights / "lock.json").unlink()
    assert dict(hub.facts(object)) == {"Weights": "none; nothing to train"}  # type: ignore[arg-type]
