"""What came out of a comparison, as one sentence that names both sides."""

from __future__ import annotations

from typing import Literal


def beside(
    ours: str,
    value: float,
    rival: str,
    other: float,
    unit: str,
    better: Literal["higher", "lower"] = "higher",
    what: str = "",
) -> str:
    """``Here FINOLA is 0.31 dB behind principal components: 26.9 dB against 27.21 dB.``

    Args:
        ours: who is judged, as a sentence begins with it after "Here".
        value: what it reaches.
        rival: the baseline.
        other: what that reaches on the same input, by the same measure.
        unit: of both; may be empty. Between percents lie points.
        better: which direction wins.
        what: the measure, where the unit does not say it.
    """
    measure, of = (f" {unit}" if unit else ""), f" in {what}" if what else ""
    if f"{value:.4g}" == f"{other:.4g}":
        return f"Here {ours} and {rival} are level{of}: {value:.4g}{measure}."
    ahead = (value > other) == (better == "higher")
    gap = f"{abs(value - other):.2g}{' points' if unit == '%' else measure}"
    place = "ahead of" if ahead else "behind"
    return f"Here {ours} is {gap} {place} {rival}{of}: {value:.4g}{measure} against {other:.4g}{measure}."
