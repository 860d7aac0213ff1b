"""Files that a client names by an address: fetched from public machines alone, within bounds.

Whoever may send the host to any address could look at what only the host can reach. So every name is resolved here, the
connection goes to the very number that was found public, and each redirect is looked at alike. No other service is
asked for a name, and no proxy of the environment is used.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import tempfile
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from zoo.types.base import MAX_BYTES

SECONDS = 30.0
"""For a whole file."""
REDIRECTS = 5
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """An address that is not fetched; the message says why, for the log alone."""


def is_public(number: str) -> bool:
    """Whether an IP address is one of the public internet, also where it only wraps another."""
    ip = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        within = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in NAT64:
            within.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(inner is not None and not is_public(str(inner)) for inner in within):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


async def public_number(host: str) -> str:
    """The number of a host, all of whose numbers are public.

    Raises:
        Refused: it has none, or one that is not.
    """
    try:
        rows = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(f"{host} has no number") from error
    numbers = [str(row[4][0]) for row in rows]
    if not numbers or not all(is_public(number) for number in numbers):
        raise Refused(f"{host} is not of the public internet")
    return numbers[0]


async def fetched(url: str, folder: str) -> str:
    """The path of a file that was fetched from an address into a folder of its own.

    Args:
        url: ``http`` or ``https``.
        folder: in which its folder is made.

    Raises:
        Refused: the address, or one that it leads to, may not be asked, takes too long or sends too much.
        httpx.HTTPError: nobody answers there.
    """
    try:
        async with asyncio.timeout(SECONDS):
            return await _fetched(url, folder)
    except TimeoutError as error:
        raise Refused(f"{url} takes longer than {SECONDS:.0f} s") from error


async def _fetched(url: str, folder: str) -> str:
    import httpx
    from safehttpx import AsyncSecureTransport

    for _ in range(REDIRECTS + 1):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refused(f"{url} is no address of the web")
        transport = AsyncSecureTransport(await public_number(parts.hostname))
        async with (
            httpx.AsyncClient(transport=transport, trust_env=False) as client,
            client.stream("GET", url) as reply,
        ):
            if reply.has_redirect_location:
                url = urljoin(url, reply.headers["location"])
                continue
            if reply.status_code != 200:
                raise Refused(f"{url} answers {reply.status_code}")
            data = bytearray()
            async for part in reply.aiter_bytes():
                data += part
                if len(data) > MAX_BYTES:
                    raise Refused(f"{url} sends more than {MAX_BYTES // 2**20} MB")
        name = "".join(sign for sign in Path(unquote(parts.path)).name if sign.isalnum() or sign in "._- ")
        path = Path(tempfile.mkdtemp(dir=folder)) / (name.lstrip(".")[-100:] or "file")
        path.write_bytes(data)
        return str(path)
    raise Refused(f"{url} leads on and on")
