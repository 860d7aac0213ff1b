"""A Space is built and run as Hugging Face would: requirements first, files after, another user, two cores.

It installs from a package index, so ``-m "not network"`` leaves it out. Most of its minutes are that
installation.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import dockerfile
import httpx
import pytest
from own_methods import TARGETS

from benchmarks import space
from zoo import deploy, hub, paths

pytestmark = pytest.mark.network

SLUGS = sorted(TARGETS)


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


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if (paths.root() / "weights" / slug).is_dir()])
def test_the_card_tab_names_the_bytes_that_run(run: space.Run, slug: str) -> None:
    page = httpx.get(run.url + slug, timeout=60).text
    for digest in hub.read_lock(paths.root() / "weights" / slug).sha256.values():
        assert digest in page
    assert "bundled" in page


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


@contextlib.contextmanager
def nginx(port: int, prefix: str) -> Iterator[str]:
    """A real nginx with the block that ``docs/hosting.md`` gives, but for the port; skips where there is none."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    (block,) = re.findall(
        r"```nginx\n(.*?)```", (paths.root() / "docs" / "hosting.md").read_text(), re.DOTALL
    )
    assert f"location {prefix}/ " in block
    block = block.replace("http://127.0.0.1:7860", f"http://127.0.0.1:{port}")
    assert str(port) in block
    own = space.free_port()
    with tempfile.TemporaryDirectory() as name:
        kept = "".join(
            f"{kind}_temp_path {name}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        server = f"server {{ listen 127.0.0.1:{own}; access_log off; {block} }}"
        Path(name).chmod(0o755)  # its workers are another user
        (Path(name) / "nginx.conf").write_text(
            f"daemon off; pid {name}/pid; error_log {name}/log; events {{}} http {{ {kept} {server} }}"
        )
        process = subprocess.Popen([program, "-p", name, "-c", f"{name}/nginx.conf", "-e", f"{name}/log"])
        try:
            yield f"http://127.0.0.1:{own}{prefix}/"
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(30)


@pytest.mark.parametrize("proxy", [proxy, nginx])
def test_behind_a_proxy_under_a_sub_path(built: space.Space, proxy) -> None:
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


# ---------------------------------------------------------------------------------------------------------
# A container

READ_ONLY = """
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/space /mnt/data
mount --bind {base} /mnt/space
mount -o remount,bind,ro /mnt/space
chown {user} /mnt/data
mount -t tmpfs tmpfs /tmp
mount -o remount,bind,ro /
cd /mnt/space/app
exec setpriv --reuid {user} --regid {user} --clear-groups env -i {variables} {command}
"""
"""Docker's ``--read-only --tmpfs /tmp -v …:/data`` for the container's user, without Docker."""


def test_what_the_dockerfile_runs_needs_no_more_than_its_volume(built: space.Space) -> None:
    """Its command, user, variables and health check as they stand, on a disk that nobody may write to."""
    container, port = dockerfile.read(), space.free_port()
    python = "/mnt/space/venv/bin/python"
    variables = {name: value.replace("/data", "/mnt/data") for name, value in container.variables.items()} | {
        "GRADIO_SERVER_PORT": str(port),
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "NO_PROXY": "127.0.0.1",
    }
    assert container.command[0] == "python"
    script = READ_ONLY.format(
        base=built.base, user=container.user, command=shlex.join([python, *container.command[1:]]),
        variables=shlex.join(f"{name}={value}" for name, value in variables.items()),
    )  # fmt: skip
    log = built.base / "container.log"
    with log.open("wb") as out:
        process = subprocess.Popen(["unshare", "--mount", "sh", "-ec", script], stdout=out, stderr=out)
    health = [str(built.python), *container.health[1:]]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "NO_PROXY": "127.0.0.1"}
    try:
        end = time.monotonic() + space.PATIENCE
        while subprocess.run(health, env=environment, capture_output=True).returncode:
            if process.poll() is not None and "Operation not permitted" in log.read_text():
                pytest.skip("mounting is not permitted here")
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(1)
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert f"Uid:\t{container.user}\t" in status
        run = space.Run(f"http://127.0.0.1:{port}/", 0, process, log)
        for slug in ("finola", "linear-mda"):
            assert space.first_example(run, slug) is not None
    finally:
        process.terminate()
        process.wait(30)
    assert subprocess.run(health, env=environment, capture_output=True).returncode != 0
    assert "Traceback" not in log.read_text()


# ---------------------------------------------------------------------------------------------------------
# What it costs


def test_its_costs_are_measured_and_written(built: space.Space) -> None:
    record = space.measured(built)
    assert sorted(record["first_example_s"]) == SLUGS
    assert 0 < record["idle_MB"] <= record["peak_MB"] < 16 * 1024
    assert record["user"] == "another, without rights"
    page = (paths.root() / "docs" / "hosting.md").read_text()
    table = space.written(page, json.loads(json.dumps({**record, "machine": "here", "load": [0, 0, 0]})))
    assert f"memory at most, {len(SLUGS)} methods used | {record['peak_MB']} MB" in table
