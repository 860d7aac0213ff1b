"""A small double of the Hugging Face Hub, on loopback, for what a real server cannot be made to do.

Reading: ``resolve`` with ranges, and faults on demand (a status, a broken transfer, slowness), either from files
of its own or, with ``upstream``, from a real server behind it, whose answers it passes on. Writing: the requests
of ``create_repo``, ``create_commit`` and the LFS upload, each checked for what ``huggingface_hub`` documents. It
is ours, so it shows that we and the client agree, not that the real Hub does.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_" + "secretOfTheTests" * 2
LFS = (".safetensors", ".webp", ".png")


def git_sha1(data: bytes) -> str:
    """How git, and so the Hub, names the content of a regular file."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class Repository:
    """Files by path, and the commits that made them."""

    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[dict] = field(default_factory=list)
    creation: dict = field(default_factory=dict)

    @property
    def head(self) -> str:
        text = json.dumps(
            [sorted((name, git_sha1(data)) for name, data in self.files.items()), len(self.commits)]
        )
        return hashlib.sha1(text.encode()).hexdigest()


@dataclass
class Fault:
    """What goes wrong with requests whose line (``GET /path``) matches, and how often."""

    pattern: str
    status: int = 0
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    seconds_per_chunk: float = 0.0
    times: int = 10**6


