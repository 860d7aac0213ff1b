"""What a visitor gets: a table read, analysed and drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial.distance import pdist

from zoo.blocks.svd import Array, Solver
from zoo.blocks.tables import (
    Missing,
    Numbers,
    aligned,
    colour_column,
    colouring,
    is_text,
    numbers,
    quoted,
    several,
)
from zoo.method import InputError, Progress
from zoo.types import Figure, File, Metrics, Table

from . import Categories, Components, Correspondence, Mapped, Paired, figures, model, tables
from .model import Analysis

# Axes that are computed, of which two are drawn.
AXES = 20
MOST_ROWS = 200
MOST_INDICATORS = 100_000_000
MOST_DISTANCES = 2000
# Numbers written to the file of coordinates.
MOST_WRITTEN = 1_000_000

ADVICE = "fill them, or choose to drop such rows or to fill them with the mean"

Plane = tuple[int, int]
Answer = TypeVar("Answer")


def computed(analyse: Callable[[], Answer]) -> Answer:
    """Run the mathematics; what it refuses becomes a sentence for the visitor.

    Raises:
        InputError: the analysis is not possible.
    """
    try:
        return analyse()
    except (ValueError, np.linalg.LinAlgError) as error:
        raise InputError(f"the table cannot be analysed: {error}.") from error


# ---------------------------------------------------------------------------------------------------------
# The five reports


def components(
    frame: pd.DataFrame,
    *,
    scaling: model.Scaling,
    columns: Sequence[str],
    colour: str,
    row_weights: str,
    column_weights: str,
    missing: Missing,
    axes: Plane,
    solver: Solver,
    seed: int,
    progress: Progress,
) -> Components:
    """See `LinearMda.components`."""
    progress(0.05, "reading the table")
    table, coloured_by = roles(frame, columns, colour, row_weights, missing)
    if scaling != "none":
        table = tables.varying(table)
    weights = tables.row_weights(frame, row_weights, table.kept) if row_weights else None
    metric = tables.column_weights(table, column_weights)

    progress(0.2, "decomposing")
    analysis = computed(
        lambda: model.pca(
            table.values,
            AXES,
            scaling=scaling,
            row_weights=weights,
            column_weights=metric,
            solver=solver,
            seed=seed,
        )
    )

    progress(0.6, "drawing")
    titles = axis_titles(axes, analysis.shares)
    points, tips = figures.plane(analysis.rows, axes), figures.plane(analysis.columns, axes)
    circle = figures.plane(model.correlations(table.values, analysis.rows, weights), axes)
    return Components(
        biplot=figures.item_map(
            points,
            table.rows,
            titles,
            named=table.named,
            colouring=colouring(frame, coloured_by, table.kept),
            tips=tips,
            tip_names=table.columns,
        ),
        reading=reading(analysis, axes, table.columns, table.notes),
        scree=figures.scree(analysis.shares),
        circle=figures.correlation_circle(circle, table.columns, *titles),
        metrics=Metrics([*sizes(table, "items", "variables"), *inertia(analysis, axes)]),
        variables=column_sheet(analysis, table.columns, "variable", axes),
        items=row_sheet(analysis, table.rows, "item", axes),
        coordinates=download("components.csv", analysis, table.rows, table.columns, "item", "variable"),
    )


def roles(
    frame: pd.DataFrame, columns: Sequence[str], colour: str, row_weights: str, missing: Missing
) -> tuple[Numbers, str | None]:
    """The columns to analyse, and that to colour items by; that of the row weights is neither."""
    coloured_by = colour_column(frame, colour, {*columns, row_weights})
    aside = {row_weights, coloured_by or ""}
    return numbers(frame, columns, aside=aside, missing=missing, advice=ADVICE), coloured_by


def correspondence(frame: pd.DataFrame, layout: str, axes: Plane, progress: Progress) -> Correspondence:
    """See `LinearMda.correspondence`."""
    progress(0.05, "reading the table")
    table = tables.counts(frame)
    progress(0.2, "decomposing")
    analysis = computed(lambda: model.coa(table.values, AXES))
    progress(0.6, "drawing")
    titles = axis_titles(axes, analysis.shares)
    rows, columns = analysis.rows, analysis.columns
    # In standard coordinates one cloud is stretched until the other is its average.
    if layout == "rows among columns":
        columns = columns / np.sqrt(analysis.eigenvalues)
    elif layout == "columns among rows":
        rows = rows / np.sqrt(analysis.eigenvalues)
    total = float(table.values.sum())
    freedom = (len(table.rows) - 1) * (len(table.columns) - 1)
    return Correspondence(
        map=figures.two_clouds(
            figures.plane(rows, axes),
            figures.plane(columns, axes),
            table.rows,
            table.columns,
            titles,
            ("rows", "columns"),
        ),
        reading=reading(analysis, axes, table.columns, table.notes),
        scree=figures.scree(analysis.shares),
        metrics=Metrics(
            [
                *sizes(table, "rows", "columns"),
                ("counts", total, ""),
                ("chi-square", analysis.inertia * total, f"{freedom} degrees of freedom"),
                ("p-value of independence", float(stats.chi2.sf(analysis.inertia * total, freedom)), ""),
                *inertia(analysis, axes),
            ]
        ),
        columns=column_sheet(analysis, table.columns, "column", axes),
        rows=row_sheet(analysis, table.rows, "row", axes),
        coordinates=download("correspondence.csv", analysis, table.rows, table.columns, "row", "column"),
    )


def multiple_correspondence(
    frame: pd.DataFrame, columns: Sequence[str], colour: str, axes: Plane, progress: Progress
) -> Categories:
    """See `LinearMda.multiple_correspondence`."""
    progress(0.05, "reading the table")
    coloured_by = colour or None
    given = tables.answers(frame, columns, {colour})
    levels = [len(kinds) for kinds in given.categories]
    names = [
        f"{question}: {kind}"
        for question, kinds in zip(given.questions, given.categories, strict=True)
        for kind in kinds
    ]
    if len(given.rows) * len(names) > MOST_INDICATORS:
        raise InputError(
            f"{len(given.rows):,} rows with {len(names):,} different answers are too many; rows times answers"
            f" may be at most {MOST_INDICATORS:,}."
        )
    progress(0.3, "decomposing")
    # An indicator table has as many axes as categories beyond the first of each question.
    analysis = computed(lambda: model.mca(given.codes, len(names) - len(levels)))
    progress(0.6, "drawing")
    eigenvalues, base = model.adjusted(analysis.eigenvalues, len(levels), len(names))
    shares = eigenvalues / base
    ratios = model.correlation_ratios(analysis, levels)
    titles = axis_titles(axes, shares)
    kept = np.arange(len(frame))
    return Categories(
        map=figures.two_clouds(
            figures.plane(analysis.rows, axes),
            figures.plane(analysis.columns, axes),
            given.rows,
            names,
            titles,
            ("items", "answers"),
            first_named=False,
            colouring=colouring(frame, coloured_by, kept),
        ),
        reading=reading(analysis, axes, names, given.notes, shares),
        questions=figures.explained(
            given.questions,
            {f"axis {axis}": figures.plane(ratios, (axis, axis))[:, 0] for axis in dict.fromkeys(axes)},
            "Explained share of the axis",
        ),
        scree=figures.scree(shares[shares > 0], title="Share of the adjusted inertia (%)"),
        metrics=Metrics(
            [
                ("items", len(given.rows), ""),
                ("questions", len(levels), ""),
                ("answers", len(names), ""),
                ("inertia", analysis.inertia, ""),
                ("adjusted inertia", base, ""),
                *adjusted_inertia(shares, axes),
            ]
        ),
        answers=column_sheet(analysis, names, "answer", axes),
        items=row_sheet(analysis, given.rows, "item", axes),
        coordinates=download("answers.csv", analysis, given.rows, names, "item", "answer"),
    )


def paired_tables(
    frame: pd.DataFrame,
    second: Sequence[str],
    other: pd.DataFrame | None,
    of_other: Sequence[str],
    analysis: str,
    colour: str,
    axes: Plane,
    progress: Progress,
) -> Paired:
    """See `LinearMda.paired_tables`."""
    progress(0.05, "reading the tables")
    if other is not None and len(other) != len(frame):
        raise InputError(
            f"the tables have {len(frame):,} and {len(other):,} rows; both need the same items in the same order."
        )
    source, keys, note = (frame, [], "") if other is None else aligned(frame, other)
    names = list(second if other is None else of_other)
    if other is None and not names:
        raise InputError(
            "say which columns make the second table, or send it as a file of its own; the columns are"
            f" {several(list(frame.columns))}."
        )
    if not names:
        names = [str(name) for name in source.columns if name not in keys and not is_text(source[name])]
    taken = set(names if other is None else keys)
    coloured_by = colour_column(frame, colour, taken)
    filling: Missing = "fill with the mean"
    aside = taken | {coloured_by or ""}
    first = tables.varying(numbers(frame, [], aside=aside, missing=filling, fewest=1), fewest=1)
    first = replace(first, notes=(note, *first.notes) if note else first.notes)
    progress(0.3, "decomposing")
    if analysis == "canonical correlation":
        return canonical(
            frame,
            first,
            tables.varying(numbers(source, names, missing=filling, fewest=1), fewest=1),
            coloured_by,
            axes,
        )
    return instrumental(frame, first, tables.explaining(source, names), coloured_by, axes)


def canonical(
    frame: pd.DataFrame, first: Numbers, second: Numbers, coloured_by: str | None, axes: Plane
) -> Paired:
    """Canonical correlation analysis of two tables of numbers."""
    n, p, q = len(first.values), len(first.columns), len(second.columns)
    if p + q >= n:
        raise InputError(
            f"the two tables have {p + q} columns for {n} rows; with so few rows every correlation is 1, so name"
            " fewer columns."
        )
    pairs = computed(lambda: model.cca(first.values, second.values))
    shared = (pairs.first + pairs.second) / np.sqrt(2 + 2 * pairs.correlations)
    titles = tuple(
        f"Pair {axis} (r = {pairs.correlations[axis - 1]:.2f})"
        if axis <= len(pairs.correlations)
        else f"Pair {axis} (empty)"
        for axis in axes
    )
    structure = np.vstack([model.correlations(table.values, shared) for table in (first, second)])
    text = best_pair(pairs, first.columns, second.columns)
    return Paired(
        map=figures.item_map(
            figures.plane(shared, axes),
            first.rows,
            titles,
            named=first.named,
            colouring=colouring(frame, coloured_by, first.kept),
        ),
        reading=" ".join([text, *first.notes, *second.notes]),
        scree=figures.scree(pairs.correlations, title="Canonical correlation (%)", cumulative=False),
        circle=two_sets(structure, first, second, axes, titles),
        metrics=Metrics(
            [
                ("items", n, ""),
                ("variables of the first table", p, ""),
                ("variables of the second table", q, ""),
                *(
                    (f"correlation of pair {k + 1}", float(r), "")
                    for k, r in enumerate(pairs.correlations[:5])
                ),
                ("p-value of no relation", no_relation(pairs.correlations, n, p, q), ""),
            ]
        ),
        variables=correlation_sheet(structure, first, second),
        coordinates=csv(
            "pairs.csv",
            {
                "item": first.rows,
                **{f"pair_{k + 1}_first": pairs.first[:, k] for k in range(len(pairs.correlations))},
                **{f"pair_{k + 1}_second": pairs.second[:, k] for k in range(len(pairs.correlations))},
            },
        ),
    )


def no_relation(correlations: Array, n: int, p: int, q: int) -> float:
    """The p-value of Bartlett's test that all canonical correlations of p and q columns of n rows are zero."""
    logs = np.log(np.maximum(1 - np.square(correlations), 1e-300)).sum()
    return float(stats.chi2.sf(-(n - 1 - (p + q + 1) / 2) * logs, p * q))


