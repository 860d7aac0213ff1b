"""A new method passes at once, in the tree and as a distribution of its own, and what is then broken is found."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import own_methods
import pytest
from app_server import closing_when_done, install, start
from own_methods import TARGETS
from places import ROOT, THIRD_PARTY, Command
from playwright.sync_api import sync_playwright
from test_promise import Grown

from zoo import card, catalogue, cli, new, registry, review
from zoo.claim import Claim
from zoo.commands import new as command
from zoo.errors import InputError
from zoo.method import CONTRACT, Method, Paper, action
from zoo.registry import Entry
from zoo.review import claims, comparison, contract, files
from zoo.review.ladder import Subject
from zoo.testing.battery import check_sentence

IN_TREE = [
    "dry-sand",
    "--family",
    "graphs",
    "--weights",
    "--takes",
    "table,points",
    "--gives",
    "image,metrics,file",
]
AUTHOR = ["-c", "user.name=a", "-c", "user.email=a@b"]
APART = ["wet-sand", "--family", "kernels", "--takes", "image", "--gives", "figure,metrics,table,text"]


@dataclass(frozen=True)
class Made:
    """A checkout with a new method, and another in a distribution of its own, whose sources are beside it."""

    checkout: Path
    project: Path
    site: Path

    def run(self, *words: str, ok: bool = True) -> str:
        """What a command of Python's prints."""
        path = os.pathsep.join(map(str, (self.site, self.checkout)))
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ZOO_")}
        environment |= {"PYTHONPATH": path, "XDG_CACHE_HOME": str(self.checkout / "cache")}
        done = subprocess.run(
            [sys.executable, *words], capture_output=True, text=True, cwd=self.checkout, env=environment
        )
        assert (done.returncode == 0) is ok, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Both forms, made by the command in a copy of the checkout that has no method yet; pip builds the second."""
    base = tmp_path_factory.mktemp("new")
    checkout, project, site = (base / name for name in ("checkout", "project", "site"))
    for name in ("zoo", "benchmarks"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__", "results"))
    (checkout / "plugins").mkdir()
    shutil.copy(ROOT / "plugins" / "__init__.py", checkout / "plugins")
    (checkout / "docs").mkdir()
    for name in ("app.py", "README.md", "docs/BENCHMARKS.md", "docs/ladder.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout / name)
    text = (ROOT / "pyproject.toml").read_text()
    head, group, rest = text.partition('[project.entry-points."zoo.methods"]\n')
    (checkout / "pyproject.toml").write_text(head + group + "\n" + rest.partition("\n\n")[2])
    for words in (["init", "-q"], ["add", "pyproject.toml"], [*AUTHOR, "commit", "-qm", "begun"]):
        subprocess.run(["git", *words], cwd=checkout, check=True)
    forms = Made(checkout, project, site)
    forms.run("-m", "zoo", "new", *IN_TREE)
    forms.run("-m", "zoo", "new", *APART, "--third-party", str(project))
    pip = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    forms.run(*pip, "--target", str(site), str(project))
    return forms


def test_both_forms_pass_every_check_at_once(made: Made):
    records = json.loads(made.run("-m", "zoo", "check", "--installed", "--json"))
    assert {record["slug"]: record["rung"] for record in records} == {
        "dry-sand": "silver",
        "wet-sand": "silver",
    }
    left = {rule["name"] for record in records for rule in record["rules"] if rule["findings"]}
    assert left == {"compared", "cost"}, "what gold asks on top"


def test_the_help_names_what_there_are_templates_for():
    kinds = new._environment().get_template("kinds.jinja").module
    for said, known in ((command.TAKES, kinds.READ), (command.GIVES, kinds.MAKE)):
        assert set(re.split(r", | and ", said)) == set(known)


def test_a_distribution_of_its_own_holds_its_licence(made: Made):
    assert (made.project / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_the_method_in_the_tree_has_an_entry_point_and_a_row_in_the_readme(made: Made):
    assert 'dry-sand = "plugins.graphs.dry_sand:DrySand"' in (made.checkout / "pyproject.toml").read_text()
    assert "| [Dry sand](" in (made.checkout / "README.md").read_text()


def test_the_tests_that_were_written_pass(made: Made):
    quiet = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull]
    # Of the contract's tests one is enough: zoo check has run them all.
    few = ["-k", "test_model or explains", "--rootdir", str(made.project), str(made.project / "tests")]
    assert "6 passed" in made.run(*quiet[:2], *quiet[3:], *few)
    made.run(*quiet, "--rootdir", str(made.checkout), str(made.checkout / "tests"))


def test_the_tutorial_does_what_it_says(made: Made, tmp_path: Path):
    """Its blocks in their order: files are written, commands are run."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, words in {"zoo": "-m zoo", "python": "", "ruff": "-m ruff"}.items():
        (commands / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
        (commands / name).chmod(0o755)
    text = (ROOT / "docs" / "tutorial.md").read_text()
    printed = ""
    for language, place, block in re.findall(r'^```(\w+)(?: title="(.+?)")?\n(.*?)^```$', text, re.M | re.S):
        if place:
            (made.checkout / place).write_text(block)
            continue
        assert language == "sh", "every other block says which file it is"
        for line in block.splitlines():
            printed += made.run("-c", _SHELL, str(commands), line)
    assert "robust-mean: silver" in printed
    assert (made.checkout / "cards" / "answers" / "robust-mean" / "locate.zip").is_file()
    *_, line = (made.checkout / "zoo" / "catalogue" / "papers.jsonl").read_text().splitlines()
    assert json.loads(line)["title"] == "Robust Estimation of a Location Parameter"
    record = json.loads((made.checkout / "cards" / "evidence" / "robust-mean.json").read_text())
    assert [claim["verdict"] for claim in record["claims"]] == ["holds"]
    quiet = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull]
    made.run(
        *quiet, "--rootdir", str(made.checkout), str(made.checkout / "tests/methods/test_robust_mean.py")
    )


