"""FINOLA's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.blocks.figures import COLOURS, NEUTRAL, axis, chart, dots, line
from zoo.types import Figure


def quality(lengths: Sequence[int], ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """PSNR against code length, beside principal components."""
    return chart(
        [
            line(lengths, ours, "FINOLA", marks=7),
            line(lengths, theirs, "principal components", NEUTRAL, marks=7),
        ],
        axis("numbers a tile", log=True, tickvals=list(lengths)),
        "PSNR (dB)",
    )


def spectrum(eigenvalues: Mapping[str, np.ndarray]) -> Figure:
    """Eigenvalues of each matrix, with the circle on which a step keeps the size of a pattern."""
    angle = np.linspace(0, 2 * np.pi, 200)
    circle = line(np.cos(angle) - 1, np.sin(angle), "|1 + λ| = 1", NEUTRAL, dash="dot")
    points = [
        dots(values.real, values.imag, name, colour, size=4, opacity=0.7)
        for (name, values), colour in zip(eigenvalues.items(), COLOURS, strict=False)
    ]
    return chart(
        [circle, *points],
        "real part",
        "imaginary part",
        equal=True,
    )


def speeds(eigenvalues: np.ndarray) -> Figure:
    """Eigenvalues of A B⁻¹; the few far out are left to zooming."""
    reach = float(np.quantile(np.abs(eigenvalues), 0.9)) * 1.1
    return chart(
        [dots(eigenvalues.real, eigenvalues.imag, "λ", size=5, opacity=0.7)],
        axis("real part", span=(-reach, reach)),
        axis("imaginary part", span=(-reach, reach)),
        equal=True,
    )


def growth(lengths: np.ndarray, most: np.ndarray) -> Figure:
    """|z| along the centre row, under the bound that normalising guarantees."""
    place = np.arange(len(lengths)) - len(lengths) // 2
    return chart(
        [line(place, lengths, "|z|", marks=6), line(place, most, "|q| + n |A| √C", NEUTRAL, dash="dot")],
        "cells from the centre",
        "length of z",
    )