def best_pair(pairs: model.Canonical, first: list[str], second: list[str]) -> str:
    """What the first pair of directions says, given the names of both tables' columns."""
    best = [
        names[int(np.abs(structure[:, 0]).argmax())]
        for structure, names in ((pairs.first_structure, first), (pairs.second_structure, second))
    ]
    return (
        f"The best pair of directions correlates with r = {pairs.correlations[0]:.3f}: it goes mostly along"
        f" {quoted(best[0])} in the first table and {quoted(best[1])} in the second."
    )


def instrumental(
    frame: pd.DataFrame, first: Numbers, second: Numbers, coloured_by: str | None, axes: Plane
) -> Paired:
    """Principal components of what the second table explains of the first."""
    n = len(first.values)
    if len(second.columns) >= n - 1:
        raise InputError(
            f"{len(second.columns)} explaining columns for {n} rows explain everything; name fewer columns."
        )
    explained = computed(lambda: model.pca_iv(first.values, second.values, AXES, scaling="standard"))
    shown = explained.analysis
    titles = axis_titles(axes, shown.shares)
    structure = np.vstack([model.correlations(table.values, shown.rows) for table in (first, second)])
    text = f"The second table explains {100 * explained.share:.1f} % of the inertia of the first. "
    return Paired(
        map=figures.item_map(
            figures.plane(shown.rows, axes),
            first.rows,
            titles,
            named=first.named,
            colouring=colouring(frame, coloured_by, first.kept),
        ),
        reading=text
        + reading(shown, axes, first.columns, (*first.notes, *second.notes), what="what is explained"),
        scree=figures.scree(shown.shares, title="Share of the explained inertia (%)"),
        circle=two_sets(structure, first, second, axes, titles),
        metrics=Metrics(
            [
                ("items", n, ""),
                ("variables of the first table", len(first.columns), ""),
                ("explaining variables", len(second.columns), ""),
                ("explained inertia", 100 * explained.share, "%"),
                *inertia(shown, axes),
            ]
        ),
        variables=correlation_sheet(structure, first, second),
        coordinates=download("explained.csv", shown, first.rows, first.columns, "item", "variable"),
    )


