"""Signatures of Sigstore identities, made and checked by the real client against a Sigstore of the tests."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from zoo import hub
from zoo.errors import InputError, WeightsError
from zoo.hub import signing
from zoo.testing.battery import check_sentence

if not signing.available():
    pytest.skip(f"signatures are optional: {signing.INSTALL}", allow_module_level=True)

import sigstore_double
from sigstore_double import ISSUER, Sigstore

SOURCE = Path(__file__).resolve().parents[1] / "third_party/sampler/zoo_method_sampler/weights"


@pytest.fixture
def sigstore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sigstore]:
    """A Sigstore at which ann's CI job is logged in."""
    with sigstore_double.serving() as one:
        for name, value in one.login().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield one


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights" / "sampler"
    shutil.copytree(SOURCE, folder)
    return folder


@pytest.fixture
def known(tmp_path: Path, sigstore: Sigstore) -> Path:
    """Ann, and the roots of the tests' Sigstore."""
    folder = tmp_path / "signers"
    folder.mkdir()
    write_identity(folder, "ann", "ann@example.org")
    (folder / signing.TRUST).write_text(sigstore.trust())
    return folder


def write_identity(known: Path, name: str, identity: str, issuer: str = ISSUER) -> None:
    (known / f"{name}.json").write_text(json.dumps({"identity": identity, "issuer": issuer}))


def sign(weights: Path, known: Path, name: str = "ann") -> None:
    signing.sign_as(weights, hub.read_lock(weights).sha256, signing.named(name, known), known)
    hub.write_lock(weights, "org/sampler", "a" * 40, name)


@pytest.fixture
def signed(weights: Path, known: Path) -> Path:
    sign(weights, known)
    return weights


def check(weights: Path) -> None:
    hub.check(weights, hub.read_lock(weights), "Sampler")


def refused(weights: Path, says: str) -> None:
    with pytest.raises(WeightsError) as caught:
        check(weights)
    check_sentence(str(caught.value))
    assert says in str(caught.value)


def test_an_identity_signs_and_is_checked_without_any_request(signed: Path, known: Path, sigstore: Sigstore):
    assert {"/token", "/api/v2/signingCert", "/api/v1/log/entries"} <= set(sigstore.asked)
    sigstore.asked.clear()
    check(signed)
    assert signing.check(signed, hub.read_lock(signed).sha256, known, "Sampler", None) == "ann"
    assert sigstore.asked == []


def test_changed_files_do_not_fit(signed: Path):
    (signed / "config.json").write_text('{"colours": 4}')
    hub.write_lock(signed, None, None, "ann")
    refused(signed, "does not fit the files")


def test_a_stranger_is_refused_by_name(signed: Path, known: Path):
    (known / "ann.json").unlink()
    write_identity(known, "bob", "bob@example.org")
    refused(signed, "signed by ann@example.org, who is not in signers/")


def test_another_known_signer_than_the_locks_is_refused(signed: Path, known: Path, sigstore: Sigstore):
    write_identity(known, "eve", "eve@example.org")
    sigstore.who = "eve@example.org"
    signing.sign_as(signed, hub.read_lock(signed).sha256, signing.named("eve", known), known)
    refused(signed, "eve signed them, but their lock names ann")


def test_the_same_address_by_another_login_is_refused(signed: Path, known: Path):
    write_identity(known, "ann", "ann@example.org", "https://elsewhere.example.org")
    refused(signed, "does not fit the files")


def edited(weights: Path, change) -> None:
    path = weights / signing.SIGNATURE
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def flipped(encoded: str) -> str:
    data = bytearray(base64.b64decode(encoded))
    data[-1] ^= 1
    return base64.b64encode(data).decode()


def flip_signature(data: dict) -> None:
    data["dsseEnvelope"]["signatures"][0]["sig"] = flipped(data["dsseEnvelope"]["signatures"][0]["sig"])


def flip_promise(data: dict) -> None:
    promise = data["verificationMaterial"]["tlogEntries"][0]["inclusionPromise"]
    promise["signedEntryTimestamp"] = flipped(promise["signedEntryTimestamp"])


def flip_log(data: dict) -> None:
    entry = data["verificationMaterial"]["tlogEntries"][0]
    entry["canonicalizedBody"] = flipped(entry["canonicalizedBody"])


def later(data: dict) -> None:
    """A certificate of ten minutes is used a day later, as the log's clock says."""
    entry = data["verificationMaterial"]["tlogEntries"][0]
    entry["integratedTime"] = str(int(entry["integratedTime"]) + 86400)


def without_log(data: dict) -> None:
    data["verificationMaterial"]["tlogEntries"] = []


@pytest.mark.parametrize("change", [flip_signature, flip_promise, flip_log, later, without_log])
def test_a_tampered_signature_is_refused(signed: Path, change):
    edited(signed, change)
    refused(signed, "does not fit the files")


def test_another_sigstore_is_not_believed(signed: Path, known: Path, monkeypatch):
    """Neither a host's other roots nor the public ones, which the package carries, vouch for ours."""
    with sigstore_double.serving() as other:
        (known / signing.TRUST).write_text(other.trust())
        refused(signed, "does not fit the files")
    (known / signing.TRUST).unlink()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(signing.client, "offline", lambda: True)
    refused(signed, "does not fit the files")


def test_a_login_of_somebody_else_leaves_no_signature(weights: Path, known: Path, sigstore: Sigstore):
    sigstore.who = "eve@example.org"
    with pytest.raises(
        InputError, match=r"knows this login as eve@example.org, but ann is ann@example.org"
    ) as caught:
        sign(weights, known)
    check_sentence(str(caught.value))
    assert not (weights / signing.SIGNATURE).exists()


def test_a_sigstore_that_is_down_is_told_without_a_token(weights: Path, known: Path, sigstore: Sigstore):
    sigstore.down = True
    with pytest.raises(InputError, match="could not sign as ann") as caught:
        sign(weights, known)
    check_sentence(str(caught.value))
    assert "127.0.0.1" not in str(caught.value)
    assert not (weights / signing.SIGNATURE).exists()


def test_signers_with_an_identity_are_named(known: Path):
    with pytest.raises(
        InputError, match=r"signers/zoe.json is missing; with an identity are known: ann\."
    ) as caught:
        signing.named("zoe", known)
    check_sentence(str(caught.value))


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"identity": "x"}', '{"identity": "", "issuer": "y"}', "3"]
)
def test_a_file_that_is_no_identity_is_told(signed: Path, known: Path, content: str):
    (known / "zoe.json").write_text(content)
    refused(signed, "signers/zoe.json")


def test_the_public_roots_are_at_hand_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    roots = json.loads(next(iter(signing._roots(tmp_path))))
    assert roots["trustedRoot"]["certificateAuthorities"]


def test_where_nothing_can_be_kept_the_reason_is_told(signed: Path, known: Path, monkeypatch, tmp_path: Path):
    (known / signing.TRUST).unlink()
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    refused(signed, "set XDG_CACHE_HOME")
