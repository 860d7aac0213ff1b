"""The ``Dockerfile`` step by step without Docker: on a bare Debian, as root, then its app as its user.

The steps are taken as they stand. What differs is the base: Debian with its own Python 3.11 in the place of
``python:3.11-slim``, which only a registry of images gives. It wants root, ``debootstrap`` and some minutes, so
``-m "not network"`` leaves it out; the Debian is kept for the next run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import dockerfile
import pytest
from own_methods import TARGETS

from benchmarks import space
from zoo import deploy, paths

pytestmark = pytest.mark.network

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OF_THE_HOST = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt")
"""How the network is reached."""


def debian() -> Path:
    """A bare Debian with Python 3.11 and pip, made where it is missing."""
    if os.geteuid() or shutil.which("debootstrap", path=PATH) is None:
        pytest.skip("it needs root and debootstrap")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "latent-zoo-tests"
    folder = base / "debian-bookworm"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        command = [
            "debootstrap",
            "--variant=minbase",
            "--include=python3,python3-pip,ca-certificates",
            "bookworm",
        ]
        done = subprocess.run(
            [*command, folder], capture_output=True, text=True, env={**os.environ, "PATH": PATH}
        )
        if done.returncode:
            pytest.skip(f"Debian cannot be fetched here: {done.stdout.strip().splitlines()[-1]}")
        (folder / "usr/bin/python").symlink_to("python3")
        (folder / "usr/lib/python3.11/EXTERNALLY-MANAGED").unlink()
        (folder / "complete").touch()
    return folder


class Image:
    """A layer over a bare Debian in which the steps of the ``Dockerfile`` are done."""

    def __init__(self, base: Path) -> None:
        self.root = base / "root"
        self.mounted: list[Path] = []
        self.variables = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"}
        self.user = 0
        self.folder = "/"

    def prepare(self) -> None:
        """Lay the layer over the Debian, with the devices and the network of this machine."""
        base = self.root.parent
        for name in ("root", "upper", "work", "data"):
            (base / name).mkdir()
        layers = f"lowerdir={debian()},upperdir={base / 'upper'},workdir={base / 'work'}"
        self.mount(self.root, "-t", "overlay", "-o", layers, "overlay")
        for name in ("/proc", "/dev"):
            self.mount(self.root / name[1:], "--bind", name)
        for name in OF_THE_HOST:
            shutil.copy(name, self.root / name[1:])

    def mount(self, target: Path, *words: object) -> None:
        done = subprocess.run(["mount", *map(str, words), str(target)], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
        self.mounted.append(target)

    def command(self, *words: str) -> list[str]:
        """What runs a command inside, as the user and in the folder of the last step."""
        who = ["chroot", f"--userspec={self.user}:{self.user}", str(self.root)]
        return [
            *who,
            "/usr/bin/env",
            "-i",
            "-C",
            self.folder,
            *(f"{k}={v}" for k, v in self.variables.items()),
            *words,
        ]

    def copy(self, source: str, target: str) -> None:
        """What ``COPY`` does with the context that ``.dockerignore`` leaves, which is what a Space gets."""
        chosen = deploy.files(paths.root())
        for name in chosen if source == "." else [source]:
            file = self.root / target[1:] / (name if source == "." else "")
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(chosen[name], file)

    def install(self, command: str) -> None:
        """What ``RUN`` does, with this machine's own settings of pip and the files that they name."""
        settings = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        settings.setdefault("PIP_RETRIES", "1")  # an index that cannot be reached is asked for every package
        for word in " ".join(settings.values()).split():
            inside = self.root / word.lstrip("/")
            if Path(word).is_dir() and word.startswith("/") and not inside.exists():
                inside.mkdir(parents=True)
                self.mount(inside, "--bind", word)
        before, self.variables = self.variables, {**self.variables, **settings}
        done = subprocess.run(self.command("sh", "-ec", command), capture_output=True, text=True)
        self.variables = before
        assert done.returncode == 0, done.stderr[-3000:]

    def become(self) -> None:
        """Do every step."""
        for word, rest in dockerfile.read().steps:
            if word == "COPY":
                self.copy(*rest.split())
            elif word == "RUN":
                self.install(rest)
            elif word == "USER":
                self.user = int(rest)
            elif word == "WORKDIR":
                self.folder = rest
            elif word == "ENV":
                self.variables |= dockerfile.read().variables
            else:
                # an argument is a setting of pip, which `install` takes from this machine
                assert word in ("FROM", "ARG", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"), (
                    f"{word} is not tried here"
                )
                assert word != "ARG" or rest.startswith("PIP_"), f"{rest} is not tried here"

    def close(self) -> None:
        for target in reversed(self.mounted):
            subprocess.run(["umount", "--lazy", str(target)], check=True)


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    base = Path(tempfile.mkdtemp(prefix="latent-zoo-image-"))
    one = Image(base)
    try:
        one.prepare()
        one.become()
        # docker run --read-only --tmpfs /tmp -v …:/data
        subprocess.run(["mount", "-o", "remount,ro", str(one.root)], check=True)
        one.mount(one.root / "tmp", "-t", "tmpfs", "tmpfs")
        os.chown(base / "data", one.user, one.user)
        one.mount(one.root / "data", "--bind", base / "data")
        port = str(space.free_port())
        one.variables |= {"GRADIO_SERVER_PORT": port, "HOME": "/home/zoo", "NO_PROXY": "127.0.0.1"}
        yield one
    finally:
        one.close()
        assert str(base) not in Path("/proc/mounts").read_text()  # the next line would delete what is mounted
        shutil.rmtree(base)


def test_its_user_may_write_nothing_of_the_app(image: Image) -> None:
    inside = "id -u; touch x; touch /usr/bin/x; touch /data/x && echo data; touch /tmp/x && echo tmp"
    done = subprocess.run(image.command("sh", "-c", inside), capture_output=True, text=True)
    assert done.stdout.split() == [str(dockerfile.read().user), "data", "tmp"]


def test_the_app_gets_healthy_and_every_method_runs(image: Image) -> None:
    container = dockerfile.read()
    health = image.command(*container.health)
    assert subprocess.run(health, capture_output=True).returncode != 0
    log = image.root.parent / "app.log"
    with log.open("wb") as out:
        process = subprocess.Popen(image.command(*container.command), stdout=out, stderr=out)
    try:
        end = time.monotonic() + space.PATIENCE
        while subprocess.run(health, capture_output=True).returncode:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(1)
        run = space.Run(f"http://127.0.0.1:{image.variables['GRADIO_SERVER_PORT']}/", 0, process, log)
        for slug in TARGETS:
            assert space.first_example(run, slug) is not None
    finally:
        process.terminate()
        process.wait(30)
    assert subprocess.run(health, capture_output=True).returncode != 0
    assert "Traceback" not in log.read_text()
