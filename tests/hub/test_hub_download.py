"""Downloads: from a real mirror (olah), and from a double of ours that fails on demand.

What takes ``either`` runs twice: against the double alone, and with the mirror's own answers behind it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hub_double import TOKEN, Fault, Hub
from olah_server import Mirror, free_port, git, serving

from zoo.hub import signing
from zoo.testing.battery import check_sentence

HERE = Path(__file__).resolve().parent
FILES = {
    path.name: path.read_bytes()
    for path in (HERE.parent / "third_party/sampler/zoo_method_sampler/weights").iterdir()
    if path.name != "lock.json"
}
HASHES = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
MODEL = "resolve/.*/model.safetensors"


def loaded(outcome) -> None:
    assert outcome.error is None
    assert {name: outcome.sha256[name] for name in HASHES} == HASHES


def refused(outcome, *words: str) -> None:
    assert outcome.folder is None
    check_sentence(outcome.error)
    assert "127.0.0.1" not in outcome.error
    for word in words:
        assert word in outcome.error


# ---------------------------------------------------------------------------------------------------------
# A real mirror


def test_a_mirror_serves_the_pinned_commit(mirror: Mirror, place, tmp_path: Path):
    """First download, then from the cache, then after the branch has moved, then with the mirror gone."""
    first = mirror.commit("org/sampler", FILES)
    place = place.at(mirror.url)
    place.lock(first)
    outcome = place.load()
    loaded(outcome)
    assert outcome.folder.is_relative_to(place.cache)
    assert outcome.folder.name == first
    asked = mirror.log.read_text().count("resolve")
    assert asked
    assert place.load().folder == outcome.folder
    assert mirror.log.read_text().count("resolve") == asked, "a cache hit asks nobody"

    moved = mirror.commit("org/sampler", {"model.safetensors": FILES["model.safetensors"][::-1]})
    assert moved != first
    shutil.rmtree(place.cache)
    outcome = place.load()
    loaded(outcome)
    assert outcome.folder.name == first, "the pin wins over the branch"

    place.lock(moved)
    refused(place.load(), "sha256 of model.safetensors")


def test_what_a_mirror_refuses_is_told(mirror: Mirror, place):
    """Its 404s, and its 500s: it has one for a revision that is not there, and one for a damaged repository."""
    place = place.at(mirror.url)
    place.lock("b" * 40, repo_id="org/nothing")
    refused(place.load("--no-waits"), "org/nothing lacks a file that is locked")
    commit = mirror.commit("org/broken", FILES)
    place.lock(commit, {**FILES, "more.json": b"{}"}, repo_id="org/broken")
    refused(place.load("--no-waits"), "org/broken lacks a file that is locked")
    place.lock("0" * 40, repo_id="org/broken")
    stumbles(place)
    blob = git(mirror.models / "org/broken", "rev-parse", "HEAD:model.safetensors")
    (mirror.models / "org/broken/.git/objects" / blob[:2] / blob[2:]).unlink()
    shutil.rmtree(place.cache)
    place.lock(commit, repo_id="org/broken")
    stumbles(place)
    said = mirror.log.read_text()
    assert " 404" in said
    assert " 500" in said


def stumbles(place) -> None:
    """Error 500, or what comes of it: this mirror breaks off every other connection on which it stumbled."""
    outcome = place.load("--no-waits")
    refused(outcome, "org/broken")
    assert re.search("the Hub answers with error 500|broke off", outcome.error)


def test_a_mirror_that_dies_in_the_middle_leaves_nothing_half(place, tmp_path: Path):
    large = {**FILES, "model.safetensors": os.urandom(120 * 2**20)}
    with serving(tmp_path / "olah") as mirror:
        place = place.at(mirror.url)
        first = mirror.commit("org/sampler", FILES)
        place.lock(first)
        loaded(place.load())
        place.lock(mirror.commit("org/sampler", large), large)
        process = place.start("--no-waits")
        while process.poll() is None and not arriving(place.cache):
            time.sleep(0.005)
        mirror.process.kill()
        refused(place.outcome(process), "could not be reached, or broke off")
    assert not arriving(place.cache)
    place.lock(first)
    loaded(place.load())  # from the cache, while the mirror is down
    shutil.rmtree(place.cache)
    refused(place.load("--no-waits"), "could not be reached")
    place.bundle()
    loaded(place.load())


def arriving(cache: Path) -> bool:
    """Whether a part of a file has arrived."""
    with contextlib.suppress(FileNotFoundError):
        return any(path.stat().st_size for path in cache.rglob("*.incomplete"))
    return False


# ---------------------------------------------------------------------------------------------------------
# Signatures


@pytest.fixture
def signed(either, tmp_path: Path) -> dict[str, bytes]:
    """Weights that ann signed, on the Hub; their lock names her."""
    from test_hub_signing import make_signer

    key = make_signer(tmp_path, either.home / "signers", "ann")
    folder = tmp_path / "to-sign"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    signing.sign(folder, FILES, key)
    files = {**FILES, signing.SIGNATURE: (folder / signing.SIGNATURE).read_bytes()}
    either.offer(files)
    either.lock(either.revision, FILES, signer="ann")
    return files


def test_signed_weights_come_with_their_signature_and_are_checked(hub: Hub, either, signed, tmp_path: Path):
    from cryptography.hazmat.primitives import serialization
    from test_hub_signing import certify, make_signer

    loaded(either.load())
    assert hub.requests(rf"GET .*{signing.SIGNATURE}")
    hub.log.clear()
    loaded(either.load())
    assert hub.log == []
    private = serialization.load_pem_private_key((tmp_path / "ann-key.pem").read_bytes(), None)
    certify(private, either.home / "signers" / "ann.pem", "ann", days=-1)
    refused(either.load(), "the key of ann expired on")
    make_signer(tmp_path, either.home / "signers", "ann")
    refused(either.load(), "signed with a key that is not in signers/")


def test_a_signature_that_was_altered_on_the_hub_is_refused(either, signed):
    data = json.loads(signed[signing.SIGNATURE])
    one = data["dsseEnvelope"]["signatures"][0]
    one["sig"] = one["sig"][:20] + ("A" if one["sig"][20] != "A" else "B") + one["sig"][21:]
    either.revision = "b2" * 20
    either.offer({**signed, signing.SIGNATURE: json.dumps(data).encode()})
    either.lock(either.revision, FILES, signer="ann")
    refused(either.load(), "the signature of ann does not fit the files")


def test_a_signature_that_the_hub_lacks_is_told(hub: Hub, place):
    place.lock(place.revision, FILES, signer="ann")
    refused(place.load("--no-waits"), "org/sampler lacks a file that is locked")


# ---------------------------------------------------------------------------------------------------------
# Cache


def test_first_download_asks_for_locked_files_only_and_then_nobody(hub: Hub, either):
    either.offer({**FILES, "evil.bin": b"pickle", "other.json": b"{}"})
    either.lock(either.revision, FILES)
    outcome = either.load()
    loaded(outcome)
    assert {path.name for path in outcome.folder.iterdir()} == set(FILES)
    assert all(
        re.search(rf"resolve/{either.revision}/(config.json|model.safetensors)$", one)
        for one in hub.requests("")
    )
    hub.log.clear()
    assert either.load().folder == outcome.folder
    assert hub.log == []


def test_bundled_weights_never_ask(hub: Hub, either):
    either.bundle()
    outcome = either.load()
    loaded(outcome)
    assert outcome.folder == either.weights
    assert hub.log == []


def test_offline_uses_the_cache_and_says_when_it_is_empty(hub: Hub, either):
    refused(either.load(HF_HUB_OFFLINE="1"), "HF_HUB_OFFLINE is set")
    assert hub.log == []
    loaded(either.load())
    hub.log.clear()
    loaded(either.load(HF_HUB_OFFLINE="1"))
    assert hub.log == []


def test_changed_bytes_are_refused(hub: Hub, place):
    repository = hub.repositories["model", "org/sampler@" + "a1" * 20]
    repository.files["model.safetensors"] = FILES["model.safetensors"][:-1] + b"\0"
    refused(place.load(), "sha256 of model.safetensors")
    refused(place.load(), "sha256 of model.safetensors")
    repository.files["model.safetensors"] = FILES["model.safetensors"]
    loaded(place.load())


def test_a_rotten_cache_is_fetched_again(hub: Hub, either):
    file = either.load().folder / "model.safetensors"
    file.resolve().write_bytes(b"rotten")
    refused(either.load(HF_HUB_OFFLINE="1"), "sha256 of model.safetensors")
    loaded(either.load())
    loaded(either.load(HF_HUB_OFFLINE="1"))


@contextlib.contextmanager
def small_disk(folder: Path, options: str):
    """A disk in memory of its own at a folder; skips where that is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_leaves_nothing_half(hub: Hub, either):
    large = {**FILES, "model.safetensors": os.urandom(3 * 2**20)}
    either.offer(large)
    with small_disk(either.cache, "size=1m"):
        refused(either.load(), "the disk is full", "HF_HOME")
        assert not list(either.cache.rglob("*.incomplete"))
        assert not list(either.cache.rglob("model.safetensors"))


