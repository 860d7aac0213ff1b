"""linear-mda: the identities of the notes, published eigenvalues, and independent libraries."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import chi2_contingency

from plugins.reduction.linear_mda import model

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "plugins/reduction/linear_mda/examples"


def columns(name: str, text: int) -> np.ndarray:
    """An example table without its first `text` columns."""
    return pd.read_csv(EXAMPLES / name).iloc[:, text:].to_numpy(float)


@pytest.fixture(scope="module")
def wine() -> np.ndarray:
    return columns("wine.csv", 1)


@pytest.fixture(scope="module")
def votes() -> np.ndarray:
    return columns("bundestag_2005.csv", 1)


@pytest.fixture(scope="module")
def diet() -> tuple[np.ndarray, np.ndarray]:
    table = columns("penguin_diet.csv", 1)
    return table[:, :4], table[:, 4:]


def aligned(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Their columns with the signs of ours."""
    return theirs * np.where((ours * theirs).sum(axis=0) < 0, -1.0, 1.0)


# --- Principal components -----------------------------------------------------------------------------


def test_svd_of_the_table_eigenvectors_of_its_covariance_and_the_analysis_agree(wine):
    found = model.pca(wine)
    values, vectors = np.linalg.eigh(np.cov(wine.T, bias=True))
    np.testing.assert_allclose(found.eigenvalues, values[::-1], rtol=1e-9)
    np.testing.assert_allclose(found.axes, aligned(found.axes, vectors[:, ::-1]), atol=1e-7)
    np.testing.assert_allclose(found.rows, (wine - wine.mean(axis=0)) @ found.axes, atol=1e-8)


def test_standard_scaling_has_the_correlation_matrix_and_inertia_p(wine):
    found = model.pca(wine, scaling="standard")
    assert found.inertia == pytest.approx(wine.shape[1], rel=1e-12)
    assert found.eigenvalues.sum() == pytest.approx(wine.shape[1], rel=1e-12)
    correlation = np.corrcoef(wine.T)
    np.testing.assert_allclose(found.columns @ found.columns.T, correlation, atol=1e-12)
    np.testing.assert_allclose(found.columns, model.correlations(wine, found.rows), atol=1e-12)


def test_a_weight_of_two_is_the_row_twice(wine):
    weights = np.random.default_rng(0).integers(1, 4, len(wine))
    weighted = model.pca(wine, scaling="standard", row_weights=weights.astype(float))
    repeated = model.pca(np.repeat(wine, weights, axis=0), scaling="standard")
    np.testing.assert_allclose(weighted.eigenvalues, repeated.eigenvalues, rtol=1e-10)
    np.testing.assert_allclose(np.repeat(weighted.rows, weights, axis=0), repeated.rows, atol=1e-9)


def test_a_column_weight_of_four_is_the_column_times_two(wine):
    metric = np.random.default_rng(0).uniform(0.2, 5, wine.shape[1])
    weighted = model.pca(wine, column_weights=metric)
    stretched = model.pca(wine * np.sqrt(metric))
    np.testing.assert_allclose(weighted.eigenvalues, stretched.eigenvalues, rtol=1e-9)
    np.testing.assert_allclose(weighted.rows, aligned(weighted.rows, stretched.rows), atol=1e-7)


