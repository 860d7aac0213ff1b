"""``zoo publish`` and ``zoo deploy`` against a double of the Hub of ours, which checks the client's requests.

No server that takes commits can be installed here, so the real Hub's own opinion is not part of this.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hub_double import TOKEN, Fault, Hub
from olah_server import free_port

from zoo import publish as zoo_publish
from zoo.testing.battery import check_sentence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SAMPLER = HERE.parent / "third_party" / "sampler" / "zoo_method_sampler"


@dataclasses.dataclass
class Publisher:
    """Two installed methods with weights, and a terminal."""

    site: Path
    variables: dict[str, str]

    def weights(self, slug: str = "sampler") -> Path:
        return self.site / f"zoo_method_{slug}" / "weights"

    def lock(self, slug: str = "sampler") -> dict:
        return json.loads((self.weights(slug) / "lock.json").read_text())

    def run(self, *words: str, code: int = 0, **variables: str) -> str:
        """Run a command, which must end with an exit code; what it said."""
        done = subprocess.run(
            [sys.executable, str(HERE / "publish_command.py"), *words],
            capture_output=True, text=True, timeout=240, env={**self.variables, **variables},
        )  # fmt: skip
        assert TOKEN not in done.stdout + done.stderr
        assert done.returncode == code, done.stderr
        if code == 1:
            (sentence,) = re.findall(r"zoo: [^\r\n]+", done.stderr)  # bars of the client stand around it
            check_sentence(sentence)
            assert "127.0.0.1" not in sentence
            return sentence
        return done.stdout


def install(site: Path, slug: str) -> None:
    """Put a copy of the sampler where it counts as an installed distribution."""
    shutil.copytree(SAMPLER, site / f"zoo_method_{slug}")
    information = site / f"zoo_method_{slug}-1.4.2.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: zoo-method-{slug}\nVersion: 1.4.2\n")
    (information / "entry_points.txt").write_text(f"[zoo.methods]\n{slug} = zoo_method_{slug}:Sampler\n")


@pytest.fixture
def publisher(tmp_path: Path, hub: Hub, place) -> Publisher:
    site = tmp_path / "site"
    for slug in ("sampler", "twin"):
        install(site, slug)
    variables = {
        **place.variables, "PYTHONPATH": f"{site}:{ROOT}", "HF_TOKEN": TOKEN, "ZOO_ONLY": "sampler,twin",
    }  # fmt: skip
    hub.repositories.clear()
    return Publisher(site, variables)


def publish(publisher: Publisher, *words: str, code: int = 0, **variables: str) -> str:
    return publisher.run("publish", *words, "--namespace", "org", code=code, **variables)


# ---------------------------------------------------------------------------------------------------------
# Publishing


def test_published_locked_idempotent_and_loadable(hub: Hub, publisher: Publisher, place) -> None:
    before = publisher.lock()
    said = publish(publisher, "sampler", "--private")
    repository = hub.repositories["model", "org/sampler"]
    assert repository.creation["visibility"] == "private"
    assert set(repository.files) - {".gitattributes"} == {"README.md", "config.json", "model.safetensors"}
    assert repository.files["README.md"] == (SAMPLER / "card.md").read_bytes()
    assert hub.requests("objects/batch")
    lock = publisher.lock()
    assert lock["repo_id"] == "org/sampler"
    assert lock["revision"] == repository.head
    assert lock["sha256"] == before["sha256"]
    assert repository.head in said

    publish(publisher, "sampler")
    assert len(repository.commits) == 1
    assert publisher.lock() == lock

    hub.add("org/sampler", dict(repository.files), lock["revision"])
    shutil.copytree(publisher.weights(), place.weights, dirs_exist_ok=True)
    (place.weights / "model.safetensors").unlink()
    outcome = place.load()
    assert outcome.error is None
    assert outcome.sha256["model.safetensors"] == lock["sha256"]["model.safetensors"]


def test_the_usual_login_will_do(hub: Hub, publisher: Publisher, place) -> None:
    place.cache.mkdir()
    (place.cache / "token").write_text(TOKEN)
    publish(publisher, "sampler", HF_TOKEN="")
    assert publisher.lock()["revision"] == hub.repositories["model", "org/sampler"].head


def test_a_changed_card_alone_is_committed_alone(hub: Hub, publisher: Publisher) -> None:
    publish(publisher, "sampler")
    card = publisher.site / "zoo_method_sampler" / "card.md"
    card.write_text(card.read_text() + "\nMore.\n")
    publish(publisher, "sampler")
    commits = hub.repositories["model", "org/sampler"].commits
    assert [commit["changed"] for commit in commits[1:]] == [["README.md"]]


def test_a_dry_run_asks_nobody_and_needs_no_token(hub: Hub, publisher: Publisher) -> None:
    before = publisher.lock()
    said = publish(publisher, "sampler", "twin", "--dry-run", HF_TOKEN="")
    assert all(name in said for name in ("org/sampler", "org/twin", "model.safetensors", "README.md"))
    assert hub.log == []
    assert publisher.lock() == before


def spoil_bytes(weights: Path) -> None:
    (weights / "model.safetensors").write_bytes((weights / "model.safetensors").read_bytes()[:-1] + b"\1")


def add_pickle(weights: Path) -> None:
    (weights / "pytorch_model.bin").write_bytes(b"pickle")


def relock(weights: Path, name: str, data: bytes) -> None:
    (weights / name).write_bytes(data)
    lock = json.loads((weights / "lock.json").read_text())
    lock["sha256"][name] = hashlib.sha256(data).hexdigest()
    (weights / "lock.json").write_text(json.dumps(lock))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (spoil_bytes, "sha256 of model.safetensors"),
        (add_pickle, "pytorch_model.bin"),
        (lambda weights: (weights / "lock.json").unlink(), "lock.json is missing"),
        (lambda weights: (weights / "config.json").unlink(), "lack config.json"),
        (lambda weights: relock(weights, "model.safetensors", b"no tensors"), "cannot be read"),
        (lambda weights: relock(weights, "config.json", b"{"), "cannot be read"),
        (lambda weights: (weights.parent / "card.md").write_text("no front matter"), "card"),
    ],
)
def test_one_wrong_file_and_nothing_is_published(hub: Hub, publisher: Publisher, damage, says: str) -> None:
    damage(publisher.weights("twin"))
    sentence = publish(publisher, "sampler", "twin", code=1)
    assert says in sentence
    assert hub.log == []
    assert publisher.lock()["repo_id"] is None


@pytest.mark.parametrize(
    ("words", "variables", "says"),
    [
        (["publish", "sampler", "--namespace", "no spaces"], {}, "no name on the Hub"),
        (["publish", "sampler", "--namespace", "a/b"], {}, "no name on the Hub"),
        (["publish", "sampler", "--namespace", ""], {}, "no name on the Hub"),
        (["publish", "sampler", "--namespace", "a--b"], {}, "single '-'"),
        (["publish", "samplr", "--namespace", "org"], {}, "did you mean sampler?"),
        (["publish", "sampler", "--namespace", "org"], {"HF_TOKEN": ""}, "hf auth login"),
        (["publish", "sampler", "--namespace", "nobody"], {}, "no permission"),
        (["publish", "sampler", "--namespace", "org"], {"HF_TOKEN": "hf_wrong"}, "does not accept the token"),
        (["publish", "sampler", "--namespace", "org", "--sign", "/nowhere/key.pem"], {}, "cannot be read"),
    ],
)
def test_bad_input_is_one_sentence(hub: Hub, publisher: Publisher, words, variables, says: str) -> None:
    assert says in publisher.run(*words, code=1, **variables)
    assert not hub.requests("commit")
    assert publisher.lock()["repo_id"] is None


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault("commit/main", status=403, message="Storage limit reached"), "Storage limit reached"),
        (Fault("commit/main", status=413, message="too large"), "quota"),
        (Fault("preupload", status=429), "asks to wait"),
        (
            Fault("repos/create", status=403, headers={"X-Error-Message": "you must use a write token"}),
            "no permission for this (you must use a write token)",
        ),
        (Fault("commit/main", status=403, message="the token may only read"), "no permission for this"),
        (Fault("repos/create", status=404), "knows no such namespace"),
        (Fault("repos/create", status=500), "error 500"),
        (Fault("PUT /upload", status=500), "error 500"),
    ],
)
def test_a_refusal_halfway_says_what_is_left(hub: Hub, publisher: Publisher, fault: Fault, says: str) -> None:
    hub.faults.append(fault)
    sentence = publish(publisher, "sampler", code=1)
    assert says in sentence
    left = "Nothing was uploaded" if "create" in fault.pattern else "org/sampler exists"
    assert left in sentence
    assert publisher.lock()["repo_id"] is None
    hub.faults.clear()
    publish(publisher, "sampler")
    assert publisher.lock()["revision"] == hub.repositories["model", "org/sampler"].head


def test_what_was_published_before_a_refusal_is_named(hub: Hub, publisher: Publisher) -> None:
    hub.faults.append(Fault("org/twin/commit", status=403, message="Storage limit reached"))
    sentence = publish(publisher, "sampler", "twin", code=1)
    assert "Published before that: org/sampler." in sentence
    assert publisher.lock("sampler")["repo_id"] == "org/sampler"
    assert publisher.lock("twin")["repo_id"] is None


def test_a_hub_that_is_down_is_told(publisher: Publisher) -> None:
    sentence = publish(publisher, "sampler", code=1, HF_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    assert "could not be reached" in sentence


def test_a_signature_is_published_and_kept(hub: Hub, publisher: Publisher, tmp_path: Path) -> None:
    from test_hub_signing import make_signer

    key = make_signer(tmp_path, publisher.site / "zoo_method_sampler" / "signers", "ann")
    said = publish(publisher, "sampler", "--sign", str(key))
    assert "signed by ann" in said
    repository = hub.repositories["model", "org/sampler"]
    assert "model.sig" in repository.files
    assert publisher.lock()["signer"] == "ann"
    publish(publisher, "sampler", "--sign", str(key))
    assert len(repository.commits) == 1


def test_a_refusal_leaves_the_signature_as_it_was(hub: Hub, publisher: Publisher, tmp_path: Path) -> None:
    from test_hub_signing import make_signer

    signers = publisher.site / "zoo_method_sampler" / "signers"
    ann, eve = (make_signer(tmp_path, signers, name) for name in ("ann", "eve"))
    signature = publisher.weights() / "model.sig"
    hub.faults.append(Fault("commit/main", status=413))
    assert "quota" in publish(publisher, "sampler", "--sign", str(ann), code=1)
    assert not signature.exists()
    hub.faults.clear()
    publish(publisher, "sampler", "--sign", str(ann))
    before = signature.read_bytes()
    hub.faults.append(Fault("commit/main", status=403, message="the token may only read"))
    assert "no permission" in publish(publisher, "sampler", "--sign", str(eve), code=1)
    assert signature.read_bytes() == before
    assert publisher.lock()["signer"] == "ann"


def test_a_key_that_nobody_accepts_publishes_nothing(hub: Hub, publisher: Publisher, tmp_path: Path) -> None:
    from test_hub_signing import make_signer

    signers = publisher.site / "zoo_method_sampler" / "signers"
    old = make_signer(tmp_path, signers, "old", days=-1)
    stranger = make_signer(tmp_path, tmp_path / "elsewhere", "stranger")
    (tmp_path / "text.pem").write_text("no key")
    for key, says in (
        (old, "the certificate of old expired on"),
        (stranger, "the public half of stranger-key.pem is not in signers/"),
        (tmp_path / "text.pem", "text.pem is not a private key"),
    ):
        for words in ((), ("--dry-run",)):
            assert says in publish(publisher, "sampler", "--sign", str(key), *words, code=1)
    assert hub.log == []
    assert not (publisher.weights() / "model.sig").exists()


def test_an_altered_signature_is_not_published(hub: Hub, publisher: Publisher, tmp_path: Path) -> None:
    from test_hub_signing import edit, make_signer

    key = make_signer(tmp_path, publisher.site / "zoo_method_sampler" / "signers", "ann")
    publish(publisher, "sampler", "--sign", str(key))
    hub.log.clear()
    edit(publisher.weights() / "model.sig", lambda data: data["dsseEnvelope"].update(payload="e30="))
    assert "the signature of ann does not fit the files" in publish(publisher, "sampler", code=1)
    assert hub.log == []
    publish(publisher, "sampler", "--sign", str(key))  # signing anew mends it
    assert len(hub.repositories["model", "org/sampler"].commits) == 2


def test_a_lock_that_cannot_be_written_is_told_and_mended_by_the_same_command(
    hub: Hub, publisher: Publisher
) -> None:
    sentence = publish(publisher, "sampler", code=1, FULL_DISK="1")
    repository = hub.repositories["model", "org/sampler"]
    assert f"org/sampler was published at {repository.head}" in sentence
    assert "run the same command again" in sentence
    publish(publisher, "sampler")
    assert len(repository.commits) == 1
    assert publisher.lock()["revision"] == repository.head


@pytest.mark.parametrize("slug", sorted(path.parent.name for path in ROOT.glob("weights/*/lock.json")))
def test_our_own_weights_are_fit_to_publish(slug: str) -> None:
    plan = zoo_publish.prepare(slug, "org")
    assert {"README.md", "LICENSE", "config.json", "model.safetensors"} <= set(plan.files)
    assert plan.files["README.md"] == ROOT / "cards" / f"{slug}.md"


# ---------------------------------------------------------------------------------------------------------
# Deploying


@pytest.fixture
def checkout(tmp_path: Path, publisher: Publisher) -> Path:
    """A small checkout with what belongs into a Space, and with what does not."""
    root = tmp_path / "checkout"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "zoo", root / "zoo", ignore=ignore)
    for name in ("app.py", "requirements.txt", "README.md", "pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, root)
    (root / "NOTICE").write_text("what ships here\n")
    (root / "plugins").mkdir()
    (root / "plugins" / "__init__.py").touch()
    shutil.copytree(SAMPLER / "weights", root / "weights" / "sampler")
    (root / "cards").mkdir()
    shutil.copy(SAMPLER / "card.md", root / "cards" / "sampler.md")
    unwanted = (
        "tests/test_one.py", "benchmarks/one.py", "docs/one.md", ".env", ".git/config", "zoo/__pycache__/x.pyc",
        "weights/sampler/checkpoint/state.pt", "plugins/.cache/x", "Makefile",
    )  # fmt: skip
    for name in unwanted:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("not for a Space")
    publisher.variables["PYTHONPATH"] = str(root)
    return root


def test_a_space_gets_exactly_what_the_app_needs(hub: Hub, publisher: Publisher, checkout: Path) -> None:
    publisher.run("deploy", "org/zoo", "--hardware", "cpu-basic", "--private")
    space = hub.repositories["space", "org/zoo"]
    assert space.creation["sdk"] == "gradio"
    assert space.creation["requested"] == "cpu-basic"
    code = {path.relative_to(checkout).as_posix() for path in (checkout / "zoo").rglob("*") if path.is_file()}
    wanted = {name for name in code if "__pycache__" not in name} | {
        "app.py", "requirements.txt", "README.md", "pyproject.toml", "LICENSE", "NOTICE", "plugins/__init__.py",
        "cards/sampler.md", "weights/sampler/lock.json", "weights/sampler/config.json",
        "weights/sampler/model.safetensors",
    }  # fmt: skip
    assert set(space.files) - {".gitattributes"} == wanted
    assert all(space.files[name] == (checkout / name).read_bytes() for name in wanted)

    publisher.run("deploy", "org/zoo")
    assert len(space.commits) == 1, "nothing changed, nothing committed"

    (checkout / "NOTICE").unlink()
    (checkout / "app.py").write_text("print('new')\n")
    publisher.run("deploy", "org/zoo")
    assert sorted(space.commits[1]["changed"]) == ["NOTICE", "app.py"]
    assert set(space.files) - {".gitattributes"} == wanted - {"NOTICE"}
    assert ".gitattributes" in space.files


def test_a_dry_deployment_lists_and_asks_nobody(hub: Hub, publisher: Publisher, checkout: Path) -> None:
    said = publisher.run("deploy", "org/zoo", "--dry-run", HF_TOKEN="")
    assert "weights/sampler/model.safetensors" in said
    assert "checkpoint" not in said
    assert hub.log == []


def edit(name: str, old: str, new: str):
    def change(root: Path) -> None:
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new, 1))

    return change


def add_private_key(root: Path) -> None:
    """The signer's file as openssl writes it where key and certificate get the same name."""
    (root / "signers").mkdir()
    certificate = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
    (root / "signers" / "me.pem").write_text(certificate + certificate.replace("CERTIFICATE", "PRIVATE KEY"))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (edit("README.md", "sdk_version: 6", "sdk_version: 5"), "sdk_version"),
        (edit("README.md", "---", "***"), "front matter"),
        (edit("README.md", "sdk: gradio", "sdk: docker"), "sdk: gradio"),
        (edit("requirements.txt", "numpy==", "numpy>="), "pin"),
        (lambda root: (root / "app.py").unlink(), "app.py"),
        (lambda root: spoil_bytes(root / "weights" / "sampler"), "sha256"),
        (lambda root: (root / "weights/sampler/model.safetensors").unlink(), "neither bundled nor published"),
        (add_private_key, "signers/me.pem holds a private key"),
    ],
)
def test_nothing_is_deployed_that_would_not_run(
    hub: Hub, publisher: Publisher, checkout, damage, says
) -> None:
    damage(checkout)
    assert says in publisher.run("deploy", "org/zoo", code=1)
    assert hub.log == []


