"""The fingerprint of code changes with what is computed, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from zoo import paths, registry
from zoo.evidence import state, verify


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin that uses one block through another, and not the app."""
    package = tmp_path / "zoo"
    for name, text in {
        "blocks/__init__.py": "",
        "blocks/svd.py": "from zoo.blocks import inner\n",
        "blocks/inner.py": "size = 1\n",
        "blocks/other.py": "size = 1\n",
        "app/page.py": "wide = 1\n",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    monkeypatch.setattr(paths, "PACKAGE", package)
    folder = tmp_path / "plugin"
    folder.mkdir()
    (folder / "model.py").write_text(
        'def work():\n    """Works."""\n    from zoo.blocks import svd\n    from zoo.app import page\n    return 1\n'
    )
    return folder


@pytest.mark.parametrize(
    ("file", "text", "matters"),
    [
        (
            "plugin/model.py",
            "def work():\n    # why\n    from zoo.blocks import svd\n    return load('wine')\n",
            True,
        ),
        ("plugin/claims.py", "x = 1\n", True),
        ("zoo/blocks/inner.py", "size = 2\n", True),
        ("zoo/blocks/inner.py", '"""Sizes."""\nsize   =   1  # one\n', False),
        ("zoo/blocks/other.py", "size = 2\n", False),
        ("zoo/app/page.py", "wide = 2\n", False),
    ],
)
def test_it_changes_with_what_is_computed(plugin: Path, file: str, text: str, matters: bool):
    before = state.of_code(plugin)
    (plugin.parent / file).write_text(text)
    assert (state.of_code(plugin) != before) is matters


@pytest.mark.parametrize("name", ["a_first", "zz_last"])
def test_where_a_plugin_lies_does_not_matter(plugin: Path, name: str):
    """A third party's folder may come before or after the zoo's in the order of paths."""
    before = state.of_code(plugin)
    assert state.of_code(plugin.rename(plugin.parent / name)) == before


def test_weights_and_packages_belong_to_a_measurement(plugin: Path, monkeypatch: pytest.MonkeyPatch):
    weights = plugin.parent / "weights"
    before = state.of_measurement(plugin, weights)
    weights.mkdir()
    (weights / "lock.json").write_text("{}")
    locked = state.of_measurement(plugin, weights)
    assert locked != before
    monkeypatch.setattr(state, "_version", lambda package: "0.0")
    assert state.of_measurement(plugin, weights) != locked


def test_a_real_method_rests_on_its_blocks_and_data_and_not_on_the_outlets():
    method = registry.find("finola").method
    used = {
        path.relative_to(paths.PACKAGE).as_posix()
        for path in state._files(method.folder())
        if paths.PACKAGE in path.parents
    }
    assert {"claim.py", "progress.py", "data/sets/cifar10.py"} <= used
    assert "data/sets/wordnet.py" not in used
    assert not {file for file in used if file.startswith(("app/", "cli"))}
    assert verify.state_of(method) != verify.state_of(registry.find("linear-mda").method)