def test_bicentring_leaves_no_row_and_no_column_mean(wine):
    table = model.pretreat(wine, "bicentre").dense()
    np.testing.assert_allclose(table.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(table.mean(axis=1), 0, atol=1e-12)


def test_no_scaling_is_the_plain_svd(wine):
    found = model.pca(wine, scaling="none")
    values = np.linalg.svd(wine, compute_uv=False)
    np.testing.assert_allclose(found.eigenvalues * len(wine), values**2, rtol=1e-9)


@pytest.mark.parametrize("analyse", ["pca", "weighted", "coa", "mca", "pca_iv"])
def test_contributions_cosines_and_inertia_add_up(analyse, wine, votes, diet):
    rng = np.random.default_rng(0)
    found = {
        "pca": lambda: model.pca(wine, scaling="standard"),
        "weighted": lambda: model.pca(
            wine, row_weights=rng.uniform(1, 2, 178), column_weights=rng.uniform(1, 2, 13)
        ),
        "coa": lambda: model.coa(votes),
        "mca": lambda: model.mca(rng.integers(0, 3, (60, 5))),
        "pca_iv": lambda: model.pca_iv(*diet, scaling="standard").analysis,
    }[analyse]()
    assert found.eigenvalues.sum() == pytest.approx(found.inertia, rel=1e-10)
    assert (np.diff(found.eigenvalues) <= 0).all()
    for contributions in (found.row_contributions, found.column_contributions):
        np.testing.assert_allclose(contributions.sum(axis=0), 1, atol=1e-10)
    for cosines in (found.row_cos2, found.column_cos2):
        np.testing.assert_allclose(cosines.sum(axis=1), 1, atol=1e-9)
    # Items times axes give the table back: Y V^T = R in the units of the two metrics.
    inner = found.axes.T @ (found.column_weights[:, None] * found.axes)
    np.testing.assert_allclose(inner, np.eye(len(found.eigenvalues)), atol=1e-9)


def test_axes_of_rounding_error_are_left_out():
    table = np.random.default_rng(0).standard_normal((30, 3))
    assert len(model.pca(np.hstack([table, table @ np.ones((3, 2))])).eigenvalues) == 3


def test_full_metrics_are_orthonormal_where_the_notes_say(wine):
    rng = np.random.default_rng(0)
    table = wine[:40, :6] - wine[:40, :6].mean(axis=0)
    row_metric, column_metric = (
        (lambda square: square @ square.T + np.eye(len(square)))(rng.standard_normal((side, side)))
        for side in table.shape
    )
    components, values, axes = model.pca_metric(table, row_metric, column_metric)
    np.testing.assert_allclose(axes.T @ column_metric @ axes, np.eye(6), atol=1e-10)
    np.testing.assert_allclose(components.T @ row_metric @ components, np.diag(values), atol=1e-6 * values[0])
    np.testing.assert_allclose(components @ axes.T, table, atol=1e-7)


def test_metric_that_is_not_positive_definite_is_refused():
    with pytest.raises(ValueError, match="positive definite"):
        model.pca_metric(np.eye(2), np.array([1.0, 0.0]), np.ones(2))


# --- Correspondence analysis --------------------------------------------------------------------------


def test_inertia_is_chi_square_over_n(votes):
    expected = chi2_contingency(votes, correction=False).statistic / votes.sum()
    assert model.coa(votes).inertia == pytest.approx(expected, rel=1e-10)


def test_correspondence_analysis_is_pca_with_chi_square_metrics(votes):
    share = votes / votes.sum()
    rows, cols = share.sum(axis=1), share.sum(axis=0)
    found = model.coa(votes)
    k = len(found.eigenvalues)
    components, values, _ = model.pca_metric(share / rows[:, None] - cols, rows, 1 / cols)
    np.testing.assert_allclose(values[:k], found.eigenvalues, rtol=1e-9)
    np.testing.assert_allclose(aligned(found.rows, components[:, :k]), found.rows, atol=1e-9)
    # ... and the weighted PCA of the departures from independence.
    weighted = model.pca(share / np.outer(rows, cols), row_weights=rows, column_weights=cols)
    np.testing.assert_allclose(weighted.eigenvalues, found.eigenvalues, rtol=1e-9)
    np.testing.assert_allclose(aligned(found.rows, weighted.rows), found.rows, atol=1e-9)


def test_transition_formulas(votes):
    found = model.coa(votes)
    share = votes / votes.sum()
    roots = np.sqrt(found.eigenvalues)
    np.testing.assert_allclose(share / share.sum(1)[:, None] @ found.columns / roots, found.rows, atol=1e-10)
    np.testing.assert_allclose(
        share.T / share.sum(0)[:, None] @ found.rows / roots, found.columns, atol=1e-10
    )


def test_rows_with_equal_profiles_may_be_merged(votes):
    split = np.vstack([votes[:1] * 0.3, votes[:1] * 0.7, votes[1:]])
    np.testing.assert_allclose(model.coa(split).eigenvalues, model.coa(votes).eigenvalues, rtol=1e-9)


def test_independent_margins_have_nothing_to_show():
    with pytest.raises(ValueError, match="no inertia"):
        model.coa(np.outer([1.0, 2, 3], [4.0, 5, 6]))


@pytest.mark.parametrize(
    ("table", "words"), [([[1, -1], [2, 3]], "negative"), ([[0, 0], [2, 3]], "at least one")]
)
def test_impossible_counts_are_refused(table, words):
    with pytest.raises(ValueError, match=words):
        model.coa(np.array(table, dtype=float))


def test_multiple_correspondence_is_correspondence_of_the_indicators():
    codes = np.random.default_rng(0).integers(0, 4, (80, 3))
    found, burt = model.mca(codes), model.indicators(codes)
    assert (burt.sum(axis=1) == 3).all()
    assert found.inertia == pytest.approx(12 / 3 - 1, rel=1e-10)
    np.testing.assert_allclose(found.eigenvalues, model.coa(burt).eigenvalues, rtol=1e-12)
    # The Burt table has the squares of the indicators' eigenvalues.
    np.testing.assert_allclose(model.coa(burt.T @ burt).eigenvalues, found.eigenvalues**2, rtol=1e-8)


def test_two_questions_adjusted_are_their_contingency_table():
    codes = np.random.default_rng(0).integers(0, 3, (90, 2))
    found = model.mca(codes)
    crossed = model.coa(pd.crosstab(codes[:, 0], codes[:, 1]).to_numpy(float))
    above, base = model.adjusted(found.eigenvalues, 2, 6)
    np.testing.assert_allclose(above[: len(crossed.eigenvalues)], crossed.eigenvalues, rtol=1e-8)
    assert base == pytest.approx(crossed.inertia, rel=1e-8)


# --- Two tables ---------------------------------------------------------------------------------------


def test_instrumental_class_indicators_give_the_between_class_inertia():
    frame = pd.read_csv(EXAMPLES / "penguins.csv")
    table, classes = frame.iloc[:, 3:].to_numpy(float), pd.factorize(frame["species"])[0]
    found = model.pca_iv(table, np.eye(3)[classes])
    means = np.stack([table[classes == c].mean(axis=0) for c in range(3)])[classes]
    between = np.square(means - table.mean(axis=0)).sum() / len(table)
    assert found.analysis.inertia == pytest.approx(between, rel=1e-10)
    assert found.share == pytest.approx(between / table.var(axis=0).sum(), rel=1e-10)
    assert len(found.analysis.eigenvalues) == 2
    same = model.pca(means)
    np.testing.assert_allclose(aligned(found.analysis.rows, same.rows), found.analysis.rows, atol=1e-8)


def test_a_table_explains_all_of_itself(wine):
    found = model.pca_iv(wine, wine @ np.random.default_rng(0).standard_normal((13, 13)), scaling="standard")
    assert found.share == pytest.approx(1, abs=1e-9)
    whole = model.pca(wine, scaling="standard")
    np.testing.assert_allclose(found.analysis.eigenvalues, whole.eigenvalues, rtol=1e-6)


def test_canonical_correlations_survive_invertible_maps(diet):
    first, second = diet
    rng = np.random.default_rng(0)
    found = model.cca(first, second)
    mapped = model.cca(first @ rng.standard_normal((4, 4)) + 7, second @ rng.standard_normal((2, 2)) - 3)
    np.testing.assert_allclose(mapped.correlations, found.correlations, atol=1e-9)
    np.testing.assert_allclose(aligned(found.first, mapped.first), found.first, atol=1e-7)


def test_canonical_variates_are_what_they_are_called(diet):
    found = model.cca(*diet)
    n = len(found.first)
    np.testing.assert_allclose(found.first.T @ found.first / n, np.eye(2), atol=1e-10)
    np.testing.assert_allclose(found.second.T @ found.second / n, np.eye(2), atol=1e-10)
    np.testing.assert_allclose(found.first.T @ found.second / n, np.diag(found.correlations), atol=1e-10)
    # The classical definition: eigenvalues of S11^-1 S12 S22^-1 S21.
    covariance = np.cov(np.hstack(diet).T)
    a, b, c = covariance[:4, :4], covariance[:4, 4:], covariance[4:, 4:]
    squares = np.linalg.eigvals(np.linalg.solve(a, b) @ np.linalg.solve(c, b.T))
    np.testing.assert_allclose(np.sort(squares.real)[::-1][:2], found.correlations**2, atol=1e-9)


def test_dependent_columns_do_no_harm(diet):
    first, second = diet
    doubled = np.hstack([first, first[:, :2] * 1e6, np.ones((len(first), 1))])
    np.testing.assert_allclose(
        model.cca(doubled, second).correlations, model.cca(first, second).correlations, atol=1e-9
    )


# --- Distances ----------------------------------------------------------------------------------------


def test_scaling_of_pca_distances_is_pca(wine):
    found, points = model.pca(wine), model.mds(squareform(pdist(wine)))
    np.testing.assert_allclose(points.eigenvalues[:13] / len(wine), found.eigenvalues, rtol=1e-6)
    np.testing.assert_allclose(
        aligned(found.rows, points.points[:, :13])[:, :6], found.rows[:, :6], atol=1e-6
    )
    np.testing.assert_allclose(squareform(pdist(points.points)), squareform(pdist(wine)), atol=1e-6)


def test_chi_square_distances_map_to_correspondence_analysis():
    # With equal row margins every row weighs the same, as in classical scaling.
    counts = np.random.default_rng(0).multinomial(300, [0.1, 0.2, 0.3, 0.4], size=12).astype(float)
    found = model.coa(counts)
    profiles = counts / counts.sum(1)[:, None] / np.sqrt(counts.sum(0) / counts.sum())
    points = model.mds(squareform(pdist(profiles)))
    np.testing.assert_allclose(aligned(found.rows, points.points[:, :3]), found.rows, atol=1e-9)


def test_distances_of_no_euclidean_space_keep_their_negative_eigenvalues():
    roads = columns("european_roads.csv", 1)
    found = model.mds(roads)
    assert found.spectrum[-1] < 0 < found.eigenvalues[-1]
    assert found.spectrum.sum() == pytest.approx(np.trace(model.gram_from_distances(roads)), rel=1e-10)


# --- Published numbers and other libraries ------------------------------------------------------------


def diodon_data(name: str) -> Path:
    path = Path(sys.prefix) / "share/pydiodon" / name
    if not path.exists():
        pytest.skip("pydiodon's data sets are not installed")
    return path


def test_eigenvalues_of_the_notes():
    lines = [line.split() for line in diodon_data("CoA_LMF82.txt").read_text().splitlines()[1:]]
    counts = np.array([line[-8:] for line in lines], dtype=float)
    found = model.coa(counts)
    assert counts.sum() == 31059
    expected = [0.044258, 0.020181, 0.008802, 0.005486, 0.002389, 0.002172, 0.000239]
    np.testing.assert_allclose(found.eigenvalues, expected, atol=5e-7)
    assert found.inertia == pytest.approx(0.083526, abs=5e-7)

    environment = np.loadtxt(diodon_data("ade4_doubs_env.txt"), skiprows=1, usecols=range(1, 12))
    expected = [
        6.32162,
        2.23160,
        1.00420,
        0.50068,
        0.37518,
        0.24797,
        0.16647,
        0.10716,
        0.02354,
        0.01726,
        0.00431,
    ]
    np.testing.assert_allclose(model.pca(environment, scaling="standard").eigenvalues, expected, atol=6e-6)

    lines = [line.split() for line in diodon_data("laurales.sw.dis").read_text().splitlines()]
    distances = np.array([line[-110:] for line in lines[1:]], dtype=float)
    found = model.mds(distances)
    expected = [81372.88, 18208.82, 13011.26, 3336.70, 2307.31]
    np.testing.assert_allclose(found.eigenvalues[:5], expected, atol=6e-3)
    assert len(found.eigenvalues) == 43
    assert found.spectrum[-1] == pytest.approx(-26955.88, abs=6e-3)


def test_every_analysis_agrees_with_other_libraries():
    for library in ("prince", "pydiodon"):
        pytest.importorskip(library)
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from peers_linear_mda import agreements
    finally:
        sys.path.pop(0)
    found = list(agreements())
    assert {library for _, _, library, _ in found} == {"prince", "scikit-learn", "pydiodon"}
    assert len({analysis for analysis, *_ in found}) == 8
    assert max(found, key=lambda one: one[-1])[-1] < 1e-8
