"""What an action promised to return and what it did return, compared once, for every outlet and every test alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import PluginError, brief
from zoo.types import Metrics, Value

if TYPE_CHECKING:
    from zoo.action import Action, Result

_PLAIN: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "str": (str,),
    "text": (str,),
    "summary": (str,),
}


def keep(action: Action, result: Any) -> Any:
    """The result of an action, if it is what the signature promises.

    Raises:
        PluginError: it is of another type, or a field is missing, of another type or not finite; the sentence says
            what the author has to change.
    """
    promised = action.result_type
    if type(result) is not promised:
        given = "nothing" if result is None else type(result).__name__
        raise PluginError(
            f"{action.name} returned {given}, promised {promised.__name__}; its authors can mend it."
        )
    for field in action.results:
        fault = _fault(field, getattr(result, field.name, None))
        if fault:
            raise PluginError(
                f"{action.name} returned {promised.__name__}.{field.name} {fault}; its authors can mend it."
            )
    return result


def keep_each(action: Action, results: Iterator[Any]) -> Iterator[Any]:
    """Every result of a stream, if all are what the signature promises, and there is any.

    Raises:
        PluginError: like ``keep``, or the stream ended without a result.
    """
    empty = True
    with closing(results):  # type: ignore[type-var]
        for result in results:
            empty = False
            yield keep(action, result)
    if empty:
        raise PluginError(
            f"{action.name} yielded nothing, promised {action.result_type.__name__}; its authors can mend it."
        )


def _fault(field: Result, value: Any) -> str:
    """What is wrong with a field, as the end of a sentence; empty if nothing."""
    if value is None:
        return "" if field.optional else "as None, which only a type with `| None` allows"
    if field.value_type is not None:
        if type(value) is not field.value_type:
            return f"as {type(value).__name__}, promised {field.value_type.__name__}"
        return _not_finite(value)
    expected = _PLAIN.get(field.kind)
    if expected is None:
        return ""
    if not isinstance(value, expected) or (isinstance(value, bool) and field.kind != "bool"):
        cure = f": write {expected[0].__name__}(…)" if isinstance(value, np.generic) else ""
        return f"as {_type_name(value)}, promised {expected[0].__name__}{cure}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"as {value}, which no outlet can show"
    return ""


def _type_name(value: Any) -> str:
    return f"numpy.{type(value).__name__}" if isinstance(value, np.generic) else type(value).__name__


def _not_finite(value: Value) -> str:
    """Which number of a value is not finite; cells that are missing from a table are no fault."""
    if isinstance(value, Metrics):
        if not value.rows:
            return "without a row"
        for name, number, _ in value.rows:
            if isinstance(number, float) and not math.isfinite(number):
                return f"with {brief(name)} as {number}"
    for name, array in getattr(value, "__dict__", {}).items():
        if isinstance(array, np.ndarray) and array.dtype.kind == "f" and not np.isfinite(array).all():
            return f"with NaN or infinite numbers among its {name}"
    return ""
