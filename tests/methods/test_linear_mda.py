"""linear-mda: the identities of the notes, published eigenvalues, and independent libraries."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import chi2_contingency

from plugins.reduction.linear_mda import LinearMda, claims, figures, model
from zoo.blocks.figures import MOST_POINTS
from zoo.evidence.judge import judge
from zoo.method import InputError, Progress
from zoo.types import Table

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
    from benchmarks.peers_linear_mda import agreements

    found = list(agreements())
    assert {library for _, _, library, _ in found} == {"prince", "scikit-learn", "pydiodon"}
    assert len({analysis for analysis, *_ in found}) == 8
    assert max(found, key=lambda one: one[-1])[-1] < 1e-8


# --- What a visitor gets ------------------------------------------------------------------------------

METHOD = LinearMda()


def example(name: str) -> pd.DataFrame:
    return pd.read_csv(EXAMPLES / name)


def downloaded(file: object) -> pd.DataFrame:
    """The CSV file of a result, read back."""
    return pd.read_csv(io.BytesIO(file.data))


def sent(frame: pd.DataFrame, folder: Path, form: str) -> Path:
    """A table as programs of this world write it."""
    path = folder / f"messung {form}.{'xlsx' if form == 'excel' else 'csv'}"
    if form == "excel":
        frame.to_excel(path, index=False)
    elif form == "semicolon":
        frame.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-8-sig")
    elif form == "tab":
        frame.to_csv(path, index=False, sep="\t", encoding="utf-16")
    elif form == "quoted comma":
        frame.astype(str).map(lambda cell: cell.replace(".", ",")).to_csv(path, index=False)
    elif form == "row numbers":
        frame.to_csv(path)
    return path


@pytest.mark.parametrize("form", ["excel", "semicolon", "tab", "quoted comma", "row numbers"])
def test_the_same_table_in_any_dress_gives_the_same_map(form, tmp_path):
    frame = example("penguins.csv")
    expected = downloaded(METHOD.components(table=frame).coordinates)
    found = downloaded(METHOD.components(table=str(sent(frame, tmp_path, form))).coordinates)
    columns = [name for name in expected if name not in ("kind", "name")]
    np.testing.assert_allclose(found[columns], expected[columns], atol=1e-9)


def test_downloaded_coordinates_are_those_of_the_mathematics(wine):
    frame = downloaded(METHOD.components(table=str(EXAMPLES / "wine.csv")).coordinates)
    found = model.pca(wine, scaling="standard")
    items = frame[frame["kind"] == "item"]
    np.testing.assert_allclose(items[[f"axis_{k + 1}" for k in range(13)]], found.rows, atol=1e-12)
    np.testing.assert_allclose(items[[f"cos2_{k + 1}" for k in range(13)]], found.row_cos2, atol=1e-12)
    variables = frame[frame["kind"] == "variable"]
    np.testing.assert_allclose(variables[[f"axis_{k + 1}" for k in range(13)]], found.columns, atol=1e-12)


def test_words_name_and_colour_and_are_not_analysed():
    result = METHOD.components(table=example("penguins.csv"))
    traces = [trace.name for trace in result.biplot.plot.data]
    assert {"Adelie", "Chinstrap", "Gentoo"} <= set(traces)
    frame = example("states_2009.csv")
    result = METHOD.components(table=frame, colour="urban")
    assert "urban" not in result.variables.frame["variable"].tolist()
    assert result.biplot.plot.data[0].marker.colorscale is not None
    assert set(frame["state"].str.strip()) >= set(result.items.frame["item"])


def test_a_column_may_weigh_the_rows(wine):
    frame = example("wine.csv")
    frame["mass"] = np.random.default_rng(0).uniform(1, 9, len(frame))
    result = METHOD.components(table=frame, row_weights="mass", column_weights="alcohol = 4; hue=0.5")
    assert "mass" not in result.variables.frame["variable"].tolist()
    weights = np.where(
        frame.columns[1:-1] == "alcohol", 4.0, np.where(frame.columns[1:-1] == "hue", 0.5, 1.0)
    )
    found = model.pca(wine, scaling="standard", row_weights=frame["mass"].to_numpy(), column_weights=weights)
    assert dict(row[:2] for row in result.metrics.rows)["inertia"] == pytest.approx(found.inertia)


def test_solvers_draw_the_same_map():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        rng.standard_normal((400, 3)) @ rng.standard_normal((3, 60)) * 5 + rng.random((400, 60))
    )
    exact, random = (
        downloaded(METHOD.components(table=frame, solver=one).coordinates) for one in ("exact", "randomised")
    )
    np.testing.assert_allclose(random[["axis_1", "axis_2"]], exact[["axis_1", "axis_2"]], atol=1e-8)


def test_missing_cells_are_refused_dropped_or_filled():
    frame = example("wine.csv")
    frame.loc[3, "hue"] = np.nan
    with pytest.raises(InputError, match="row 4 of “hue”"):
        METHOD.components(table=frame, missing="refuse")
    dropped = METHOD.components(table=frame, missing="drop the row")
    assert dropped.metrics.rows[0][1] == 177
    assert "1 row with empty cells left out" in dropped.reading
    filled = METHOD.components(table=frame)
    assert filled.metrics.rows[0][1] == 178
    assert "1 empty cell filled with the mean of the column" in filled.reading


def test_a_constant_column_is_left_out_and_said_so():
    frame = example("wine.csv").assign(batch=7)
    assert (
        "“batch” has the same value in every row and was left out" in METHOD.components(table=frame).reading
    )


def test_map_of_one_dimension_has_an_empty_second_axis():
    line = np.arange(9.0)
    result = METHOD.components(table=pd.DataFrame({"a": line, "b": 2 * line}))
    assert "There is no axis 2" in result.reading
    assert result.biplot.plot.layout.yaxis.title.text == "Axis 2 (empty)"


def test_layouts_of_correspondence_are_averages(votes):
    frame = example("bundestag_2005.csv")
    result = METHOD.correspondence(table=frame, layout="rows among columns").map.plot
    rows, columns = (
        {name: (x, y) for name, x, y in zip(t.customdata, t.x, t.y, strict=True)} for t in result.data
    )
    share = votes[0] / votes[0].sum()
    expected = share @ np.array([columns[name] for name in frame.columns[1:]])
    np.testing.assert_allclose(rows["Schleswig-Holstein"], expected, atol=1e-10)


def test_chi_square_is_scipys(votes):
    numbers = dict(row[:2] for row in METHOD.correspondence(table=example("bundestag_2005.csv")).metrics.rows)
    assert numbers["chi-square"] == pytest.approx(
        chi2_contingency(votes, correction=False).statistic, rel=1e-9
    )


def test_numbers_become_quarters_and_gaps_an_answer():
    frame = example("penguins.csv")
    frame.loc[5:9, "sex"] = None
    result = METHOD.multiple_correspondence(table=frame, columns="sex, body_mass_g, island")
    answers = result.answers.frame["answer"].tolist()
    assert "sex: (empty)" in answers
    assert sum(answer.startswith("body_mass_g: ") for answer in answers) == 4


def test_explained_share_of_a_question_is_its_correlation_ratio():
    frame = example("zoo_animals.csv").iloc[:, 2:].astype(str)
    codes = np.column_stack([pd.factorize(frame[name], sort=True)[0] for name in frame])
    found = model.mca(codes)
    ratios = model.correlation_ratios(found, (codes.max(axis=0) + 1).tolist())
    milk = codes[:, frame.columns.get_loc("milk")]
    first = found.rows[:, 0]
    between = sum((milk == k).mean() * first[milk == k].mean() ** 2 for k in (0, 1))
    assert ratios[frame.columns.get_loc("milk"), 0] == pytest.approx(between / (first**2).mean(), rel=1e-9)


def test_second_table_may_come_as_a_file_of_its_own():
    frame = example("penguin_diet.csv")
    together = METHOD.paired_tables(table=frame, second="delta_15_n, delta_13_c")
    apart = METHOD.paired_tables(table=frame.iloc[:, :5], other=frame.iloc[:, 5:])
    assert together.metrics.rows == apart.metrics.rows


def test_words_explain_as_classes():
    result = METHOD.paired_tables(
        table=example("penguins.csv"), second="species", analysis="instrumental variables"
    )
    table, classes = columns("penguins.csv", 3), example("penguins.csv")["species"]
    standard = pd.DataFrame((table - table.mean(axis=0)) / table.std(axis=0))
    between = standard.groupby(classes).transform("mean").pow(2).to_numpy().mean()
    assert dict(row[:2] for row in result.metrics.rows)["explained inertia"] == pytest.approx(
        100 * between, rel=1e-9
    )


def test_one_triangle_of_distances_is_enough_and_flips_mirror():
    frame = example("european_roads.csv")
    whole = METHOD.map_distances(table=frame)
    lower = frame.iloc[:, 1:].astype(float).where(np.tri(21, k=-1) > 0)
    lower.insert(0, "city", frame["city"])
    assert whole.map.fingerprint() == METHOD.map_distances(table=lower).map.fingerprint()
    flipped = METHOD.map_distances(table=frame, flip_vertical=True).map.plot.data[0]
    np.testing.assert_allclose(np.array(flipped.y), -np.array(whole.map.plot.data[0].y))
    np.testing.assert_allclose(np.array(flipped.x), np.array(whole.map.plot.data[0].x))


def test_a_map_of_a_map_is_exact():
    points = np.random.default_rng(0).standard_normal((12, 2))
    result = METHOD.map_distances(table=squareform(pdist(points)))
    assert dict(row[:2] for row in result.metrics.rows)["stress"] < 1e-6
    assert "would be exact" in result.reading


WORDS = pd.DataFrame({"a": ["x", "y", "z"], "b": ["u", "v", "u"]})
NUMBERS = pd.DataFrame(np.random.default_rng(0).random((6, 4)), columns=list("abcd"))


@pytest.mark.parametrize(
    ("action", "frame", "inputs", "says"),
    [
        ("components", WORDS, {}, "no columns of numbers"),
        ("components", NUMBERS[["a"]], {}, "1 column of numbers"),
        ("components", NUMBERS.head(0), {}, "no rows"),
        ("components", NUMBERS.head(2), {}, "2 usable rows"),
        ("components", NUMBERS, {"columns": "a, nothing"}, "no column “nothing”"),
        ("components", NUMBERS.assign(e="word"), {"columns": "a, e"}, "holds words"),
        (
            "components",
            NUMBERS.assign(e=["1", "2", "12 kg", "4", "5", "6"]),
            {},
            "mixes numbers with text such as “12 kg”",
        ),
        ("components", NUMBERS.assign(e=np.inf), {}, "infinite"),
        ("components", NUMBERS.assign(e=[1e300, 1, 2, 3, 4, 5]), {}, "1e120"),
        ("components", NUMBERS.assign(e=np.nan), {}, "is empty"),
        ("components", NUMBERS * 0, {}, "same value in every row"),
        ("components", NUMBERS - 0.5, {"row_weights": "a"}, "cannot weigh"),
        ("components", NUMBERS, {"column_weights": "a:2"}, "no column weight"),
        ("components", NUMBERS, {"column_weights": "a=-2"}, "no column weight"),
        ("components", NUMBERS, {"colour": "a, b"}, "no column “a, b”"),
        ("correspondence", NUMBERS - 0.5, {}, "negative"),
        ("correspondence", NUMBERS.assign(e=0), {}, "“e” has no counts"),
        ("correspondence", pd.DataFrame(np.outer([1, 2, 3], [1, 2])), {}, "nothing varies"),
        ("multiple_correspondence", WORDS.assign(b="u"), {}, "at least two columns"),
        (
            "multiple_correspondence",
            pd.DataFrame({"a": [f"w{i % 50}" for i in range(99)]}),
            {},
            "50 different answers",
        ),
        ("paired_tables", NUMBERS, {}, "which columns make the second table"),
        ("paired_tables", NUMBERS, {"other": NUMBERS.head(3)}, "same items"),
        ("paired_tables", NUMBERS.head(4), {"second": "a, b"}, "every correlation is 1"),
        ("paired_tables", NUMBERS.assign(e=1.0), {"second": "e"}, "same value in every row"),
        ("map_distances", NUMBERS, {}, "square table"),
        ("map_distances", NUMBERS.head(4), {}, "0 from an item to itself"),
        ("map_distances", pd.DataFrame(1 - np.eye(4) + np.eye(4, k=1)), {}, "both ways"),
        ("map_distances", pd.DataFrame(np.zeros((4, 4))), {}, "all distances are zero"),
        ("map_distances", pd.DataFrame(np.zeros((2001, 2001), "i1")), {}, "between 3 and 2,000"),
    ],
)
def test_what_cannot_be_analysed_gets_its_sentence(action, frame, inputs, says):
    with pytest.raises(InputError, match=says) as caught:
        METHOD.run(action, table=frame, **inputs)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert str(ROOT) not in text


def test_repeated_rows_and_items_at_one_place_do_no_harm():
    tables = NUMBERS, pd.concat([NUMBERS, NUMBERS], ignore_index=True)
    once, twice = (METHOD.components(table=table).metrics.rows for table in tables)
    assert once[2] == ("inertia", pytest.approx(twice[2][1]), "")
    together = METHOD.map_distances(table=pd.DataFrame([[0, 0, 3], [0, 0, 3], [3, 3, 0]]))
    assert next(row for row in together.metrics.rows if row[0] == "stress")[1] == pytest.approx(0, abs=1e-6)


def test_names_are_never_markup():
    frame = NUMBERS.assign(name=[f"<b onmouseover=x>{k}&" for k in range(6)]).rename(columns={"a": "<i>a"})
    result = METHOD.components(table=frame)
    written = json.loads(result.biplot.encode())
    texts = [
        text for trace in written["data"] for key in ("text", "customdata") for text in trace.get(key) or []
    ]
    assert any("&lt;" in text for text in texts)
    assert all("<" not in text.replace("<b>", "").replace("</b>", "") for text in texts)


@pytest.mark.parametrize(
    ("action", "place"),
    [(name, k) for name, spec in LinearMda.actions().items() for k in range(len(spec.examples))],
)
def test_figures_leave_colours_of_ground_and_text_to_the_page(action, place):
    spec = LinearMda.actions()[action]
    result = METHOD.run(action, **LinearMda.example(spec, place))
    for field in spec.results:
        if field.kind != "figure":
            continue
        layout = getattr(result, field.name).plot.layout
        assert layout.paper_bgcolor is layout.plot_bgcolor is layout.font.color is None
        if field.name in ("map", "biplot", "circle"):
            assert layout.yaxis.scaleanchor == "x"
            labels = [
                text for trace in getattr(result, field.name).plot.data for text in trace.text or () if text
            ]
            assert 0 < len(labels) <= figures.MOST_LABELS or action in ("components", "paired_tables")


def test_labels_never_overlap_on_a_phone():
    rng = np.random.default_rng(0)
    points, names = rng.standard_normal((300, 2)), [f"item number {k}" for k in range(300)]
    shown = figures.limits(points)
    written = figures.labels(points, names, np.square(points).sum(axis=1), shown)
    scale = (figures.PLOT / (shown[1] - shown[0])).min()
    boxes = []
    for point, text, side in zip(points, written.texts, written.sides, strict=True):
        if text:
            right, up = figures.PLACES[side]
            half = figures.LETTER * len(text) / 2
            x = (point - shown[0])[0] * scale + right * (half + 7)
            y = (point - shown[0])[1] * scale + up * (figures.LINE if right == 0 else 7)
            boxes.append((x - half, y - figures.LINE / 2, x + half, y + figures.LINE / 2))
    assert 5 < len(boxes) <= figures.MOST_LABELS
    for one, a in enumerate(boxes):
        assert a[0] >= 0
        for b in boxes[:one]:
            assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def test_a_large_table_is_drawn_in_part_and_downloaded_whole():
    table = np.random.default_rng(0).standard_normal((12_000, 5)).round(3)
    result = METHOD.components(table=table)
    assert len(result.biplot.plot.data[0].x) == MOST_POINTS
    assert len(downloaded(result.coordinates)) == 12_005
    assert len(result.items.frame) == 200


@pytest.mark.parametrize("name", ["agreement", "near_optimal"])
def test_quick_claims_hold(name):
    assert judge(getattr(claims, name)(True, Progress()))[0] == "holds"


def test_tables_of_the_contract_are_accepted():
    assert METHOD.components(table=Table.of(NUMBERS)).metrics.rows[0][1] == 6


def test_a_column_that_numbers_the_rows_is_not_analysed_unless_it_is_named():
    frame = NUMBERS.assign(id=[17, 4, 99, 3, 8, 50], count=range(1, 7))
    result = METHOD.components(table=frame)
    assert set(result.variables.frame["variable"]) == set("abcd")
    assert "“id”, “count” number the rows and are left out" in result.reading
    named = METHOD.components(table=frame, columns=["a", "b", "id"])
    assert set(named.variables.frame["variable"]) == {"a", "b", "id"}
    years = METHOD.components(table=NUMBERS.assign(year=range(2001, 2007)))
    assert "year" in years.variables.frame["variable"].tolist()


def test_gaps_are_filled_and_said_in_every_analysis_of_numbers():
    frame = NUMBERS.copy()
    frame.loc[2, "b"] = np.nan
    longer = pd.concat([frame, NUMBERS * 0.9 + 0.1 * NUMBERS**2], ignore_index=True)
    paired = METHOD.paired_tables(table=longer, second=["c", "d"])
    assert "1 empty cell filled with the mean of the column." in paired.reading
    counted = METHOD.correspondence(table=frame)
    assert "1 empty cell is read as 0." in counted.reading


def test_names_in_one_text_are_the_same_as_in_a_list():
    frame = example("penguin_diet.csv")
    written, listed = (
        METHOD.paired_tables(table=frame, second=names)
        for names in ("delta_15_n, delta_13_c", ["delta_15_n", "delta_13_c"])
    )
    assert written.metrics.rows == listed.metrics.rows
