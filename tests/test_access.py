"""Who may ask, how often and how much; by a small app behind the layer, and by the real one."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from app_browser import run, visit
from app_server import App, closing_when_done, start
from places import ROOT
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from zoo import users
from zoo.app import access
from zoo.app.access import Access
from zoo.errors import InputError

pytest_plugins = ["app_server", "app_browser"]


def behind(known: dict[str, bytes] | None = None, rate: str = "none", proxies: int = 0) -> TestClient:
    """A client of an app that says how many bytes it was sent."""

    async def size(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    paths = ("/", "/zoo/health", "/gradio_api/queue/join", "/gradio_api/upload")
    app = Starlette(routes=[Route(path, size, methods=["GET", "POST"]) for path in paths])
    return TestClient(Access(app, known or {}, rate, proxies), raise_server_exceptions=False)


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture(scope="module")
def ann() -> dict[str, bytes]:
    name, _, hashed = users.line_of("ann", "a long wörd: 8").partition(":")
    return {name: hashed.encode()}


def test_nobody_has_to_log_in_unless_the_host_wants_that() -> None:
    assert behind().get("/").status_code == 200


def test_a_name_and_its_password_open_and_nothing_else_does(ann: dict[str, bytes]) -> None:
    client = behind(ann)
    right = basic("ann", "a long wörd: 8")
    for _ in range(2):  # the second time without asking bcrypt
        assert client.get("/", headers=right).status_code == 200
    wrong = [basic("ann", "a long wörd: 9"), basic("bob", "a long wörd: 8"), basic("ann", ""), {}]
    wrong += [
        {"Authorization": text}
        for text in ("Basic", "Basic !!", "Basic /w==", "Bearer x", right["Authorization"][:-4])
    ]
    for headers in wrong:
        refused = client.get("/", headers=headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic")
    assert client.get("/zoo/health").status_code == 200


def test_users_are_read_from_a_file_that_a_command_writes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "zoo", "user", "ann"]
    done = subprocess.run(command, input="correct horse\n", capture_output=True, text=True, cwd=ROOT)
    assert "correct horse" not in done.stdout
    file = tmp_path / "users"
    file.write_text(f"# who may\n\n{done.stdout}")
    (hashed,) = users.read(file).values()
    assert users.proves("correct horse", hashed)
    assert not users.proves("correct horses", hashed)


@pytest.mark.parametrize(
    ("text", "says"),
    [("ann:secret", "line 1 is no name and bcrypt hash"), ("", "names nobody"), (None, "cannot be read")],
)
def test_a_file_that_lets_nobody_in_is_told(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "users").write_text(text)
    with pytest.raises(InputError, match=says):
        users.read(tmp_path / "users")


@pytest.mark.parametrize(
    ("name", "password"), [("a:b", "long enough"), ("", "long enough"), ("ann", "short"), ("ann", "x" * 73)]
)
def test_names_and_passwords_that_cannot_be_kept_are_refused(name: str, password: str) -> None:
    with pytest.raises(InputError):
        users.line_of(name, password)


def test_calls_of_a_client_are_counted_and_pages_are_not() -> None:
    client = behind(rate="3/minute")
    for _ in range(5):
        assert client.get("/").status_code == 200
    assert [client.post("/gradio_api/queue/join").status_code for _ in range(5)] == [200] * 3 + [429] * 2
    refused = client.post("/gradio_api/queue/join")
    assert "more than 3 calls a minute; come back in" in refused.text
    assert 1 <= int(refused.headers["retry-after"]) <= 61


@pytest.mark.parametrize(("proxies", "expected"), [(0, [200, 429]), (1, [200, 200]), (2, [200, 429])])
def test_a_client_is_whom_our_own_proxy_saw_and_not_whom_it_claims_to_be(
    proxies: int, expected: list[int]
) -> None:
    client = behind(rate="1/minute", proxies=proxies)
    seen = ["7.7.7.7, 1.1.1.1", "7.7.7.7, 2.2.2.2"]
    replies = [client.post("/gradio_api/queue/join", headers={"X-Forwarded-For": hops}) for hops in seen]
    assert [reply.status_code for reply in replies] == expected


def test_a_rate_that_is_none_is_told() -> None:
    with pytest.raises(InputError, match="'often' is no rate; write 60/minute"):
        behind(rate="often")


def test_bodies_have_a_bound_whatever_they_say_of_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MOST_BYTES", 1000)
    client = behind()
    assert client.post("/", content=b"x" * 1000).text == "1000"
    assert client.post("/", content=b"x" * 1001).status_code == 413
    assert client.post("/gradio_api/upload", content=b"x" * 1001).status_code == 200

    def parts():
        yield from (b"x" * 400 for _ in range(4))

    assert client.post("/", content=parts()).status_code >= 400


def test_an_upload_without_a_name_is_told(app: App) -> None:
    for body, kind in (
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=y"),
        (b"", "text/plain"),
    ):
        reply = httpx.post(
            f"{app.url}gradio_api/upload", content=body, headers={"Content-Type": kind}, timeout=60
        )
        assert 400 <= reply.status_code < 500
    reply = httpx.post(f"{app.url}gradio_api/upload", files={"files": ("", b"data")}, timeout=60)
    assert (reply.status_code, reply.text) == (400, "Send files in a form, each with its name.")


def test_every_reply_tells_browsers_what_to_keep_shut(app: App) -> None:
    for path in ("", "cosine-caution", "zoo/health", "zoo/assets/zoo.js", "no-such-page", "config"):
        headers = app.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'self'" in headers["content-security-policy"] or path.endswith(".svg")


ASKED = """async () => {
    const seen = new Promise((done) => addEventListener("securitypolicyviolation", (event) => done(event.blockedURI)));
    fetch("https://example.org/steal").catch(() => {});
    return Promise.race([seen, new Promise((done) => setTimeout(done, 5000, "nothing"))]);
}"""


def test_a_page_cannot_reach_another_machine(app: App, browser: Browser) -> None:
    page = browser.new_page(base_url=app.url)
    visit(page, "app-kinds")
    assert page.evaluate(ASKED).startswith("https://example.org")
    page.close()


def test_a_real_app_lets_those_in_who_may_and_no_more_often_than_they_may(
    tmp_path: Path, browser: Browser
) -> None:
    (tmp_path / "users").write_text(users.line_of("ann", "correct horse") + "\n")
    settings = {"ZOO_USERS": str(tmp_path / "users"), "ZOO_RATE": "3/minute", "ZOO_ONLY": "cosine-caution"}
    running = start([], tmp_path, settings=settings)
    with closing_when_done(running):
        assert running.get("").status_code == 401
        assert running.get("gradio_api/info").status_code == 401
        assert running.get("", headers=basic("ann", "correct horse")).status_code == 200
        page = browser.new_page(
            base_url=running.url, http_credentials={"username": "ann", "password": "correct horse"}
        )
        visit(page, "cosine-caution?example=none")
        run(page)
        expect(page.locator(".z-run output")).to_contain_text("Done in")
        page.close()
        ann = basic("ann", "correct horse")
        assert running.client(tmp_path, headers=ann).view_api(return_format="dict")["named_endpoints"]
        place = f"{running.url}gradio_api/queue/join"
        codes = [httpx.post(place, json={}, headers=ann).status_code for _ in range(4)]
        assert codes[-1] == 429
        assert httpx.post(place, json={}).status_code == 401
        assert "correct horse" not in running.log.read_text()