class Hub:
    """The double's state; ``log`` holds every request as (method, path, headers)."""

    def __init__(self) -> None:
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.branches: dict[str, str] = {}
        self.namespaces = {"org"}
        self.faults: list[Fault] = []
        self.log: list[tuple[str, str, dict[str, str]]] = []
        self.uploads: dict[str, bytes] = {}
        self.problems: list[str] = []
        self.url = ""
        self.upstream: str | None = None
        self.lock = threading.Lock()

    def add(self, repo_id: str, files: dict[str, bytes], revision: str) -> None:
        """A repository that can be read at one commit."""
        self.repositories["model", f"{repo_id}@{revision}"] = Repository(files)

    def requests(self, pattern: str) -> list[str]:
        return [f"{method} {path}" for method, path, _ in self.log if re.search(pattern, f"{method} {path}")]

    def expect(self, condition: object, problem: str) -> None:
        """Remember a request that is not what the Hub's API wants."""
        if not condition:
            self.problems.append(problem)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_POST = do_PUT = do_GET

    def _serve(self) -> None:
        path = unquote(urlsplit(self.path).path)
        line = f"{self.command} {path}"
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.hub.lock:
            self.hub.log.append((self.command, path, {k.lower(): v for k, v in self.headers.items()}))
            fault = next((one for one in self.hub.faults if one.times and re.search(one.pattern, line)), None)
            if fault:
                fault.times -= 1
        if fault and fault.status:
            self._reply(fault.status, {"error": fault.message}, fault.headers)
            return
        if self.hub.upstream:
            self._relay(self.hub.upstream, fault)
            return
        if resolved := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([0-9a-f]{40}|\w+)/(.+)", path):
            self._resolve(*resolved.groups(), fault)
            return
        for pattern, handle in (
            (r"POST /api/repos/create", self._create),
            (r"POST /api/validate-yaml", self._validate),
            (r"POST /api/(model|space)s/([^/]+/[^/]+)/preupload/main", self._preupload),
            (r"POST /(spaces/)?([^/]+/[^/]+)\.git/info/lfs/objects/batch", self._batch),
            (r"PUT /upload/([0-9a-f]{64})", self._upload),
            (r"POST /verify/([0-9a-f]{64})", self._verify),
            (r"POST /api/(model|space)s/([^/]+/[^/]+)/commit/main", self._commit),
            (r"GET /api/(model|space)s/([^/]+/[^/]+)/tree/main", self._tree),
            (r"GET /api/(model|space)s/([^/]+/[^/]+)(?:/revision/main)?", self._info),
            (r"POST /api/(space)s/([^/]+/[^/]+)/hardware", self._hardware),
        ):
            if found := re.fullmatch(pattern, line):
                handle(body, *found.groups())
                return
        self._reply(404, {"error": "no such address"}, {"X-Error-Code": "RepoNotFound"})

    def _reply(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    # Reading

    def _resolve(self, repo_id: str, revision: str, name: str, fault: Fault | None) -> None:
        if revision == "main":
            revision = self.hub.branches.get(repo_id, revision)
        repository = self.hub.repositories.get(("model", f"{repo_id}@{revision}"))
        if repository is None:
            known = any(key.startswith(f"{repo_id}@") for _, key in self.hub.repositories)
            self._reply(404, {}, {"X-Error-Code": "RevisionNotFound" if known else "RepoNotFound"})
            return
        if name not in repository.files:
            self._reply(404, {}, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": revision})
            return
        data = repository.files[name]
        first = int(re.sub(r"bytes=(\d+)-.*", r"\1", self.headers["Range"])) if self.headers["Range"] else 0
        self.send_response(206 if first else 200)
        self.send_header("X-Repo-Commit", revision)
        self.send_header("ETag", f'"{git_sha1(data)}"')
        self.send_header("Content-Length", str(len(data) - first))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if self.command != "HEAD":
            self._send(data[first:], fault)

    def _relay(self, upstream: str, fault: Fault | None) -> None:
        """Ask the server behind and pass its answer on."""
        server = http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=60)
        asked = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        server.request(self.command, self.path, headers=asked)
        answer = server.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        ours = ("transfer-encoding", "connection", "date", "server", "content-length")
        for name, value in answer.getheaders():
            if name.lower() not in ours:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(data)))
        self.end_headers()
        server.close()
        if self.command != "HEAD":
            self._send(data, fault)

    def _send(self, data: bytes, fault: Fault | None) -> None:
        """The body, as slowly and as far as a fault lets it."""
        end = len(data) if fault is None or fault.cut_after is None else min(fault.cut_after, len(data))
        step = 1 << 16
        for start in range(0, end, step):
            self.wfile.write(data[start : min(start + step, end)])
            self.wfile.flush()
            time.sleep(fault.seconds_per_chunk if fault else 0)
        if end < len(data):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    # Writing

    def _authorised(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        message = {"X-Error-Message": "Invalid credentials in Authorization header"}
        self._reply(401, {"error": "Invalid username or password."}, message)
        return False

    def _repository(self, kind: str, repo_id: str) -> Repository | None:
        if not self._authorised():
            return None
        repository = self.hub.repositories.get((kind, repo_id))
        if repository is None:
            self._reply(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        return repository

    def _create(self, body: bytes) -> None:
        if not self._authorised():
            return
        asked = json.loads(body)
        self.hub.expect(
            set(asked) <= {"name", "organization", "visibility", "type", "sdk", "hardware"}, f"{asked}"
        )
        kind, repo_id = asked.get("type", "model"), f"{asked['organization']}/{asked['name']}"
        self.hub.expect((kind == "space") == (asked.get("sdk") == "gradio"), "a space needs its sdk")
        if asked["organization"] not in self.hub.namespaces:
            words = (
                f'You don\'t have the rights to create a {kind} under the namespace "{asked["organization"]}"'
            )
            self._reply(403, {"error": words}, {"X-Error-Message": words})
            return
        existed = (kind, repo_id) in self.hub.repositories
        repository = self.hub.repositories.setdefault((kind, repo_id), Repository())
        if not existed:
            repository.creation = asked
            repository.files[".gitattributes"] = b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n"
        url = f"{self.hub.url}/{'spaces/' if kind == 'space' else ''}{repo_id}"
        self._reply(409 if existed else 200, {"url": url, "error": "You already created this repo"})

    def _validate(self, body: bytes) -> None:
        asked = json.loads(body)
        self.hub.expect(asked["content"].startswith("---\n"), "the README lacks its front matter")
        self._reply(200, {"errors": [], "warnings": []})

    def _preupload(self, body: bytes, kind: str, repo_id: str) -> None:
        repository = self._repository(kind, repo_id)
        if repository is None:
            return
        files = []
        for file in json.loads(body)["files"]:
            self.hub.expect(set(file) == {"path", "sample", "size"}, f"preupload of {file}")
            self.hub.expect(len(base64.b64decode(file["sample"])) <= 512, "a sample of over 512 bytes")
            large, there = file["path"].endswith(LFS), repository.files.get(file["path"])
            oid = None if there is None else hashlib.sha256(there).hexdigest() if large else git_sha1(there)
            mode = "lfs" if large else "regular"
            files.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        self._reply(200, {"files": files})

    def _batch(self, body: bytes, kind: str, repo_id: str) -> None:
        if self._repository("space" if kind else "model", repo_id) is None:
            return
        asked = json.loads(body)
        self.hub.expect(asked["operation"] == "upload", "an LFS batch that is no upload")
        self.hub.expect(asked["hash_algo"] == "sha256", "LFS without sha256")
        self.hub.expect("basic" in asked["transfers"], "LFS without basic transfers")
        self.hub.expect("vnd.git-lfs+json" in self.headers["Accept"], "LFS without its media type")
        objects = []
        for one in asked["objects"]:
            links = {
                "upload": {"href": f"{self.hub.url}/upload/{one['oid']}", "header": {}},
                "verify": {"href": f"{self.hub.url}/verify/{one['oid']}", "header": {}},
            }
            objects.append({**one, "authenticated": True, "actions": links})
            if one["oid"] in self.hub.uploads:
                del objects[-1]["actions"]
        self._reply(200, {"transfer": "basic", "objects": objects})

    def _upload(self, body: bytes, oid: str) -> None:
        self.hub.expect("Authorization" not in self.headers, "the token goes to the storage's address")
        self.hub.expect(hashlib.sha256(body).hexdigest() == oid, "an upload whose bytes are not its oid")
        self.hub.uploads[oid] = body
        self._reply(200, {})

    def _verify(self, body: bytes, oid: str) -> None:
        self.hub.expect(json.loads(body) == {"oid": oid, "size": len(self.hub.uploads[oid])}, "verification")
        self._reply(200, {})

    def _commit(self, body: bytes, kind: str, repo_id: str) -> None:
        repository = self._repository(kind, repo_id)
        if repository is None:
            return
        self.hub.expect(self.headers["Content-Type"] == "application/x-ndjson", "a commit that is no ndjson")
        header, *changes = [json.loads(line) for line in body.splitlines()]
        self.hub.expect(header["key"] == "header", "a commit without header")
        self.hub.expect(header["value"]["summary"], "a commit without message")
        for change in changes:
            value, path = change["value"], change["value"]["path"]
            if change["key"] == "file":
                self.hub.expect(value["encoding"] == "base64", "a file that is not in base64")
                self.hub.expect(not path.endswith(LFS), f"{path} must go through LFS")
                repository.files[path] = base64.b64decode(value["content"])
            elif change["key"] == "lfsFile":
                self.hub.expect(value["algo"] == "sha256", "an LFS file without sha256")
                self.hub.expect(value["size"] == len(self.hub.uploads[value["oid"]]), "an LFS file's size")
                repository.files[path] = self.hub.uploads[value["oid"]]
            else:
                self.hub.expect(change["key"] == "deletedFile", f"an unknown change {change['key']}")
                del repository.files[path]
        repository.commits.append(
            {**header["value"], "changed": [change["value"]["path"] for change in changes]}
        )
        url = f"{self.hub.url}/{repo_id}/commit/{repository.head}"
        self._reply(200, {"commitUrl": url, "commitOid": repository.head, "pullRequestUrl": None})

    def _info(self, body: bytes, kind: str, repo_id: str) -> None:
        repository = self._repository(kind, repo_id)
        if repository is not None:
            files = [{"rfilename": name} for name in repository.files]
            self._reply(200, {"id": repo_id, "sha": repository.head, "siblings": files})

    def _tree(self, body: bytes, kind: str, repo_id: str) -> None:
        repository = self._repository(kind, repo_id)
        if repository is not None:
            rows = [
                {"type": "file", "path": name, "size": len(data), "oid": git_sha1(data)}
                for name, data in repository.files.items()
            ]
            self._reply(200, rows)

    def _hardware(self, body: bytes, kind: str, repo_id: str) -> None:
        repository = self._repository(kind, repo_id)
        if repository is not None:
            repository.creation["requested"] = json.loads(body)["flavor"]
            hardware = {"current": None, "requested": repository.creation["requested"]}
            self._reply(200, {"stage": "BUILDING", "hardware": hardware, "storage": None, "gcTimeout": None})


@contextmanager
def serving() -> Iterator[Hub]:
    """A running double."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("One", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