def map_distances(frame: pd.DataFrame, axes: Plane, flips: tuple[bool, bool], progress: Progress) -> Mapped:
    """See `LinearMda.map_distances`."""
    progress(0.05, "reading the table")
    table = tables.distances(frame, MOST_DISTANCES)
    progress(0.2, "decomposing")
    scaled = computed(lambda: model.mds(table.values, solver="exact"))
    turned = np.where(flips, -1.0, 1.0)
    points = figures.plane(scaled.points, axes) * turned
    given = table.values[np.triu_indices(len(points), 1)]
    drawn = pdist(points)
    positive = float(scaled.eigenvalues.sum())
    shares = scaled.eigenvalues / positive
    negative = float(-scaled.spectrum[scaled.spectrum < 0].sum())
    # Kruskal's stress-1, without a regression: the map is to have the distances themselves.
    stress = float(np.sqrt(np.square(given - drawn).sum() / np.square(given).sum()))
    euclidean = negative < 1e-9 * positive
    shown = 100 * float(shares[[axis - 1 for axis in set(axes) if axis <= len(shares)]].sum())
    text = (
        f"The two axes show {shown:.1f} % of the positive inertia, and distances on the map miss the given ones by"
        f" {100 * stress:.1f} % (stress). "
        + (
            "The distances are Euclidean: with enough axes the map would be exact."
            if euclidean
            else f"No flat map of any number of axes is exact: {100 * negative / (positive + negative):.1f} % of the"
            " inertia has negative eigenvalues."
        )
    )
    spectrum = scaled.spectrum / positive
    ends = np.concatenate([spectrum[:12], spectrum[12:][spectrum[12:] < -1e-9][-3:]])
    width = min(scaled.points.shape[1], AXES)
    return Mapped(
        map=figures.item_map(points, table.rows, axis_titles(axes, shares), named=True),
        reading=text,
        shepard=figures.shepard(given, drawn),
        scree=figures.scree(ends, title="Eigenvalue (% of the positive ones)", cumulative=False),
        metrics=Metrics(
            [
                ("items", len(points), ""),
                ("share of the two axes", shown, "%"),
                ("stress", 100 * stress, "%"),
                ("correlation of map and given distances", correlation(given, drawn), ""),
                ("positive eigenvalues", len(scaled.eigenvalues), ""),
                ("inertia of negative eigenvalues", 100 * negative / (positive + negative), "%"),
            ]
        ),
        coordinates=csv(
            "map.csv",
            {"item": table.rows, **{f"axis_{k + 1}": scaled.points[:, k] for k in range(width)}},
        ),
    )