def test_a_read_only_cache_falls_back_and_then_says_what_to_set(hub: Hub, either, tmp_path: Path):
    with small_disk(either.cache, "size=1m,ro"):
        outcome = either.load()
        loaded(outcome)
        assert outcome.folder.is_relative_to(tmp_path / "xdg" / "latent-zoo" / "hub")
        hub.log.clear()
        loaded(either.load(HF_HUB_OFFLINE="1"))
        assert hub.log == []
        with small_disk(tmp_path / "elsewhere", "size=1m,ro"):
            elsewhere = str(tmp_path / "elsewhere")
            refused(either.load(XDG_CACHE_HOME=elsewhere), "no cache folder can be written", "HF_HOME")


def test_a_cache_that_was_filled_and_made_read_only_is_enough(hub: Hub, either):
    either.cache.mkdir()
    with small_disk(either.cache, "size=1m"):
        loaded(either.load())
        subprocess.run(["mount", "-o", "remount,ro", str(either.cache)], check=True)
        hub.log.clear()
        loaded(either.load())
        assert hub.log == []


def test_two_processes_at_once_fetch_the_bytes_once(hub: Hub, either):
    hub.faults.append(Fault(f"GET .*{MODEL}", seconds_per_chunk=2.0))
    processes = [either.start() for _ in range(2)]
    first, second = [either.outcome(process) for process in processes]
    loaded(first)
    loaded(second)
    assert first.folder == second.folder
    assert len(hub.requests(f"GET .*{MODEL}")) == 1