_SHELL = """
import os, subprocess, sys
path = f"{sys.argv[1]}{os.pathsep}{os.environ['PATH']}"
sys.exit(subprocess.run(sys.argv[2], shell=True, env={**os.environ, "PATH": path}).returncode)
"""


def test_trained_weights_lie_where_they_belong(made: Made):
    folder = made.checkout / "weights" / "dry-sand"
    assert {path.name for path in folder.iterdir()} == {
        "config.json", "lock.json", "model.safetensors", "recipe.json",
    }  # fmt: skip
    assert json.loads((folder / "config.json").read_text()) == {"width": 8}


@pytest.mark.browser
def test_from_the_command_to_a_tab_without_a_change_of_the_core(made: Made, tmp_path: Path):
    running = start([made.site], tmp_path, made.checkout)
    chromium = shutil.which("chromium")
    if chromium is None:
        assert not os.environ.get("CI"), "chromium is missing"
        pytest.skip("chromium is missing")
    with closing_when_done(running), sync_playwright() as playwright:
        from app_browser import ARGUMENTS, PATIENCE

        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        for slug in ("dry-sand", "wet-sand"):
            page.goto(running.url + slug)
            page.get_by_role("button", name="Run", exact=True).first.wait_for()  # its script has run
            page.locator("[data-example='0']:visible").click()
            page.locator(".z-results:visible .z-metrics td").first.wait_for()
        browser.close()


def test_what_was_written_for_the_first_contract_still_works(zoo_command: Command, tmp_path: Path):
    """A distribution that ``zoo new`` wrote at version 1, kept as it was."""
    install(THIRD_PARTY / "first_contract", tmp_path / "site")
    done = zoo_command("check", "first-sand", "--static", path=(tmp_path / "site",))
    assert done.returncode == 0, done.stdout + done.stderr
    out = zoo_command("run", "first-sand", "--example", "1", path=(tmp_path / "site",))
    assert "kept of their differences" in out.stdout, out.stderr