@pytest.mark.parametrize(
    ("words", "variables", "says"),
    [
        (["deploy", "zoo"], {}, "no name on the Hub"),
        (["deploy", "org/zoo/one"], {}, "no name on the Hub"),
        (["deploy", "org/zoo", "--hardware", "abacus"], {}, "cpu-basic"),
        (["deploy", "org/zoo", "--hardware", "zero-a10g"], {}, "lacks the package spaces"),
        (["deploy", "nobody/zoo"], {}, "no permission"),
        (["deploy", "org/zoo"], {"HF_TOKEN": ""}, "hf auth login"),
        (["deploy", "org/zoo"], {"HF_TOKEN": "hf_wrong"}, "does not accept the token"),
    ],
)
def test_a_wrong_space_is_one_sentence(
    hub: Hub, publisher: Publisher, checkout: Path, words, variables, says: str
) -> None:
    assert says in publisher.run(*words, code=1, **variables)
    assert not hub.requests("commit")


def test_zero_gpu_wants_an_action_that_wants_a_gpu(publisher: Publisher, checkout: Path) -> None:
    publisher.variables["PYTHONPATH"] += f":{publisher.site}"
    with (checkout / "requirements.txt").open("a") as file:
        file.write("spaces==0.51.3\n")
    assert "no action declares gpu_seconds" in publisher.run(
        "deploy", "org/zoo", "--hardware", "zero-a10g", code=1
    )
    module = publisher.site / "zoo_method_sampler" / "__init__.py"
    text = module.read_text()
    module.write_text(text.replace("@action(", "@action(gpu_seconds=30, ", 1))
    assert "weights/sampler" in publisher.run("deploy", "org/zoo", "--hardware", "zero-a10g", "--dry-run")


