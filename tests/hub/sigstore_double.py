"""A small Sigstore of the tests on loopback: a login, a certificate authority, and two logs, with keys of its own.

Signer and verifier are the real ones; only the services and their roots are ours. So this shows that a signature
made through Sigstore's protocol is checked to the end, not that the public Sigstore would issue one.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ISSUER = "https://login.example.org"
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
LOGIN_ISSUER = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
TIMESTAMPS = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
SINCE = "2020-01-01T00:00:00Z"


def text(data: bytes) -> str:
    """Bytes in base64."""
    return base64.b64encode(data).decode()


@dataclass
class Key:
    """A key of one of the services."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(DER, SPKI)

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.public).digest()

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))


class Sigstore:
    """The services' state: who is logged in, and what was asked."""

    def __init__(self) -> None:
        self.authority, self.certificate_log, self.log = Key(), Key(), Key()
        self.who = "ann@example.org"
        self.down = False
        self.asked: list[str] = []
        self.url = ""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the tests' authority")])
        now = datetime.datetime.now(datetime.UTC)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        self.root = (
            x509.CertificateBuilder(
                name, name, self.authority.private.public_key(), x509.random_serial_number(),
                now - datetime.timedelta(days=1), now + datetime.timedelta(days=9),
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.authority.private.public_key()), critical=False
            )
            .sign(self.authority.private, hashes.SHA256())
        )  # fmt: skip

    def trust(self) -> str:
        """The client trust configuration, as a host would keep it."""

        def service(url: str = "") -> list[dict]:
            return [
                {
                    "url": self.url + url,
                    "majorApiVersion": 1,
                    "validFor": {"start": SINCE},
                    "operator": "tests",
                }
            ]

        def log(key: Key) -> list[dict]:
            public = {
                "rawBytes": text(key.public), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": {"start": SINCE}
            }  # fmt: skip
            where = {"baseUrl": self.url, "hashAlgorithm": "SHA2_256"}
            return [{**where, "publicKey": public, "logId": {"keyId": text(key.id)}}]

        authority = {
            "subject": {"organization": "tests", "commonName": "authority"},
            "uri": self.url,
            "certChain": {"certificates": [{"rawBytes": text(self.root.public_bytes(DER))}]},
            "validFor": {"start": SINCE},
        }
        prefix = "application/vnd.dev.sigstore"
        return json.dumps(
            {
                "mediaType": f"{prefix}.clienttrustconfig.v0.1+json",
                "trustedRoot": {
                    "mediaType": f"{prefix}.trustedroot+json;version=0.1",
                    "tlogs": log(self.log),
                    "ctlogs": log(self.certificate_log),
                    "certificateAuthorities": [authority],
                    "timestampAuthorities": [],
                },
                "signingConfig": {
                    "mediaType": f"{prefix}.signingconfig.v0.2+json",
                    "caUrls": service(),
                    "oidcUrls": service("/login"),
                    "rekorTlogUrls": service(),
                    "tsaUrls": [],
                    "rekorTlogConfig": {"selector": "ANY"},
                    "tsaConfig": {"selector": "ANY"},
                },
            }
        )

    def login(self) -> dict[str, str]:
        """The variables of a CI job that is logged in."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?",
        }

    def token(self) -> str:
        """Who is logged in, as a login says it."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": self.who, "aud": "sigstore", "iat": now, "exp": now + 300}
        return jwt.encode(claims, "only the authority would check this signature")

    def certificate(self, request: x509.CertificateSigningRequest, token: str) -> x509.Certificate:
        """A certificate of ten minutes for whom a token names, with the certificate log's receipt."""
        who = jwt.decode(token, options={"verify_signature": False})["sub"]
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        public = self.authority.private.public_key()
        builder = (
            x509.CertificateBuilder(
                self.root.subject, x509.Name([]), request.public_key(), x509.random_serial_number(),
                now - datetime.timedelta(minutes=1), now + datetime.timedelta(minutes=9),
            )
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(who)]), critical=True)
            .add_extension(x509.KeyUsage(*[True] + [False] * 8), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
            .add_extension(x509.UnrecognizedExtension(LOGIN_ISSUER, ISSUER.encode()), critical=False)
        )  # fmt: skip
        before = builder.sign(self.authority.private, hashes.SHA256()).tbs_certificate_bytes
        milliseconds = int(now.timestamp() * 1000)
        # RFC 6962, 3.2: what the log signs, and the list of its one receipt as an extension.
        signed = struct.pack("!BBQH32s", 0, 0, milliseconds, 1, self.authority.id)
        signed += len(before).to_bytes(3, "big") + before + b"\0\0"
        signature = self.certificate_log.sign(signed)
        receipt = struct.pack("!B32sQHBBH", 0, self.certificate_log.id, milliseconds, 0, 4, 3, len(signature))
        receipt = struct.pack("!H", len(receipt + signature)) + receipt + signature
        receipts = struct.pack("!H", len(receipt)) + receipt
        octets = (
            b"\x04" + bytes([len(receipts)]) if len(receipts) < 128 else b"\x04\x81" + bytes([len(receipts)])
        )
        extension = x509.UnrecognizedExtension(TIMESTAMPS, octets + receipts)
        return builder.add_extension(extension, critical=False).sign(self.authority.private, hashes.SHA256())

    def entry(self, proposed: dict) -> dict:
        """A log's first entry, with proof of inclusion, signed checkpoint and signed promise."""
        content = proposed["spec"]["proposedContent"]
        envelope = json.loads(content["envelope"])

        def named(data: bytes) -> dict[str, str]:
            return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}

        signatures = [
            {"signature": one["sig"], "verifier": content["verifiers"][0]} for one in envelope["signatures"]
        ]
        body = rfc8785.dumps(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": named(content["envelope"].encode()),
                    "payloadHash": named(base64.b64decode(envelope["payload"])),
                    "signatures": signatures,
                },
            }
        )
        root = hashlib.sha256(b"\0" + body).digest()
        note = f"log of the tests\n1\n{text(root)}\n"
        checkpoint = f"{note}\n\u2014 tests {text(self.log.id[:4] + self.log.sign(note.encode()))}\n"
        promised = {
            "body": text(body), "integratedTime": int(time.time()), "logID": self.log.id.hex(), "logIndex": 0
        }  # fmt: skip
        proof = {
            "logIndex": 0, "rootHash": root.hex(), "treeSize": 1, "hashes": [], "checkpoint": checkpoint
        }  # fmt: skip
        promise = text(self.log.sign(rfc8785.dumps(promised)))
        verification = {"inclusionProof": proof, "signedEntryTimestamp": promise}
        return {"00": {**promised, "verification": verification}}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    sigstore: Sigstore

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        self.sigstore.asked.append(path)
        if self.sigstore.down:
            self.send_error(503)
            return
        self._reply(self._answer(path, body))

    do_POST = do_GET

    def _answer(self, path: str, body: bytes) -> dict:
        if path == "/login/.well-known/openid-configuration":
            return dict.fromkeys(("authorization_endpoint", "token_endpoint"), f"{self.sigstore.url}/none")
        if path == "/token":
            return {"value": self.sigstore.token()}
        if path == "/api/v2/signingCert":
            request = base64.b64decode(json.loads(body)["certificateSigningRequest"])
            token = self.headers["Authorization"].removeprefix("Bearer ")
            made = self.sigstore.certificate(x509.load_pem_x509_csr(request), token)
            chain = [one.public_bytes(PEM).decode() for one in (made, self.sigstore.root)]
            return {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}
        assert path == "/api/v1/log/entries", path
        return self.sigstore.entry(json.loads(body))

    def _reply(self, content: dict) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving() -> Iterator[Sigstore]:
    """A running Sigstore."""
    sigstore = Sigstore()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("One", (Handler,), {"sigstore": sigstore}))
    server.daemon_threads = True
    sigstore.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield sigstore
    finally:
        server.shutdown()
        server.server_close()