class Written(Method):
    """A method of another time."""

    title, family, paper = (
        "Written",
        "vision",
        Paper("On time", ("A. Author",), 2020, "a journal", "https://x.org"),
    )

    @action(title="Act")
    def act(self) -> Grown:
        """Act."""
        return Grown()


def test_a_method_of_another_contract_says_what_to_change(monkeypatch: pytest.MonkeyPatch):
    assert registry._check_class(Written, "Written") == ""
    monkeypatch.setattr(Written, "contract", CONTRACT + 1)
    assert f"contract {CONTRACT + 1}, this zoo has {CONTRACT}: pip install -U" in registry._check_class(
        Written, "Written"
    )
    monkeypatch.setattr(Written, "contract", CONTRACT)
    monkeypatch.setattr("zoo.method.CONTRACT", CONTRACT + 2)
    monkeypatch.setattr("zoo.method.CHANGES", {CONTRACT + 1: "call act do", CONTRACT + 2: "add a seed"})
    assert registry._check_class(Written, "Written").endswith("call act do; add a seed")


# ---------------------------------------------------------------------------------------------------------
# What cannot be begun


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"slug": "Wet_Sand"}, "lower-case words"),
        ({"slug": "finola"}, "already"),
        ({"family": "sand"}, "compression, reduction"),
        ({"takes": ("image", "sand")}, "sand cannot be started with; name image"),
        ({"gives": ("metrics",)}, "thumbnail"),
        ({"folder": ROOT}, "not empty"),
    ],
)
def test_what_cannot_be_begun_is_a_sentence_and_leaves_nothing(changes: dict, says: str, tmp_path: Path):
    plan = replace(new.Plan("wet-sand", "kernels", folder=tmp_path / "project"), **changes)
    with pytest.raises(InputError, match=says) as caught:
        new.write(plan)
    check_sentence(str(caught.value), tmp_path)
    assert not (tmp_path / "project").exists()


# ---------------------------------------------------------------------------------------------------------
# What is broken is found


@pytest.fixture
def subject(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subject]:
    """The new distribution, in a copy that may be broken."""
    project = tmp_path / "project"
    shutil.copytree(made.project, project)
    monkeypatch.syspath_prepend(made.project)
    entry = Entry("wet-sand", "zoo_method_wet_sand:WetSand", "zoo-method-wet-sand", "0.1.0")
    folder = project / "zoo_method_wet_sand"
    monkeypatch.setattr(entry.draft, "folder", classmethod(lambda cls: folder))
    monkeypatch.setattr(review.ladder.verify, "path_of", lambda slug: card.measured(entry.draft, "evidence"))
    return Subject(entry)


def findings(check: object, subject: Subject) -> str:
    return " ".join(f"{finding.says} {finding.cure}" for finding in check(subject))  # type: ignore[operator]


STATIC = [
    files.file_names, files.weights, files.data_licences, files.tests, files.readme, files.lint, files.docstrings,
    contract.texts, contract.card_is_complete, claims.claims, claims.fresh_evidence, claims.tuned_baselines,
    claims.enough_runs, claims.equal_care, claims.holds, claims.origin, files.catalogue_line, files.like_for_like,
]  # fmt: skip


def test_nothing_is_found_where_nothing_is_wrong(subject: Subject):
    assert {check.__name__: findings(check, subject) for check in STATIC} == dict.fromkeys(
        [check.__name__ for check in STATIC], ""
    )


def edit(path: Path, old: str, text: str) -> None:
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, text))