@pytest.mark.parametrize(
    ("fault", "says", "left"),
    [
        (
            Fault("commit/main", status=403, message="Storage limit reached"),
            "Storage limit reached",
            "exists",
        ),
        (Fault("commit/main", status=413), "quota", "Its content is what it was before."),
        (Fault("PUT /upload", status=507), "quota", "exists"),
        (Fault("repos/create", status=402, message="Pay first"), "paid plan", "Nothing was uploaded."),
    ],
)
def test_a_deployment_refused_halfway_says_what_is_left(
    hub: Hub, publisher: Publisher, checkout: Path, fault: Fault, says: str, left: str
) -> None:
    hub.faults.append(fault)
    sentence = publisher.run("deploy", "org/zoo", code=1)
    assert says in sentence
    assert left in sentence
    space = hub.repositories.get(("space", "org/zoo"))
    assert space is None or not space.commits


def test_hardware_that_is_refused_leaves_the_files_and_says_so(
    hub: Hub, publisher: Publisher, checkout
) -> None:
    hub.faults.append(Fault("hardware", status=402, message="Payment required"))
    sentence = publisher.run("deploy", "org/zoo", "--hardware", "a10g-small", code=1)
    assert "has the files" in sentence
    assert "paid plan" in sentence


def test_the_command_line_has_both(publisher: Publisher) -> None:
    for words in (["publish", "sampler", "--namespace", "org"], ["deploy", "org/zoo"]):
        done = subprocess.run(
            [sys.executable, "-m", "zoo.cli", *words, "--dry-run"],
            capture_output=True, text=True, timeout=240, env=publisher.variables,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "would" in done.stdout
        done = subprocess.run(
            [sys.executable, "-m", "zoo.cli", *words],
            capture_output=True, text=True, timeout=240, env={**publisher.variables, "HF_TOKEN": ""},
        )  # fmt: skip
        assert done.returncode != 0
        assert "there is no token" in done.stderr
        assert "Traceback" not in done.stderr


def test_an_identity_publishes_as_a_key_does(hub: Hub, publisher: Publisher) -> None:
    import sigstore_double

    signers = publisher.site / "zoo_method_sampler" / "signers"
    signers.mkdir()
    identity = {"identity": "ann@example.org", "issuer": sigstore_double.ISSUER}
    (signers / "ann.json").write_text(json.dumps(identity))
    with sigstore_double.serving() as sigstore:
        (signers / "sigstore.trust").write_text(sigstore.trust())
        login = sigstore.login()
        assert "signers/bob.json is missing" in publish(
            publisher, "sampler", "--sign-as", "bob", code=1, **login
        )
        assert hub.log == []
        said = publish(publisher, "sampler", "--sign-as", "ann", "--dry-run", **login)
        assert "signed by ann" in said
        assert "signed by ann" in publish(publisher, "sampler", "--sign-as", "ann", **login)
        repository = hub.repositories["model", "org/sampler"]
        assert "model.sig" in repository.files
        assert publisher.lock()["signer"] == "ann"
        sigstore.asked.clear()
        publish(publisher, "sampler", "--sign-as", "ann", **login)
        assert sigstore.asked == []
        assert len(repository.commits) == 1
