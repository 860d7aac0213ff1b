"""The code by principal components: real bytes, no surprise, and as few bits as its statistics allow."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks.component_code import learn_code, learn_components


@pytest.fixture(scope="module")
def signals() -> np.ndarray:
    """4,000 signals of 20 correlated normal numbers of very different size."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(20, 20)))[0]
    return (rng.normal(size=(4000, 20)) * np.geomspace(8, 0.05, 20) @ turn + 1).astype(np.float32)


def test_components_are_those_of_the_covariance(signals: np.ndarray) -> None:
    mean, components = learn_components(signals, 5)
    vectors = np.linalg.eigh(np.cov(signals.T))[1]
    assert mean == pytest.approx(signals.mean(0), abs=1e-4)
    overlap = np.linalg.svd(components.T @ vectors[:, ::-1][:, :5], compute_uv=False)
    assert overlap == pytest.approx(1, abs=1e-3)


def test_bytes_hold_the_symbols_and_take_their_ideal_length(signals: np.ndarray) -> None:
    code = learn_code(signals[:3000], *learn_components(signals[:3000], 20), step=0.5)
    symbols = code.symbols(signals[3000:])
    data = code.encode(symbols)
    assert (code.tables.decode(data, 1000) == symbols).all()
    assert 8 * len(data) == pytest.approx(code.tables.bits(symbols).sum(), rel=0.01)


def test_it_comes_near_the_entropy_and_the_error_of_fine_rounding(signals: np.ndarray) -> None:
    """At a step below all deviations: h - log2(step) bits a number, and an error of step^2 / 12."""
    step, deviation = 0.25, np.geomspace(8, 0.05, 20)
    code = learn_code(signals[:3000], *learn_components(signals[:3000], 20), step)
    symbols = code.symbols(signals[3000:])
    large = deviation > step
    expected = np.log2(deviation[large] * np.sqrt(2 * np.pi * np.e) / step).sum()
    assert expected < code.tables.bits(symbols).mean() < expected + 10
    assert np.square(code.decode(symbols) - signals[3000:]).sum(1).mean() < 20 * step**2 / 12


def test_numbers_that_training_never_gave_are_sent_all_the_same(signals: np.ndarray) -> None:
    code = learn_code(signals, *learn_components(signals, 20), step=0.1)
    far = np.full((1, 20), 1000.0, np.float32)
    symbols = code.symbols(far)
    assert (code.tables.decode(code.encode(symbols), 1) == symbols).all()
    assert np.square(code.decode(symbols) - far).mean() < 1.0


def test_what_never_varies_costs_nothing(signals: np.ndarray) -> None:
    code = learn_code(signals, *learn_components(signals, 20), step=100.0)
    assert code.components.shape[1] == 0
    assert code.encode(code.symbols(signals[:3])) == b""
    assert code.decode(code.symbols(signals[:3])) == pytest.approx(np.tile(signals.mean(0), (3, 1)), abs=1e-4)
