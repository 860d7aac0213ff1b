"""``docs/hosting.md`` and the ``Dockerfile`` say what the code does; ``test_space.py`` runs what they describe."""

from __future__ import annotations

import json
import os
import re
import subprocess

import dockerfile
import pytest
import yaml

from benchmarks import space
from zoo import deploy, paths

ROOT = paths.root()
PAGE = (ROOT / "docs" / "hosting.md").read_text()


def test_the_sizing_table_is_what_was_measured() -> None:
    record = json.loads((ROOT / "benchmarks" / "results" / "space.json").read_text())
    assert space.written(PAGE, record) == PAGE


def test_the_table_is_made_anew_and_nothing_else() -> None:
    record = {
        "installed_MB": 1234, "cold_start_s": 5.6, "second_start_s": 4.4, "idle_MB": 170, "peak_MB": 540,
        "hf_home_MB": 3, "first_example_s": {"a": 1.0, "b": 7.4}, "machine": "test, 9 cores", "load": [0, 1.5, 0],
    }  # fmt: skip
    page = space.written(PAGE, record)
    table = page[page.index("<!-- space:") : page.index("<!-- /space -->")]
    for cell in (
        "1.2 GB",
        "| 6 s |",
        "| 4 s |",
        "170 MB",
        "2 methods used | 540 MB",
        "| 7 s |",
        "| 3 MB |",
        "1.5",
    ):
        assert cell in table
    outside = re.compile("<!-- space:.*<!-- /space -->", re.DOTALL)
    assert outside.sub("", page) == outside.sub("", PAGE)


def test_variables_of_the_zoo_are_documented_and_those_documented_exist() -> None:
    code = "".join(path.read_text() for path in (ROOT / "zoo").rglob("*.py"))
    read = set(re.findall(r"\"(ZOO_\w+)\"", code))
    assert read == set(re.findall(r"ZOO_\w+", PAGE.split("## Environment variables")[1].split("\n## ")[0]))
    builder = (ROOT / "docs" / "ARCHITECTURE.md").read_text().split("## Environment variables")[1]
    assert read == set(re.findall(r"`(ZOO_\w+)`", builder))


def test_the_commands_of_the_page_are_those_of_the_command_line(tmp_path) -> None:
    """Every ``zoo`` line ends well as a dry run; those that publish or deploy need a Hub otherwise."""
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)).replace("\\\n", " ")
    words = [line.partition("#")[0].split() for line in blocks.splitlines() if line.startswith("zoo ")]
    plain = [line for line in words if "--sign" not in line and "--sign-as" not in line]
    assert len(plain) >= 4
    for line in plain:
        command = [*line, *([] if "--dry-run" in line else ["--dry-run"])]
        code = f"import sys; from zoo.cli import main; sys.exit(main({command[1:]}))"
        done = subprocess.run([space.sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stderr)
        assert "your-org/" in done.stdout


def test_signing_as_the_page_says(tmp_path) -> None:
    """The block of commands that makes a key, as it stands, and a signature with it."""
    (block,) = [one for one in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if "openssl" in one]
    lines = block.replace("\\\n", " ").splitlines()
    make = "\n".join(line for line in lines if not line.startswith(("pip", "zoo")))
    (publish,) = [line for line in lines if line.startswith("zoo")]
    assert subprocess.run(["openssl", "version"], capture_output=True).returncode == 0
    variables = {**os.environ, "HOME": str(tmp_path)}
    subprocess.run(["sh", "-ec", make], cwd=tmp_path, env=variables, check=True, capture_output=True)
    words = [word.replace("~", str(tmp_path)) for word in publish.split()[1:]]
    code = f"import sys; from zoo.cli import main; sys.exit(main({[*words, '--dry-run']}))"
    variables["ZOO_SIGNERS"] = str(tmp_path / "signers")
    done = subprocess.run(
        [space.sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True
    )
    assert "signed by your-name" in done.stdout, done.stderr


def test_the_image_gets_what_a_space_gets() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == {*deploy.FILES, *deploy.FOLDERS}
    out = {line.rpartition("/")[2] for line in lines if line[0] not in "#!" and line != "*"}
    assert out == deploy.LEFT_OUT


def test_the_container_is_slim_has_no_rights_and_is_asked_for_its_health() -> None:
    container = dockerfile.read()
    front = yaml.safe_load((ROOT / "README.md").read_text().split("---")[1])
    words = [word for word, _ in container.steps]
    assert container.steps[0] == ("FROM", f"python:{front['python_version']}-slim")
    assert container.user >= 1000
    assert words.index("USER") < words.index("CMD")
    assert all(word != "RUN" for word in words[words.index("USER") :]), "what is installed belongs to root"
    assert f"--uid {container.user} " in " ".join(rest for word, rest in container.steps if word == "RUN")
    assert container.variables["GRADIO_SERVER_NAME"] == "0.0.0.0"
    assert container.command == ["python", front["app_file"]]
    volume = dict(container.steps)["VOLUME"]
    assert all(container.variables[name].startswith(volume) for name in ("HF_HOME", "XDG_CACHE_HOME"))
    for name in container.variables:
        assert name in PAGE or name == "PYTHONUNBUFFERED"


@pytest.mark.parametrize("answer", [b"HTTP/1.0 200 OK\r\n\r\nok", b"HTTP/1.0 500 No\r\n\r\n", b"", None])
def test_the_health_check_tells_a_live_app_from_a_dead_one(answer: bytes | None) -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            one, _ = server.accept()
            one.recv(4096)
            one.sendall(answer or b"")
            one.close()

        if answer is None:
            server.close()
        else:
            threading.Thread(target=serve, daemon=True).start()
        _, *words = dockerfile.read().health
        variables = {**os.environ, "GRADIO_SERVER_PORT": str(port), "NO_PROXY": "127.0.0.1"}
        done = subprocess.run([space.sys.executable, *words], env=variables, capture_output=True, timeout=60)
    assert (done.returncode == 0) == (answer is not None and b"200" in answer)
