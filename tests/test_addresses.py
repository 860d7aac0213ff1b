"""Addresses of files: what is not public is never asked, wherever it hides."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zoo.app import addresses
from zoo.app.addresses import Refused, fetched, is_public


class Server(http.server.BaseHTTPRequestHandler):
    """Answers by its path, and remembers who asked for what."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.headers["Host"] + self.path)
        words = self.path.split("/")
        if words[1] == "to":
            self.send_response(302)
            self.send_header("Location", "/".join(words[2:]).replace(":/", "://"))
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(3 if words[1] == "vast" else 1):
                self.wfile.write(b"secret" if words[1] != "vast" else bytes(1000))

    def log_message(self, *words: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[int, list[str]]]:
    asked: list[str] = []
    handler = type("Own", (Server,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_address[1], asked
        running.shutdown()


@pytest.fixture
def pictures_are_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host pictures.example counts as public, although it is this machine, which alone can be asked here."""
    true_number = addresses.public_number

    async def number(host: str) -> str:
        return "127.0.0.1" if host == "pictures.example" else await true_number(host)

    monkeypatch.setattr(addresses, "public_number", number)


def fetch(url: str, folder: Path) -> str:
    return asyncio.run(fetched(url, str(folder)))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]",
     "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127.0.0.1.", "user@127.0.0.1", "①②⑦.⓪.⓪.①"],
)  # fmt: skip
def test_this_machine_is_not_asked_however_it_is_written(
    server: tuple[int, list[str]], host: str, tmp_path: Path
) -> None:
    port, asked = server
    with pytest.raises(Refused):
        fetch(f"http://{host}:{port}/secret.txt", tmp_path)
    assert asked == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://pictures.example/a", "gopher://x/", "/etc/passwd", "http:///a"]
)
def test_only_the_web_is_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        fetch(url, tmp_path)


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{port}/secret.txt", "http://[::1]:{port}/s", "file:///etc/passwd"]
)
@pytest.mark.usefixtures("pictures_are_public")
def test_a_redirect_leads_to_no_other_place_either(
    server: tuple[int, list[str]], target: str, tmp_path: Path
) -> None:
    port, asked = server
    where = target.format(port=port).replace("://", ":/")
    with pytest.raises(Refused):
        fetch(f"http://pictures.example:{port}/to/{where}", tmp_path)
    assert [line.split("/")[1] for line in asked] == ["to"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("pictures_are_public")
def test_a_public_file_comes_also_by_a_redirect(server: tuple[int, list[str]], tmp_path: Path) -> None:
    port, asked = server
    base = f"http://pictures.example:{port}"
    for url in (
        f"{base}/a%20cat.png",
        f"{base}/to//a cat.png",
        f"{base}/to/{base.replace('://', ':/')}/a cat.png",
    ):
        path = Path(fetch(url, tmp_path))
        assert (path.name, path.read_bytes()) == ("a cat.png", b"secret")
        assert path.parent.parent == tmp_path
    assert all(line.startswith("pictures.example") for line in asked)


@pytest.mark.usefixtures("pictures_are_public")
def test_names_of_files_stay_in_their_folder(server: tuple[int, list[str]], tmp_path: Path) -> None:
    port, _ = server
    for name in ("..%2f..%2fevil.png", "%2e%2e", ".hidden", "a%00b.png", "x" * 300 + ".png"):
        path = Path(fetch(f"http://pictures.example:{port}/{name}", tmp_path))
        assert path.resolve().parent.parent == tmp_path.resolve()
        assert not path.name.startswith(".")


@pytest.mark.usefixtures("pictures_are_public")
def test_what_is_vast_slow_or_leads_in_circles_is_given_up(
    server: tuple[int, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, asked = server
    base = f"http://pictures.example:{port}"
    with pytest.raises(Refused, match="leads on and on"):
        fetch(f"{base}/to/" + "to/" * 20 + "a.png", tmp_path)
    assert len(asked) == addresses.REDIRECTS + 1
    monkeypatch.setattr(addresses, "MAX_BYTES", 2000)
    with pytest.raises(Refused, match="sends more than"):
        fetch(f"{base}/vast", tmp_path)
    monkeypatch.setattr(addresses, "SECONDS", 0.0)
    with pytest.raises(Refused, match="takes longer"):
        fetch(f"{base}/a.png", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_numbers_of_the_internet_are_public_and_others_are_not() -> None:
    assert all(map(is_public, ["8.8.8.8", "2606:4700::1111"]))
    others = [
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "0.0.0.0",
        "::",
        "fe80::1%eth0",
        "fd00::1",
    ]
    assert not any(map(is_public, others))
