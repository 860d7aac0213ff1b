"""A Space is built and run as Hugging Face would: requirements first, files after, another user, two cores.

It installs from a package index, so ``-m "not network"`` leaves it out. Most of its minutes are that
installation.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin, urlsplit

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
        yield space.build(base, compiled=False)
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


@contextlib.contextmanager
def proxy(port: int, prefix: str) -> Iterator[str]:
    """A reverse proxy for what lies under a prefix, as ``docs/hosting.md`` sets nginx up; its address."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {**self.headers, "X-Forwarded-Host": self.headers["Host"], "X-Forwarded-Proto": "http"}
            upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=240)
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.end_headers()
            while part := answer.read1(1 << 16):
                self.wfile.write(part)
            upstream.close()

        do_POST = do_HEAD = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}/"
    finally:
        server.shutdown()
        server.server_close()


def test_behind_a_proxy_under_a_sub_path(built: space.Space) -> None:
    with (
        space.running(built, GRADIO_ROOT_PATH="/zoo") as run,
        proxy(urlsplit(run.url).port or 0, "/zoo") as url,
    ):
        page = httpx.get(url, timeout=60)
        assert page.status_code == 200
        assert httpx.get(f"{url}zoo/health", timeout=60).text == "ok"
        assets = set(re.findall(r"\./zoo/assets/[\w./?=-]+", page.text))
        assert assets
        assert {httpx.get(urljoin(url, asset), timeout=60).status_code for asset in assets} == {200}
        assert httpx.get(f"{url}{SLUGS[0]}", timeout=60).status_code == 200
        run.url = url
        assert space.first_example(run, "linear-mda") is not None
