"""Nearest rows, perplexities and joint probabilities, beside openTSNE and by what they have to be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import entr

from zoo.blocks import affinities

ROWS = np.random.default_rng(0).standard_normal((80, 5))


def test_the_nearest_are_the_nearest_and_never_oneself() -> None:
    rows = np.vstack([ROWS, ROWS[:3]])  # three rows stand there twice
    places, distances = affinities.nearest(rows, 6)
    full = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    np.fill_diagonal(full, np.inf)
    np.testing.assert_allclose(distances, np.sort(full, axis=1)[:, :6], atol=1e-7)
    assert not (places == np.arange(len(rows))[:, None]).any()


@pytest.mark.parametrize("perplexity", [2.0, 10.0, 29.0])
def test_entropies_are_those_of_the_perplexity(perplexity: float) -> None:
    shares = affinities.perplexed(affinities.nearest(ROWS, 30)[1], perplexity)
    np.testing.assert_allclose(np.exp(entr(shares).sum(axis=1)), perplexity, rtol=1e-8)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (np.diff(shares, axis=1) <= 1e-15).all(), "who is nearer gets more"


@pytest.mark.parametrize("perplexity", [1.0, 30.0])
def test_a_perplexity_that_neighbours_cannot_have_is_refused(perplexity: float) -> None:
    with pytest.raises(ValueError, match="30 neighbours cannot have"):
        affinities.perplexed(affinities.nearest(ROWS, 30)[1], perplexity)


def test_neighbours_that_are_equally_far_get_as_much_each() -> None:
    np.testing.assert_allclose(affinities.perplexed(np.ones((4, 6)), 3.0), 1 / 6)


def test_joint_probabilities_are_those_of_opentsne() -> None:
    from openTSNE.affinity import PerplexityBasedNN

    places, distances = affinities.nearest(ROWS, 30)
    ours = affinities.joint(places, affinities.perplexed(distances, 10))
    theirs = PerplexityBasedNN(ROWS, 10, method="exact", symmetrize=True).P
    assert abs(ours - theirs).max() < 1e-8
    assert ours.sum() == pytest.approx(1)
    assert abs(ours - ours.T).max() < 1e-18