# ---------------------------------------------------------------------------------------------------------
# Parts of a report


def axis_titles(axes: Plane, shares: Array) -> tuple[str, str]:
    """Titles of the two axes that are drawn."""
    return figures.axis_title(axes[0], shares), figures.axis_title(axes[1], shares)


def reading(
    analysis: Analysis,
    axes: Plane,
    columns: list[str],
    notes: tuple[str, ...] = (),
    shares: Array | None = None,
    what: str = "the inertia",
) -> str:
    """What the two axes say: their shares, and the variables at their two ends."""
    shares = analysis.shares if shares is None else shares
    sentences = []
    for axis in dict.fromkeys(axes):
        if axis > len(analysis.eigenvalues):
            sentences.append(f"There is no axis {axis}: the table has {len(analysis.eigenvalues)}.")
            continue
        weight, place = analysis.column_contributions[:, axis - 1], analysis.columns[:, axis - 1]
        strong = [
            variable
            for variable in np.argsort(-weight, kind="stable")[:6]
            if weight[variable] >= weight.mean()
        ]
        ends = [
            [columns[variable] for variable in strong if sign * place[variable] > 0][:3] for sign in (1, -1)
        ]
        sentence = f"Axis {axis} shows {100 * shares[axis - 1]:.1f} % of {what}"
        if ends[0] and ends[1]:
            sentence += f": {several(ends[0])} at one end, {several(ends[1])} at the other."
        else:
            sentence += f", made mostly by {several(ends[0] or ends[1])}."
        sentences.append(sentence)
    return " ".join([*sentences, *notes])


def sizes(table: Numbers, rows: str, columns: str) -> list[tuple[str, int, str]]:
    """Numbers of items and variables."""
    return [(rows, len(table.rows), ""), (columns, len(table.columns), "")]


