"""The registry, with distributions that are built, installed and listed for real."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from places import ROOT, THIRD_PARTY, Command

from zoo import registry
from zoo.errors import InputError, PluginError
from zoo.registry import Entry
from zoo.testing.battery import check_sentence

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN = PROJECT["entry-points"]["zoo.methods"]


def listed(command: Command, *words: str, path: tuple[Path, ...] = (), **options) -> dict[str, dict]:
    """``zoo list --json`` by slug."""
    done = command("list", "--json", *words, path=path, **options)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    rows = json.loads(done.stdout)
    assert len({row["slug"] for row in rows}) == len(rows)
    return {row["slug"]: row for row in rows}


@pytest.fixture
def small_checkout(tmp_path: Path) -> Path:
    """A checkout of the core with one plugin, so that listing it is quick and certain."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "zoo", root / "zoo", ignore=shutil.ignore_patterns("__pycache__", "app", "bundle"))
    plugin = root / "plugins" / "vision" / "plain"
    shutil.copytree(THIRD_PARTY / "rival" / "zoo_method_rival", plugin)
    # Without these two, the packages of an editable install of the zoo would be found instead.
    (root / "plugins" / "__init__.py").touch()
    (root / "plugins" / "vision" / "__init__.py").touch()
    (root / "pyproject.toml").write_text(
        '[project]\nname = "latent-zoo"\nversion = "9.9"\n'
        '[project.entry-points."zoo.methods"]\nplain = "plugins.vision.plain:Rival"\n'
    )
    return root


# ---------------------------------------------------------------------------------------------------------
# Third parties


def test_installed_distribution_appears_with_its_name_and_version(third_parties, zoo_command):
    rows = listed(zoo_command, path=(third_parties["sampler"],))
    row = rows["sampler"]
    assert (row["distribution"], row["version"]) == ("zoo-method-sampler", "1.4.2")
    assert (row["title"], row["family"], row["actions"]) == (
        "Sampler",
        "interpretability",
        ["remix", "brighten"],
    )
    assert row["summary"] == "Takes one value of every kind and gives one of every kind."
    assert "error" not in row
    assert set(OWN) <= set(rows)


def test_installed_method_runs_with_its_own_weights_and_examples(third_parties, zoo_command, tmp_path: Path):
    out = tmp_path / "out"
    done = zoo_command(
        "run", "sampler.brighten", "--example", "1", "--out", str(out), path=(third_parties["sampler"],)
    )
    assert done.returncode == 0, done.stderr
    assert (out / "picture.png").is_file()


def test_two_distributions_with_one_slug(third_parties, zoo_command):
    rows = listed(zoo_command, path=(third_parties["rival"], third_parties["sampler"]))
    refused = [slug for slug, row in rows.items() if "already taken" in row.get("error", "")]
    assert len(refused) == 1
    assert {refused[0], "sampler"} <= set(rows)
    assert refused[0].startswith("sampler-zoo-method-")
    assert "ZOO_EXCLUDE" in rows[refused[0]]["error"]
    assert "error" not in rows["sampler"], "one of the two works"
    rows = listed(
        zoo_command,
        path=(third_parties["rival"], third_parties["sampler"]),
        ZOO_EXCLUDE="sampler-zoo-method-*",
    )
    assert refused[0] not in rows


def distribution(folder: Path, name: str, entry: str) -> Path:
    """A distribution that brings nothing but an entry point, as pip lays it out."""
    folder = folder / name
    (folder / f"{name}-1.0.dist-info").mkdir(parents=True)
    (folder / f"{name}-1.0.dist-info" / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    )
    (folder / f"{name}-1.0.dist-info" / "entry_points.txt").write_text(f"[zoo.methods]\n{entry}\n")
    return folder


_SLUGS = """
from zoo import registry
print(*[entry.error for entry in registry.entries().values()])
for entry in registry.entries().values():
    assert entry.error or entry.method.slug == entry.slug, (entry.slug, entry.method.slug)
assert not registry.find("sampler").error
"""


