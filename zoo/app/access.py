"""Who may ask, how often and how much, and what browsers are told to keep shut: one layer around the whole app.

Nobody has to log in unless ``ZOO_USERS`` names a file with a line a user, ``name:hash``, as ``htpasswd -B`` and
``zoo user NAME`` write it (bcrypt). The log says who was refused by address alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from zoo import users as users_file
from zoo.errors import InputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

RATE = os.environ.get("ZOO_RATE", "600/minute")
"""Calls that one client may make, such as ``60/minute`` or ``5/second``; ``none`` for as many as it likes."""
PROXIES = int(os.environ.get("ZOO_PROXIES", "1" if "SPACE_ID" in os.environ else "0"))
"""Proxies in front of the app, each of which writes down whom it speaks for."""
MOST_BYTES = 96 * 2**20
"""Of one request: a file of 64 MB as a data address, and what stands around it."""
MOST_UPLOADED = 8 * MOST_BYTES
"""Of a request that brings files, a hundred pictures for instance; each of them has 64 MB at most."""
OPEN = ("/zoo/health", "/gradio_api/startup-events")
"""What needs no login: by the second gradio sees that it has started."""

_HOSTS = "https://huggingface.co https://*.hf.space" if "SPACE_ID" in os.environ else ""
HEADERS = {
    b"content-security-policy": "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",  # gradio's pages hold scripts
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors 'self' {_HOSTS}".strip(),
        )
    ).encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"permissions-policy": b"camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
}
"""What every reply says, unless it says so itself."""

JUMP = 5.0
"""Seconds by which a clock is not corrected but set."""


class Access:
    """ASGI middleware.

    Args:
        app: what is behind it.
        users: hashes of passwords by name; empty where nobody has to log in.
        rate: see ``RATE``.
        proxies: see ``PROXIES``.
    """

    def __init__(
        self, app: ASGIApp, users: dict[str, bytes] | None = None, rate: str = RATE, proxies: int = PROXIES
    ) -> None:
        self._app, self._proxies = app, proxies
        self._users = users_file.known() if users is None else users
        self._rate = rate
        self._limit, self._counts = _limit(rate)
        self._offset = time.time() - time.monotonic()
        self._key = secrets.token_bytes(32)
        self._proven: OrderedDict[bytes, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        answered = False

        async def shut(message: Message) -> None:
            nonlocal answered
            answered = True
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message["headers"]}
                more = (pair for pair in HEADERS.items() if pair[0] not in names)
                message["headers"] = [*message["headers"], *more]
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, shut)
            return
        bounded = _bounded(receive, most_of(scope["path"]))
        if not scope["path"].endswith("/upload"):
            await self._app(scope, bounded, shut)
            return
        try:
            await self._app(scope, bounded, shut)
        except (TypeError, ValueError, KeyError):  # gradio's, of a form that is none
            if answered:
                raise
            await PlainTextResponse("Send files in a form, each with its name.", 400)(scope, receive, shut)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        if (
            self._users
            and scope["path"] not in OPEN
            and not self._may_enter(headers.get("authorization", ""))
        ):
            ask = {"WWW-Authenticate": 'Basic realm="Latent Zoo", charset="UTF-8"'}
            return PlainTextResponse("Log in with your name and password.", 401, ask)
        size = headers.get("content-length", "0")
        most = most_of(scope["path"])
        if size.isdecimal() and int(size) > most:
            return PlainTextResponse(f"At most {most // 2**20} MB are taken at once.", 413)
        if self._limit is not None and is_call(scope["method"], scope["path"]):
            client = client_of(scope, headers, self._proxies)
            self._heed_clock()
            if not self._counts.hit(self._limit, client):
                wait = max(
                    1, int(self._counts.get_window_stats(self._limit, client).reset_time - time.time()) + 1
                )
                return PlainTextResponse(
                    f"That is more than {self._rate.replace('/', ' calls a ')}; come back in {wait} s.",
                    429,
                    {"Retry-After": str(wait)},
                )
        return None

    def _heed_clock(self) -> None:
        """Count anew after somebody set the clock: calls of the future would be held against a client for as long."""
        offset = time.time() - time.monotonic()
        if abs(offset - self._offset) > JUMP:
            self._counts.storage.reset()
        self._offset = offset

    def _may_enter(self, authorization: str) -> bool:
        """Whether a header names a user and the right password; a proven one is believed without asking bcrypt."""
        proof = hmac.digest(self._key, authorization.encode(), hashlib.sha256)
        if proof in self._proven:
            self._proven.move_to_end(proof)
            return True
        scheme, _, word = authorization.partition(" ")
        try:
            name, _, password = base64.b64decode(word, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        if scheme.lower() != "basic" or not users_file.proves(password, self._users.get(name)):
            return False
        self._proven[proof] = None
        while len(self._proven) > 1024:
            self._proven.popitem(last=False)
        return True


def is_call(method: str, path: str) -> bool:
    """Whether a request asks for work: to run, to upload, or to use a tool."""
    return method == "POST" and re.search(r"/(queue/join|call/|run/|upload|mcp)", path) is not None


def client_of(scope: Scope, headers: dict[str, str], proxies: int) -> str:
    """Who asks: what the outermost of our own proxies saw, else the other end of the connection."""
    if proxies:
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            return hops[-proxies]  # what stands before it anybody can write
    return str((scope.get("client") or ("nobody",))[0])


def most_of(path: str) -> int:
    """Bytes that a request may bring."""
    return MOST_UPLOADED if path.endswith("/upload") else MOST_BYTES


def _bounded(receive: Receive, most: int) -> Receive:
    """Parts of a body until they are too many, whatever its header says."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            return {"type": "http.disconnect"}
        return message

    return bounded


def _limit(rate: str) -> tuple[Any, Any]:
    """A rate and what counts, or neither.

    Raises:
        InputError: it is none.
    """
    if rate == "none":
        return None, None
    import limits

    try:
        return limits.parse(rate), limits.strategies.MovingWindowRateLimiter(limits.storage.MemoryStorage())
    except ValueError as error:
        raise InputError(f"ZOO_RATE: {rate!r} is no rate; write 60/minute, 5/second or none.") from error