def inertia(analysis: Analysis, axes: Plane) -> list[tuple[str, float, str]]:
    """Total inertia and the shares of the drawn axes."""
    drawn = [axis for axis in dict.fromkeys(axes) if axis <= len(analysis.shares)]
    each = [(f"axis {axis}", 100 * float(analysis.shares[axis - 1]), "%") for axis in drawn]
    together = 100 * float(sum(analysis.shares[axis - 1] for axis in drawn))
    return [("inertia", analysis.inertia, ""), *each, ("both axes", together, "%")]


def adjusted_inertia(shares: Array, axes: Plane) -> list[tuple[str, float, str]]:
    """The adjusted shares of the drawn axes."""
    drawn = [axis for axis in dict.fromkeys(axes) if axis <= len(shares)]
    return [(f"axis {axis}, adjusted", 100 * float(shares[axis - 1]), "%") for axis in drawn]


def two_sets(
    structure: Array, first: Numbers, second: Numbers, axes: Plane, titles: tuple[str, str]
) -> Figure:
    """Correlation circle of the variables of two tables."""
    tips = figures.plane(structure, axes)
    p = len(first.columns)
    return figures.correlation_circle(
        tips[:p], first.columns, *titles, (tips[p:], second.columns, "second table"), "first table"
    )


def correlation_sheet(structure: Array, first: Numbers, second: Numbers) -> Table:
    """Correlations of the variables of two tables with the axes."""
    columns = {"variable": first.columns + second.columns}
    columns["table"] = ["first"] * len(first.columns) + ["second"] * len(second.columns)
    for axis in range(min(structure.shape[1], 5)):
        columns[f"axis {axis + 1}"] = structure[:, axis].round(4)
    return Table(pd.DataFrame(columns))


def correlation(first: Array, second: Array) -> float:
    """Pearson's correlation; 0 where one does not vary."""
    return float(model.correlations(first[:, None], second[:, None])[0, 0])


def row_sheet(analysis: Analysis, names: list[str], title: str, axes: Plane) -> Table:
    """The items that the two axes show most."""
    return sheet(title, names, analysis.rows, analysis.row_contributions, analysis.row_cos2, axes)


def column_sheet(analysis: Analysis, names: list[str], title: str, axes: Plane) -> Table:
    """The variables, those that make the two axes first."""
    return sheet(title, names, analysis.columns, analysis.column_contributions, analysis.column_cos2, axes)


def sheet(
    title: str, names: list[str], coordinates: Array, contributions: Array, cos2: Array, axes: Plane
) -> Table:
    """Coordinates, contributions and squared cosines on the two axes, largest contributions first."""
    place, share, shown = (figures.plane(values, axes) for values in (coordinates, contributions, cos2))
    order = np.argsort(-share.max(axis=1), kind="stable")[:MOST_ROWS]
    result: dict[str, object] = {title: [names[entry] for entry in order]}
    for side, axis in enumerate(axes if axes[0] != axes[1] else axes[:1]):
        result[f"axis {axis}"] = place[order, side].round(4)
        result[f"contribution to {axis} (%)"] = (100 * share[order, side]).round(2)
        result[f"cos² with {axis}"] = shown[order, side].round(4)
    return Table(pd.DataFrame(result))


def download(
    name: str, analysis: Analysis, rows: list[str], columns: list[str], row_kind: str, column_kind: str
) -> File:
    """Where everything is on every axis, its contributions and squared cosines, as CSV.

    A table of very many items gets fewer axes, and coordinates only: writing them takes longer than finding
    them.
    """
    total = len(rows) + len(columns)
    width = min(len(analysis.eigenvalues), AXES, max(2, MOST_WRITTEN // total))
    shown = [("axis", analysis.rows, analysis.columns)]
    if 3 * width * total <= MOST_WRITTEN:
        shown.append(("contribution", analysis.row_contributions, analysis.column_contributions))
        shown.append(("cos2", analysis.row_cos2, analysis.column_cos2))
    parts: dict[str, object] = {
        "kind": [row_kind] * len(rows) + [column_kind] * len(columns),
        "name": [*rows, *columns],
    }
    for title, upper, lower in shown:
        both = np.vstack([upper[:, :width], lower[:, :width]])
        parts |= {f"{title}_{axis + 1}": both[:, axis] for axis in range(width)}
    return csv(name, parts)


def csv(name: str, columns: dict[str, object]) -> File:
    """A UTF-8 CSV file of named columns."""
    return File(name, pd.DataFrame(columns).to_csv(index=False).encode())
