"""Cards: front matter read, checked, and refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_methods import SAMPLER

from zoo import card, hub, paths
from zoo.card import CardError
from zoo.errors import InputError
from zoo.testing.battery import check_sentence

GOOD = "---\nlicense: mit\nlibrary_name: latent-zoo\ntags: [latent-zoo, interpretability]\n---\n\n# Title\n\nProse.\n"


@pytest.fixture
def method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The sampler with its card in an empty folder."""
    method = SAMPLER.method
    monkeypatch.setattr(method, "folder", classmethod(lambda cls: tmp_path))
    return method


def read(method, folder: Path, text: str | bytes) -> card.Card:
    (folder / "card.md").write_bytes(text if isinstance(text, bytes) else text.encode())
    return card.read(method)


@pytest.mark.parametrize(
    "text", [GOOD, GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD], ids=["plain", "windows", "mark"]
)
def test_front_matter_and_prose(method, tmp_path: Path, text: str):
    page = read(method, tmp_path, text)
    assert page.data["license"] == "mit"
    assert page.data["tags"] == ["latent-zoo", "interpretability"]
    assert page.text.replace("\r", "") == "# Title\n\nProse."
    assert page.thumbnail is None
    (tmp_path / "card.webp").write_bytes(b"")
    assert page.thumbnail == tmp_path / "card.webp"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "front matter"),
        ("# Prose", "front matter"),
        ("---\nlicense: mit\n", "front matter"),
        ("---\n- a\n- b\n---\n", "not a mapping"),
        ("---\nlicense: [mit\n---\n", "not YAML"),
        ("---\nlicense: !!python/object/apply:os.getcwd []\n---\n", "not YAML"),
        (GOOD.replace("license: mit\n", ""), "lacks license"),
        (GOOD.replace("library_name: latent-zoo\n", ""), "lacks library_name"),
        (GOOD.replace("tags: [latent-zoo, interpretability]\n", ""), "lacks tags"),
        (GOOD.replace("latent-zoo, interpretability", "latent-zoo"), "interpretability"),
        (GOOD.replace("[latent-zoo, interpretability]", "latent-zoo"), "must be a list"),
        (GOOD.replace("license: mit", "license: mit\ndate: 2024-13-45"), "not YAML"),
        (GOOD.replace("license: mit", "license: mit\n? [a, b]\n: c"), ""),
        (GOOD.encode("utf-16"), ""),
        (GOOD.replace("Prose", "Café").encode("latin-1"), ""),
    ],
)
def test_bad_card_is_a_sentence(method, tmp_path: Path, text: str | bytes, says: str):
    with pytest.raises(CardError) as caught:
        read(method, tmp_path, text)
    check_sentence(str(caught.value), tmp_path)
    assert says in str(caught.value)


def test_missing_card_is_named(method):
    with pytest.raises(CardError, match=r"cards/sampler\.md"):
        card.read(method)


def test_ours_lie_in_cards_and_a_guests_beside_its_module(method, tmp_path: Path, monkeypatch):
    assert card.path_of(method) == tmp_path / "card.md", (
        "it is no part of the checkout, also before it has a card"
    )
    monkeypatch.setattr(method, "folder", classmethod(lambda cls: paths.root() / "plugins" / "vision"))
    assert card.path_of(method) == paths.root() / "cards" / "sampler.md"


def test_weights_of_a_guest_lie_beside_its_module_before_there_are_any(method, tmp_path: Path, monkeypatch):
    assert hub.home(method) == tmp_path / "weights"
    monkeypatch.setattr(method, "folder", classmethod(lambda cls: paths.root() / "plugins" / "vision"))
    assert hub.home(method) == paths.root() / "weights" / "sampler"


def test_an_installed_copy_is_not_written_into(tmp_path: Path):
    assert paths.may_write(tmp_path / "card.md", "sampler") == tmp_path / "card.md"
    with pytest.raises(InputError, match="pip install -e") as caught:
        paths.may_write(tmp_path / "site-packages" / "sampler" / "card.md", "sampler")
    check_sentence(str(caught.value), tmp_path)


def test_changed_card_is_read_again(method, tmp_path: Path):
    import os

    assert read(method, tmp_path, GOOD).data["license"] == "mit"
    page = read(method, tmp_path, GOOD.replace("mit", "bsd-2-clause"))
    os.utime(tmp_path / "card.md", ns=(1, 1))
    assert card.read(method).data["license"] == "bsd-2-clause"
    assert page.path == tmp_path / "card.md"


RESULTS = """model-index:
- name: sampler
  results:
  - task: {type: compression}
    dataset: {type: cifar10, name: CIFAR-10}
    metrics: [{type: psnr, value: 31.5}]
"""


def test_the_hubs_client_reads_results(method, tmp_path: Path):
    page = read(method, tmp_path, GOOD.replace("license: mit\n", "license: mit\n" + RESULTS))
    hub_card = card.model_card(page)
    assert hub_card.data.eval_results[0].metric_value == 31.5
    assert hub_card.data.license == "mit"


def test_the_hubs_client_refuses_malformed_results(method, tmp_path: Path):
    page = read(
        method, tmp_path, GOOD.replace("license: mit\n", "license: mit\nmodel-index: [{results: 3}]\n")
    )
    try:
        hub_card = card.model_card(page)
    except CardError as error:
        check_sentence(str(error), tmp_path)
    else:
        assert not hub_card.data.eval_results
