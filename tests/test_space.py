"""A Space is built and run as Hugging Face would: requirements first, files after, another user, two cores.

It installs from a package index, so ``-m "not network"`` leaves it out. Most of its minutes are that
installation.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks import space
from zoo import deploy, paths, registry

pytestmark = pytest.mark.network

SLUGS = sorted(registry.methods())


@pytest.fixture(scope="module")
def built() -> Iterator[space.Space]:
    # Not pytest's folder, which no other user may enter.
    base = Path(tempfile.mkdtemp(prefix="latent-zoo-space-"))
    try:
        yield space.build(base)
    finally:
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(scope="module")
def run(built: space.Space) -> Iterator[space.Run]:
    with space.running(built, free_or_other(7860)) as one:
        yield one


def free_or_other(port: int) -> int | None:
    """The port that Spaces use, unless somebody has it."""
    with socket.socket() as one:
        try:
            one.bind(("0.0.0.0", port))
        except OSError:
            return None
    return port


def test_the_app_answers_on_every_interface(run: space.Run) -> None:
    assert httpx.get(run.url + "zoo/health", timeout=60).text == "ok"
    other = run.url.replace("127.0.0.1", "127.0.0.2")  # reached only where it listens on 0.0.0.0
    page = httpx.get(other, timeout=60)
    assert page.status_code == 200
    assert all(f"/{slug}" in page.text or slug in page.text for slug in SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_first_example_of_every_method_runs(run: space.Run, slug: str) -> None:
    assert space.first_example(run, slug) is not None
    assert run.peak_MB() < 16 * 1024


def test_nothing_is_written_but_caches_and_temporary_files(built: space.Space, run: space.Run) -> None:
    assert list((built.base / "home").iterdir()) == []
    uploaded = set(deploy.files(paths.root()))
    app = built.base / "app"
    assert {path.relative_to(app).as_posix() for path in app.rglob("*") if path.is_file()} == uploaded
    assert "Traceback" not in run.log.read_text()