# ---------------------------------------------------------------------------------------------------------
# Faults


def test_a_broken_transfer_is_resumed_where_it_broke_off(hub: Hub, either):
    """The client takes 10 MB at a time, so it resumes at the last whole one."""
    large = {**FILES, "model.safetensors": os.urandom(14 * 2**20)}
    either.offer(large)
    hub.faults.append(Fault(f"GET .*{MODEL}", cut_after=12 * 2**20, times=1))
    outcome = either.load("--no-waits")
    assert outcome.error is None
    assert outcome.sha256["model.safetensors"] == hashlib.sha256(large["model.safetensors"]).hexdigest()
    ranges = [
        headers.get("range") for method, path, headers in hub.log if method == "GET" and "model" in path
    ]
    assert ranges == [None, f"bytes={10 * 2**20}-"]


def test_a_small_broken_transfer_begins_again(hub: Hub, either):
    hub.faults.append(Fault(f"GET .*{MODEL}", cut_after=40, times=2))
    loaded(either.load("--no-waits"))
    assert len(hub.requests(f"GET .*{MODEL}")) == 3


def test_a_transfer_that_never_ends_well_is_told(hub: Hub, either):
    hub.faults.append(Fault(f"GET .*{MODEL}", cut_after=0))
    refused(either.load("--no-waits"), "broke off")
    hub.faults.clear()
    loaded(either.load())


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (401, {"X-Error-Code": "RepoNotFound"}, "does not exist, or the token has no access"),
        (
            401,
            {"X-Error-Message": "Invalid credentials in Authorization header"},
            "does not accept the token",
        ),
        (403, {"X-Error-Code": "GatedRepo"}, "gated"),
        (403, {}, "no permission"),
        (404, {"X-Error-Code": "RepoNotFound"}, "does not exist"),
        (404, {"X-Error-Code": "RevisionNotFound"}, "no such revision"),
        (404, {"X-Error-Code": "EntryNotFound"}, "lacks a file"),
        (429, {}, "asks to wait"),
        (500, {}, "error 500"),
    ],
)
def test_a_refusal_is_told_and_passes(hub: Hub, place, status: int, headers: dict[str, str], words: str):
    hub.faults.append(Fault("resolve", status=status, headers=headers))
    outcome = place.load("--no-waits", HF_TOKEN=TOKEN)
    refused(outcome, words, "Sampler", "org/sampler")
    assert TOKEN not in outcome.error + outcome.stderr


def test_a_hub_that_is_down_matters_only_without_a_copy(either):
    either = either.at(f"http://127.0.0.1:{free_port()}")
    refused(either.load("--no-waits"), "could not be reached")
    either.bundle()
    loaded(either.load())


def test_a_hub_that_stumbles_is_asked_again(hub: Hub, either):
    hub.faults.append(Fault("HEAD .*resolve", status=503, times=2))
    loaded(either.load("--no-waits"))


def test_a_slow_hub_shows_how_far_it_is(hub: Hub, either):
    large = {**FILES, "model.safetensors": os.urandom(25 * 10**6)}
    either.offer(large)
    hub.faults.append(Fault(f"GET .*{MODEL}", seconds_per_chunk=0.005))
    bar = either.load(TQDM_POSITION="-1").stderr  # as on a terminal
    assert "model.safetensors" in bar
    assert "25.0M/25.0M" in bar
    shutil.rmtree(either.cache)
    told = [row for row in either.load("--progress").told if "model.safetensors" in row[1]]
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert any(0.3 < fraction < 0.9 for fraction in fractions)
    assert told[-1][1] == "downloading model.safetensors, 25.0 of 25.0 MB"


def test_finding_weights_needs_no_torch(place):
    code = "import sys, runpy; sys.argv[:] = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='x');"
    code += " sys.exit('torch' in sys.modules)"
    words = [sys.executable, "-c", code, str(HERE / "load_weights.py"), str(place.home)]
    assert subprocess.run(words, env=place.variables, capture_output=True).returncode == 0