@pytest.mark.parametrize("name", ["aaa", "zzz"])
def test_a_class_of_another_distribution_keeps_its_own_slug(third_parties, tmp_path: Path, name: str):
    """An entry that points at a stranger's class must not rename it: its weights are found by its slug."""
    borrower = distribution(tmp_path, name, "borrowed = zoo_method_sampler:Sampler")
    path = os.pathsep.join(map(str, (borrower, third_parties["sampler"], ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", _SLUGS],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def broken(third_parties, tmp_path_factory) -> dict[str, dict]:
    """What is listed where a distribution is broken in every way."""
    path = os.pathsep.join(map(str, (third_parties["broken"], third_parties["sampler"], ROOT)))
    done = subprocess.run(
        [sys.executable, "-m", "zoo.cli", "list", "--json"],
        capture_output=True, text=True, cwd=tmp_path_factory.mktemp("cwd"),
        env={**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {row["slug"]: row for row in json.loads(done.stdout)}


BROKEN = {
    "raises": ["RuntimeError", "the stars are not right", "zoo-method-broken 2.0"],
    "exits": ["SystemExit", "zoo-method-broken 2.0"],
    "angry-parent": ["SystemExit"],
    "typo": ["zoo_method_broken.no_such_module", "zoo-method-broken"],
    "no-class": ["NoSuchClass"],
    "lacks-at-import": ["package_nobody_has", "pip install"],
    "lacks-optional": ["package_nobody_has", "pip install"],
    "lacks-nested": ["package_nobody_has", "pip install"],
    "requires-a-string": ["requires"],
    "no-method": ["not a subclass of zoo.method.Method"],
    "no-action": ["no @action"],
    "no-family": ["astrology"],
    "no-paper": ["paper"],
    "strange-input": ["zoo.types"],
    "reserved-input": ["out"],
    "hides-run": ["hides Method.run"],
    "no-result": ["frozen dataclass"],
    "no-card": ["cards/no-card.md"],
    "no-licence": ["license"],
    "no-front-matter": ["front matter"],
    "no-yaml": ["not YAML"],
    "no-date": ["card"],
    "latin-card": ["card"],
    "not-a-slug": ["'Not_A Slug!'", "lower-case words joined by hyphens"],
}


@pytest.mark.parametrize("slug", BROKEN)
def test_broken_method_is_an_entry_with_a_sentence(broken, slug: str):
    row = broken[slug]
    check_sentence(re.sub(r"\b(Runtime|Attribute)Error\b", "", row["error"]))
    for words in BROKEN[slug]:
        assert words in row["error"]
    assert (row["distribution"], row["version"], row["actions"]) == ("zoo-method-broken", "2.0", [])
    assert row["title"]
    assert row["family"]


def test_a_method_in_progress_is_not_offered_but_can_be_shown_and_run(third_parties, zoo_command):
    path = (third_parties["broken"],)
    error = listed(zoo_command, path=path, ZOO_ONLY="no-card")["no-card"]["error"]
    assert "is in progress: it can be run and trained, but there is no cards/no-card.md" in error
    done = zoo_command("show", "no-card", path=path)
    assert done.returncode == 0, done.stderr
    assert "zoo run no-card." in done.stdout


def test_error_of_a_misspelt_module_does_not_send_people_to_a_registry(broken):
    """``pip install zoo_method_broken.no_such_module`` helps nobody, or the wrong one."""
    assert "pip install" not in broken["typo"]["error"]


def test_error_names_no_folder_of_the_machine(broken):
    assert "/var/lib/secret" not in broken["raises"]["error"]


def test_broken_methods_harm_nobody(broken):
    assert "error" not in broken["sampler"]
    assert "error" not in broken["prints"], "talking on import is no crime"
    assert set(OWN) <= set(broken)


def test_plugin_that_prints_does_not_spoil_the_list(third_parties, zoo_command):
    done = zoo_command("list", "--json", path=(third_parties["broken"],), ZOO_ONLY="prints")
    assert [row["slug"] for row in json.loads(done.stdout)] == ["prints"]


@pytest.mark.parametrize("slug", ["raises", "lacks-nested", "latin-card", "exits"])
def test_showing_and_running_a_broken_method_is_told_in_one_line(third_parties, zoo_command, slug: str):
    for words in (("show", slug), ("run", slug)):
        done = zoo_command(*words, path=(third_parties["broken"],))
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1, done.stderr


def test_damaged_metadata_harms_nobody(third_parties, zoo_command, tmp_path: Path):
    """What an interrupted pip may leave: a folder with entry points but without a name."""
    for name in ("torn-1.0.dist-info", "~orn-1.0.dist-info"):
        folder = tmp_path / "torn" / name
        folder.mkdir(parents=True)
        (folder / "entry_points.txt").write_text("[zoo.methods]\ntorn = torn_nobody:Torn\n")
    rows = listed(zoo_command, path=(tmp_path / "torn", third_parties["sampler"]))
    assert "error" not in rows["sampler"]


def test_entry_point_with_an_extra_works(third_parties, zoo_command, tmp_path: Path):
    extra = distribution(tmp_path, "extra", "extra = zoo_method_rival:Rival [gpu]")
    rows = listed(zoo_command, path=(extra, third_parties["rival"]))
    assert "error" not in rows["extra"]


# ---------------------------------------------------------------------------------------------------------
# The checkout and the choice


def test_own_methods_come_from_the_checkout_first():
    entries = registry.entries()
    assert list(entries)[: len(OWN)] == list(OWN)
    for slug, target in OWN.items():
        entry = entries[slug]
        assert (entry.target, entry.distribution, entry.version) == (
            target,
            PROJECT["name"],
            PROJECT["version"],
        )


def test_checkout_runs_uninstalled_from_any_folder(small_checkout: Path, zoo_command):
    rows = listed(zoo_command, root=small_checkout)
    assert rows["plain"]["distribution"] == "latent-zoo"
    assert rows["plain"]["version"] == "9.9"
    assert "error" not in rows["plain"]


def test_own_slug_is_not_lost_to_a_third_party(small_checkout: Path, third_parties, zoo_command):
    file = small_checkout / "pyproject.toml"
    file.write_text(file.read_text().replace("plain =", "sampler ="))
    rows = listed(zoo_command, root=small_checkout, path=(third_parties["sampler"],))
    assert rows["sampler"]["distribution"] == "latent-zoo"
    assert "already taken by latent-zoo" in rows["sampler-zoo-method-sampler"]["error"]


def test_checkout_that_is_also_installed_lists_its_methods_once(
    small_checkout: Path, zoo_command, tmp_path: Path
):
    folder = tmp_path / "site" / "latent_zoo-0.0.1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: latent-zoo\nVersion: 0.0.1\n")
    (folder / "entry_points.txt").write_text(
        "[zoo.methods]\nplain = plugins.vision.plain:Rival\nold = gone:Gone\n"
    )
    rows = listed(zoo_command, root=small_checkout, path=(tmp_path / "site",))
    assert [slug for slug, row in rows.items() if row["distribution"] == "latent-zoo"] == ["plain"]
    assert rows["plain"]["version"] == "9.9"


def test_installed_core_without_a_checkout_lists_third_parties(
    small_checkout: Path, third_parties, zoo_command
):
    (small_checkout / "pyproject.toml").unlink()
    rows = listed(zoo_command, root=small_checkout, path=(third_parties["sampler"],))
    assert "error" not in rows["sampler"]


@pytest.mark.parametrize(
    ("only", "exclude", "expected"),
    [
        ("", "", {"sampler", "plain"}),
        ("sampler", "", {"sampler"}),
        (" sampler , plain,", "", {"sampler", "plain"}),
        ("s*", "", {"sampler"}),
        ("", "s*", {"plain"}),
        ("*", "plain", {"sampler"}),
        ("sampler", "sampler", set()),
        ("nobody", "", set()),
    ],
)
def test_only_and_exclude(
    small_checkout: Path, third_parties, zoo_command, only: str, exclude: str, expected: set
):
    path = (third_parties["sampler"],)
    rows = listed(zoo_command, root=small_checkout, path=path, ZOO_ONLY=only, ZOO_EXCLUDE=exclude)
    assert set(rows) == expected


def test_excluded_plugin_is_not_imported(third_parties, zoo_command):
    rows = listed(zoo_command, path=(third_parties["broken"],), ZOO_ONLY="raises")
    assert set(rows) == {"raises"}
    done = zoo_command("list", path=(third_parties["broken"],), ZOO_EXCLUDE="prints,no-class")
    assert "chatty" not in done.stdout + done.stderr


# ---------------------------------------------------------------------------------------------------------
# The remembered list


def test_second_list_is_the_first(third_parties, zoo_command, tmp_path: Path):
    path = (third_parties["sampler"], third_parties["broken"])
    first = listed(zoo_command, path=path)
    assert listed(zoo_command, path=path) == first
    assert list((tmp_path / "cache").rglob("*.json")), "something was remembered"


def test_changed_card_is_noticed(third_parties, zoo_command, tmp_path: Path):
    site = tmp_path / "site"
    shutil.copytree(third_parties["sampler"], site)
    assert "error" not in listed(zoo_command, path=(site,))["sampler"]
    (site / "zoo_method_sampler" / "card.md").write_text("# Only prose")
    assert "front matter" in listed(zoo_command, path=(site,))["sampler"]["error"]


def test_package_that_went_missing_is_noticed(third_parties, zoo_command, tmp_path: Path):
    """A row may not outlive what its method requires."""
    site = tmp_path / "site"
    shutil.copytree(third_parties["broken"], site)
    (site / "package_nobody_has").mkdir()
    (site / "package_nobody_has" / "__init__.py").touch()
    card = site / "zoo_method_broken" / "card.md"
    card.write_text("---\nlicense: mit\nlibrary_name: latent-zoo\ntags: [latent-zoo, vision]\n---\n")
    assert "error" not in listed(zoo_command, path=(site,))["lacks-optional"]
    shutil.rmtree(site / "package_nobody_has")
    assert "package_nobody_has" in listed(zoo_command, path=(site,))["lacks-optional"]["error"]


@pytest.mark.parametrize("damage", ["{", "[]", "\xff\xfe"])
def test_damaged_memory_harms_nobody(third_parties, zoo_command, tmp_path: Path, damage: str):
    path = (third_parties["sampler"],)
    first = listed(zoo_command, path=path)
    for file in (tmp_path / "cache").rglob("*.json"):
        file.write_bytes(damage.encode("latin-1"))
    assert listed(zoo_command, path=path) == first


def test_memory_that_cannot_be_written_harms_nobody(third_parties, zoo_command, tmp_path: Path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert "error" not in listed(zoo_command, path=(third_parties["sampler"],))["sampler"]


# ---------------------------------------------------------------------------------------------------------
# In this process


def test_find_suggests_the_nearest(monkeypatch):
    monkeypatch.setattr(registry, "entries", lambda: {"finola": None, "linear-mda": None})
    with pytest.raises(InputError, match="did you mean finola"):
        registry.find("finolla")
    for slug in ("zzz", "", "../../etc/passwd", "a\nb"):
        with pytest.raises(InputError) as caught:
            registry.find(slug)
        check_sentence(str(caught.value))


def test_error_is_kept_and_raised_again():
    entry = Entry("lost", "no_such_module_anywhere:Lost", "nobody", "1")
    assert entry.error
    assert (entry.title, entry.family) == ("lost", "broken")
    for _ in range(2):
        with pytest.raises(PluginError) as caught:
            _ = entry.method
        assert str(caught.value) == entry.error


def test_methods_are_those_that_work(monkeypatch):
    from own_methods import SAMPLER

    lost = Entry("lost", "no_such_module_anywhere:Lost", "nobody", "1")
    monkeypatch.setattr(registry, "entries", lambda: {"lost": lost, "sampler": SAMPLER})
    assert registry.methods() == {"sampler": SAMPLER.method}
    assert isinstance(registry.load("sampler"), SAMPLER.method)
    with pytest.raises(PluginError):
        registry.load("lost")


def test_the_package_offers_what_people_need():
    import zoo

    assert zoo.methods is registry.methods
    assert zoo.load is registry.load
    with pytest.raises(AttributeError):
        _ = zoo.no_such_name


DAMAGED = {
    "Latin-1": "[console_scripts]\n# écrit par José\nlegacy = legacy:main\n".encode("latin-1"),
    "binary": bytes(range(256)),
    "merge marks": b"<<<<<<< HEAD\n[zoo.methods]\n=======\n[zoo.methods]\nlegacy = nowhere:Nothing\n>>>>>>> other\n",
    "no equals sign": b"[zoo.methods]\nlegacy\n[console_scripts]\nlegacy\n",
    "no value": b"[zoo.methods]\nlegacy =\n",
    "UTF-16": "[zoo.methods]\nlegacy = legacy:Legacy\n".encode("utf-16"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_entry_points_of_another_distribution_harm_nobody(damage: str, zoo_command, tmp_path: Path):
    folder = tmp_path / "legacy-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: legacy\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_bytes(DAMAGED[damage])
    rows = listed(zoo_command, path=(tmp_path,))
    assert set(OWN) <= set(rows)
    assert not [slug for slug in OWN if rows[slug].get("error")]
    code = "import zoo, importlib.metadata as m; print(len(zoo.methods()), len(m.entry_points(group='none')))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= len(OWN)


NOBODY = """
import os, pwd, sys

def unknown(number):
    raise KeyError(number)

pwd.getpwuid = unknown
os.environ.pop("HOME", None)
from zoo.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "words", [("list",), ("run", "velocity-fields.impute", "--example", "1"), ("data", "list")], ids=" ".join
)
def test_a_user_without_a_home_and_a_name_can_work(words: tuple[str, ...], tmp_path: Path):
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", NOBODY, *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert "Traceback" not in done.stderr
