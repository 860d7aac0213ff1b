"""The documentation builds without a warning, what is generated is current, and the tutorial's blocks run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import own_methods
import pytest
import yaml
from places import ROOT

from benchmarks import diagram, notebooks
from zoo import registry, review
from zoo.method import FAMILIES


def test_the_site_builds_offline_without_a_warning_or_a_broken_link(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    page = (tmp_path / "site" / "reference" / "method.html").read_text()
    assert "zoo.claim.claim" in page, "the reference is made of docstrings"
    assert not re.findall(r'(?:src|href)="https?://[^"]+\.(?:js|css|woff2?)"', page), "it needs no network"


def test_a_broken_link_is_found(tmp_path: Path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[nowhere](nowhere.md)\n")
    settings = {"site_name": "x", "site_dir": str(tmp_path / "out")}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(settings))
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"], capture_output=True, cwd=tmp_path
    )
    assert done.returncode != 0


def test_the_diagram_is_that_of_the_imports():
    assert diagram.FILE.read_text() == diagram.svg(diagram.modules()), "run python -m benchmarks.diagram"


def test_the_pages_name_what_there_is():
    families = (ROOT / "docs" / "faq.md").read_text()
    assert all(f"`{family}`" in families for family in FAMILIES)
    ladder = (ROOT / "docs" / "ladder.md").read_text()
    assert all(f"| {rule.rung} | {rule.name} | {rule.asks} |" in ladder for rule in review.rules())


def test_each_family_has_the_notebook_of_its_best_method():
    chosen = notebooks.best()
    families = [registry.find(slug).method.family for slug in chosen]
    assert sorted(families) == sorted(
        {
            entry.family
            for entry in own_methods.real().values()
            if not entry.error and not own_methods.guest(entry.slug)
        }
    )
    listed = (ROOT / "docs" / "notebooks.md").read_text()
    assert set(re.findall(r"\(notebooks/(.+?)\.ipynb\)", listed)) == set(chosen), (
        "run python -m benchmarks.notebooks SLUG and put it into docs/notebooks.md"
    )
    page = notebooks.notebook(registry.find(chosen[0]).method)
    code = "\n".join(cell["source"] for cell in page.cells if cell["cell_type"] == "code")
    compile(code, "notebook", "exec")


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_are_such_as_the_schema_wants_and_run_what_is_there(path: Path):
    words = ["--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run([sys.executable, "-m", "check_jsonschema", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    steps = [step for job in yaml.safe_load(path.read_text())["jobs"].values() for step in job["steps"]]
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    for step in steps:
        for target in re.findall(r"\bmake ([\w-]+)", step.get("run", "")):
            assert target in targets
        for script in re.findall(r"\bbash (\S+)", step.get("run", "")):
            assert (ROOT / script).is_file()


def test_a_workflow_with_a_fault_is_found(tmp_path: Path):
    (tmp_path / "x.yml").write_text("on: push\njobs:\n  a:\n    steps: []\n")
    words = ["--builtin-schema", "vendor.github-workflows", str(tmp_path / "x.yml")]
    assert (
        subprocess.run([sys.executable, "-m", "check_jsonschema", *words], capture_output=True).returncode
        == 1
    )


def test_owners_have_files():
    lines = [
        line.split()
        for line in (ROOT / ".github" / "CODEOWNERS").read_text().splitlines()
        if line[:1] in "*/"
    ]
    paths = {line[0] for line in lines if line}
    assert "*" in paths
    assert all((ROOT / path.strip("/")).is_dir() for path in paths - {"*"})


@pytest.mark.parametrize("name", ["CONTRIBUTING", "CODE_OF_CONDUCT", "SECURITY", "CHANGELOG", "README"])
def test_links_between_the_repositorys_own_pages_lead_somewhere(name: str):
    text = (ROOT / f"{name}.md").read_text()
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_a_notebook_holds_no_warning_of_a_library_and_no_place_of_a_machine(path: Path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert outputs
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert str(ROOT) not in path.read_text("utf-8")
    assert "site-packages" not in path.read_text("utf-8")
