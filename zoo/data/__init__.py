"""Real data by name.

    >>> import zoo.data
    >>> cifar = zoo.data.load("cifar10", split="train")
    >>> cifar.images.shape, cifar.labels.dtype
    ((50000, 32, 32, 3), dtype('int64'))

`names()` lists the data sets, `describe(name)` tells what one holds and under which licence, and
`fetch(name)` gets it ready before it is needed. Everything lives in one cache folder, `$ZOO_DATA`
(else `latent-zoo/data` in `$XDG_CACHE_HOME` or `~/.cache`); arrays are mapped from there, so a
second `load` is instant. To add a data set, add a file to `zoo/data/sets`: its docstring shows how.
"""

from __future__ import annotations

from zoo.data.dataset import Dataset, Ragged, Split, find, registered
from zoo.data.errors import DataError, HeldOutError
from zoo.data.guard import forbid_if_held_out, training
from zoo.data.store import opened, prepare

__all__ = [
    "DataError",
    "HeldOutError",
    "Ragged",
    "Split",
    "describe",
    "fetch",
    "load",
    "names",
    "training",
]


def names() -> list[str]:
    """The names of all data sets, sorted."""
    return sorted(registered())


def load(name: str, split: str = "train") -> Split:
    """One split of a data set, fetched first where it is not in the cache yet.

    Args:
        name: one of `names()`.
        split: one of the splits that `describe(name)` lists.

    Returns:
        The arrays as attributes, memory-mapped and read-only; `describe(name)` gives their shapes
        and dtypes.

    Raises:
        HeldOutError: the test split, asked for within `training()`.
        DataError: an unknown name or split, or data that cannot be fetched; one sentence.
    """
    data = find(name)
    data.check_split(split)
    forbid_if_held_out(data, split)
    return opened(data, split)


def fetch(name: str) -> None:
    """Get a data set ready in the cache, so that `load` needs no network.

    Raises:
        DataError: an unknown name, or data that cannot be fetched; one sentence.
    """
    prepare(find(name))


def describe(name: str) -> str:
    """What a data set holds: text, shapes, splits, licence and source, for a person to read.

    Raises:
        DataError: an unknown name.
    """
    data: Dataset = find(name)
    splits = ", ".join(f"{split} {count}" for split, count in data.splits.items())
    lines = [data.text, "", f"splits: {splits}"]
    lines += [f"{field}: {spec}" for field, spec in data.fields.items()]
    lines += [f"licence: {data.licence}", f"source: {data.source}"]
    return "\n".join(lines)