BREAKS = {
    "a name for everything": (files.file_names, lambda home: (home / "utils.py").touch(), "utils.py"),
    "an empty train.py": (files.weights, lambda home: (home / "train.py").touch(), "zoo train wet-sand"),
    "no tests": (files.tests, lambda home: shutil.rmtree(home.parent / "tests"), "tests/test_wet_sand.py"),
    "unused import": (files.lint, lambda home: edit(home / "data.py", "import numpy as np", "import os"), "ruff check"),
    "no shapes": (files.docstrings, lambda home: edit(home / "model.py", "`(n,)`", "some"), "shrunk takes arrays"),
    "no source": (
        files.docstrings,
        lambda home: (home / "model.py").write_text('"""Sums."""\n'),
        "where its mathematics comes from",
    ),
    "no paper": (
        contract.card_is_complete,
        lambda home: edit(home / "card.md", "https://", "x://"),
        "does not link its paper",
    ),
    "no picture": (
        contract.card_is_complete,
        lambda home: (home / "card.webp").unlink(),
        "zoo thumbnail wet-sand",
    ),
    "no card": (contract.card_is_complete, lambda home: (home / "card.md").unlink(), "there is no"),
    "no licence": (contract.card_is_complete, lambda home: edit(home / "card.md", "license:", "was:"), "lacks license"),
    "unknown data": (
        files.data_licences,
        lambda home: edit(home / "card.md", "- kernels\n", "- kernels\ndatasets:\n- dunes\n")
        or edit(home / "card.md", "CC0", "free"),
        "dunes",
    ),
    "not measured": (claims.claims, lambda home: shutil.rmtree(home / "evidence"), "not measured"),
    "other words": (
        claims.claims,
        lambda home: edit(home / "evidence" / "wet-sand.json", "Shrunk numbers are", "Sand is"),
        "--judge",
    ),
    "other code": (
        claims.fresh_evidence,
        lambda home: edit(home / "model.py", "1.0 - ", "1.5 - "),
        "--quick --check",
    ),
    "does not hold": (
        claims.holds,
        lambda home: edit(home / "evidence" / "wet-sand.json", '"verdict": "holds"', '"verdict": "holds partly"'),
        "no claim of the paper holds",
    ),
    "few runs": (
        claims.enough_runs,
        lambda home: edit(home / "evidence" / "wet-sand.json", '"seeds": 10', '"seeds": 2'),
        "2 runs",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_found(subject: Subject, name: str):
    check, break_it, says = BREAKS[name]
    break_it(subject.folder)
    assert says in findings(check, subject)


def test_the_trees_methods_keep_house_style(subject: Subject):
    assert list(files._house_style(subject)) == []
    edit(subject.folder / "data.py", "parts = ", "made = ")
    edit(
        subject.folder / "model.py",
        "    centre = values.mean()\n",
        "    centre = values.mean()\n" * files.MOST_LINES,
    )
    says = findings(files._house_style, subject)
    assert "the name made says nothing" in says
    assert "model.py: shrunk has over 60 lines" in says


@pytest.mark.parametrize(
    ("changes", "check", "says"),
    [
        ({"tuning": ""}, claims.tuned_baselines, "how 'the measurements themselves' was tuned"),
        ({"trials": None}, claims.equal_care, "how many settings"),
        ({"trials": (7, 3)}, claims.equal_care, "7 settings for ours and 3 for the baseline"),
    ],
)
def test_an_unfair_claim_is_found(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, changes: dict, check: object, says: str
):
    unfair: dict[str, Claim] = {
        name: replace(claim, **changes) for name, claim in subject.method.claims().items()
    }
    monkeypatch.setattr(subject.method, "claims", lambda: unfair)
    assert says in findings(check, subject)


def test_a_claim_that_is_not_in_the_evidence_and_none_at_all(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(subject.method, "claims", dict)
    assert "it claims nothing" in findings(claims.claims, subject)


def test_what_was_measured_without_a_commit_is_told_where_there_could_be_one(subject: Subject):
    evidence = card.measured(subject.method, "evidence")
    assert json.loads(evidence.read_text())["commit"] == "", "a folder that is under no version control"
    assert findings(claims.origin, subject) == ""
    subprocess.run(["git", "init", "-q"], cwd=subject.folder.parent, check=True)
    assert "zoo verify wet-sand --write" in findings(claims.origin, subject)
    edit(evidence, '"commit": ""', '"commit": "0123+"')
    subject = Subject(subject.entry)
    assert findings(claims.origin, subject) == ""
    (subject.folder / "weights").mkdir()
    (subject.folder / "weights" / "recipe.json").write_text('{"commit": ""}')
    assert "recipe of its weights names no commit. Run zoo train" in findings(claims.origin, subject)
    cost = {"slug": "wet-sand", "costs": []}
    review.ladder.records.write(
        card.measured(subject.method, "cost"), claims.records.CostRecord.model_validate(cost)
    )
    assert "zoo cost wet-sand --write" in findings(claims.origin, subject)


def test_a_claim_that_was_measured_alone_names_its_own_commit(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Subject, "is_guest", False)
    evidence = card.measured(subject.method, "evidence")
    record = json.loads(evidence.read_text()) | {"commit": "0123"}
    record["claims"][0]["measured"] = {"commit": "", "date": "2026-01-01"}
    evidence.write_text(json.dumps(record))
    assert "names no commit. Run zoo verify wet-sand --claim" in findings(claims.origin, subject)


OWN = [Subject(entry) for entry in own_methods.real().values() if entry.slug in TARGETS]


@pytest.mark.parametrize(
    "check", [files.catalogue_line, files.like_for_like, claims.origin], ids=lambda c: c.__name__
)
def test_the_trees_methods_have_what_the_cores_tests_ask_for(check: object):
    assert {subject.slug: findings(check, subject) for subject in OWN} == dict.fromkeys(TARGETS, "")


def test_large_weights_are_explained_on_the_card(monkeypatch: pytest.MonkeyPatch):
    large = [subject for subject in OWN if subject.slug in ("finola", "vc-inr")]
    assert [findings(files.weights, subject) for subject in large] == ["", ""]
    monkeypatch.setattr(Subject, "card", None)
    large = [Subject(subject.entry) for subject in large]
    assert ["card does not say why" in findings(files.weights, subject) for subject in large] == [True, True]
    assert sum(path.stat().st_size for path in (ROOT / "weights").rglob("*")) < 150 * 2**20 / 100 * len(OWN)


def test_a_method_of_the_tree_has_its_line_in_the_catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    subject = next(subject for subject in OWN if subject.slug == "finola")
    kept = catalogue.papers()
    without = {slug: paper for slug, paper in kept.items() if slug != "finola"}
    monkeypatch.setattr(catalogue, "papers", functools.cache(lambda: without))
    assert "no line of it. Run python -m benchmarks.tables" in findings(files.catalogue_line, subject)
    monkeypatch.setattr(catalogue, "PATH", tmp_path / "papers.jsonl")
    catalogue.PATH.write_text("{}\n")
    assert catalogue.enter([subject.method]) == ["finola"]
    line = catalogue.Wanted.model_validate_json(catalogue.PATH.read_text().splitlines()[1])
    assert (line.title.casefold(), line.family) == (kept["finola"].title.casefold(), "compression")
    assert catalogue.enter([OWN[0].method]) == [], "what has a line keeps it"
    other = kept["finola"].model_copy(update={"title": "Another Paper"})
    monkeypatch.setattr(catalogue, "papers", lambda: {"finola": other})
    assert "another title or family" in findings(files.catalogue_line, subject)
    monkeypatch.setattr(catalogue, "papers", dict)
    monkeypatch.setattr(catalogue, "BEGUN", subject.method.paper.title)
    assert findings(files.catalogue_line, subject) == "", "not while it is what zoo new wrote"
    assert catalogue.enter([subject.method]) == []


def test_a_method_of_the_tree_has_a_mirror_or_waits_for_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    subject = next(subject for subject in OWN if subject.slug == "finola")
    test = tmp_path / files.MIRRORS_TEST
    monkeypatch.setattr(Subject, "project", tmp_path)
    assert findings(files.like_for_like, subject) == "", "a checkout without tests"
    test.parent.mkdir()
    text = (ROOT / files.MIRRORS_TEST).read_text()
    test.write_text(text.replace('("finola", "blend")', '("other", "blend")'))
    assert "nothing holds that blend measures" in findings(files.like_for_like, subject)
    new._put_off(test, "finola")
    assert findings(files.like_for_like, subject) == ""
    compile(test.read_text(), test, "exec")
    before, after = files.mirrors(ROOT / files.MIRRORS_TEST)[1], files.mirrors(test)[1]
    assert after == before | {"finola"}
    block = test.read_text().partition("PENDING = {")[2].partition("}")[0]
    assert max(map(len, block.splitlines())) <= 110


def test_the_catalogue_knows_the_paper_that_every_method_begins_with():
    assert f'"{catalogue.BEGUN}",' in (new.TEMPLATES / "method.py.jinja").read_text()


def test_gold_asks_for_others_and_for_cost(subject: Subject):
    assert "@contestant" in findings(comparison.compared, subject)
    assert "zoo cost wet-sand" in findings(comparison.cost, subject)


def test_a_rung_is_reached_where_all_below_it_keep(subject: Subject):
    rules = review.rules()
    assert {rule.rung for rule in rules} == set(review.RUNGS)
    rows = [review.ladder.RuleRecord(name=r.name, rung=r.rung, asks=r.asks, findings=()) for r in rules]
    assert review.ladder._rung(rows) == "gold"
    fault = (review.ladder.FindingRecord(says="x.", cure="y."),)
    for rung, reached in (("gold", "silver"), ("silver", "bronze"), ("bronze", "")):
        place = next(number for number, row in enumerate(rows) if row.rung == rung)
        rows[place] = rows[place].model_copy(update={"findings": fault})
        assert review.ladder._rung(rows) == reached


@pytest.mark.parametrize("slug", TARGETS)
def test_the_stored_review_of_each_method_gives_the_rung_that_follows_from_its_findings(slug: str):
    path = ROOT / "cards" / "checks" / f"{slug}.json"
    record = review.ladder.records.read(path, review.ladder.CheckRecord)
    assert record is not None, f"run zoo check {slug} --write"
    assert record.slug == slug
    assert record.rung == review.ladder._rung(list(record.rules))
    assert record.rung, "a method that is offered is bronze at least"
    assert {row.name: row.rung for row in record.rules} == {rule.name: rule.rung for rule in review.rules()}


def test_a_stored_review_is_read_again_and_listed(made: Made):
    made.run("-m", "zoo", "check", "wet-sand", "--static")
    stored = made.site / "zoo_method_wet_sand" / "checks" / "wet-sand.json"
    assert not stored.exists(), "only --write stores"
    assert re.search(r"wet-sand +kernels +unchecked", made.run("-m", "zoo", "list"))
    stored.parent.mkdir()
    stored.write_text('{"rung": "silver"}')
    assert re.search(r"wet-sand +kernels +silver", made.run("-m", "zoo", "list"))


def test_the_family_of_a_wanted_paper_comes_from_the_catalogue(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plans: list[new.Plan] = []
    monkeypatch.setattr(new, "write", lambda plan: plans.append(plan) or [])
    monkeypatch.setattr(new, "finish", lambda plan: None)
    assert cli.main(["new", "lidar"]) == 0
    assert plans[0].family == "selfsupervised"
    assert "Sensing Linear Probing Performance" in capsys.readouterr().out
    assert cli.main(["new", "of-my-own"]) != 0
    assert "name its family with --family" in capsys.readouterr().err
    assert len(plans) == 1
