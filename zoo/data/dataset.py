"""What a data set is: a described function that turns downloaded packages into arrays."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import json
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from typing import Any

import numpy as np

from zoo.data.errors import DataError
from zoo.data.hub_files import HubFiles
from zoo.data.packages import Package

Arrays = dict[str, Any]
"""Field name -> array, or for a ragged field an iterable of arrays."""

_registry: dict[str, Dataset] = {}


@dataclass(frozen=True)
class Field:
    """The declared form of one array, parsed from text such as `uint8 (n, 32, 32, 3)`.

    Attributes:
        dtype: a numpy dtype's name, or `text` for strings.
        shape: sizes; a letter is any size, and `n` the number of items in the split.
        ragged: whether every item has a shape of its own; `shape` is then that of one item.
    """

    dtype: str
    shape: tuple[str, ...]
    ragged: bool

    @classmethod
    def parse(cls, text: str) -> Field:
        """Read a declaration; ValueError if it is none."""
        match = re.fullmatch(r"(ragged )?(\w+) \(([\w, ]*)\)", text)
        if match is None:
            raise ValueError(f"not an array declaration: {text}")
        shape = tuple(size.strip() for size in match[3].split(",") if size.strip())
        return cls(match[2], shape, bool(match[1]))

    def holds(self, dtype: np.dtype, shape: Sequence[int], sizes: dict[str, int]) -> bool:
        """Whether an array fits; sizes met for the first time are added to `sizes`."""
        fits = dtype.kind == "U" if self.dtype == "text" else dtype == np.dtype(self.dtype)
        if not fits or len(shape) != len(self.shape):
            return False
        return all(
            size == (int(name) if name.isdigit() else sizes.setdefault(name, size))
            for name, size in zip(self.shape, shape, strict=True)
        )


class Ragged:
    """Arrays of unequal shapes laid end to end: `photos.images[3]` is a view, nothing is copied.

    Args:
        values: all numbers, flattened, `(total,)`.
        shapes: the shape of each item, `(n, dimensions)`.
    """

    def __init__(self, values: np.ndarray, shapes: np.ndarray) -> None:
        self.values, self.shapes = values, shapes
        self._ends = np.cumsum(np.prod(shapes, axis=1, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.shapes)

    def __getitem__(self, index: int) -> np.ndarray:
        index = range(len(self))[index]
        start = self._ends[index - 1] if index else 0
        return self.values[start : self._ends[index]].reshape(self.shapes[index])


@dataclass(frozen=True, eq=False)
class Split:
    """One split of a data set; its arrays are attributes: `cifar.images`, `cifar.labels`.

    Attributes:
        name: the data set.
        split: which split of it.
        licence: under what terms it may be used.
        arrays: field name -> read-only array, or `Ragged`.
        size: how many items, also `len(split)`.
    """

    name: str
    split: str
    licence: str
    arrays: Mapping[str, np.ndarray | Ragged]
    size: int

    def __len__(self) -> int:
        return self.size

    def __getattr__(self, field: str) -> Any:
        try:
            return self.__dict__["arrays"][field]
        except KeyError:
            fields = ", ".join(self.__dict__.get("arrays", ()))
            raise AttributeError(f"{self.__dict__.get('name')} has {fields}; no {field}") from None

    def __dir__(self) -> Iterator[str]:
        return iter([*super().__dir__(), *self.arrays])


@dataclass(frozen=True, eq=False)
class Dataset:
    """The description of one data set, and the function that makes its arrays.

    Attributes:
        name: what `zoo.data.load` calls it.
        text: what it holds, for a person.
        splits: split -> how many items it must have.
        fields: array -> its dtype and shape.
        licence: under what terms the data may be used.
        packages: the pinned packages that carry it; they are handed to `make` as folders.
        hub: the same data on the Hugging Face Hub, where a public repository has it.
        derived_from: data sets that `make` reads instead of, or besides, packages.
        revision: raised whenever `make` changes what it returns.
        make: folders of the unpacked packages -> split -> field -> array.
    """

    name: str
    text: str
    splits: Mapping[str, int]
    fields: Mapping[str, str]
    licence: str
    packages: tuple[Package, ...]
    hub: HubFiles | None
    derived_from: tuple[str, ...]
    revision: int
    make: Callable[..., dict[str, Arrays]]

    @property
    def source(self) -> str:
        """Where the data come from, for a person."""
        places = [str(package) for package in self.packages] + list(self.derived_from)
        return ", ".join(([self.hub.repository] if self.hub else []) + places) or "made here"

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits that change when the prepared arrays may."""
        parents = [find(name).fingerprint for name in self.derived_from]
        pins = [package.sha256 for package in self.packages]
        text = json.dumps([dict(self.splits), dict(self.fields), pins, parents, self.revision])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def check_split(self, split: str) -> None:
        """Raise DataError unless the data set has this split."""
        if split not in self.splits:
            known = " and ".join(self.splits)
            raise DataError(f"{self.name} has no split {split!r}: it has {known}")


def dataset(
    name: str,
    *,
    splits: Mapping[str, int],
    fields: Mapping[str, str],
    licence: str,
    packages: Iterable[Package] = (),
    hub: HubFiles | None = None,
    derived_from: Iterable[str] = (),
    revision: int = 1,
) -> Callable[[Callable[..., dict[str, Arrays]]], Callable[..., dict[str, Arrays]]]:
    """Register the decorated function as the maker of a data set; see `Dataset` for the arguments.

    The function's docstring becomes the description. Its arguments are the folders of the unpacked
    packages, in order; it returns split -> field -> array, checked against `splits` and `fields`.
    """

    def register(make: Callable[..., dict[str, Arrays]]) -> Callable[..., dict[str, Arrays]]:
        if name in _registry:
            raise ValueError(f"two data sets are called {name}")
        _registry[name] = Dataset(
            name,
            cleandoc(make.__doc__ or ""),
            splits,
            fields,
            licence,
            tuple(packages),
            hub,
            tuple(derived_from),
            revision,
            make,
        )
        return make

    return register


@cache
def _import_sets() -> None:
    sets = importlib.import_module("zoo.data.sets")
    for module in pkgutil.iter_modules(sets.__path__):
        importlib.import_module(f"{sets.__name__}.{module.name}")


def registered() -> Mapping[str, Dataset]:
    """All data sets by name."""
    _import_sets()
    return _registry


def find(name: str) -> Dataset:
    """The data set of that name.

    Raises:
        DataError: no data set has this name; the sentence offers the nearest.
    """
    known = registered()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else "`zoo data list` shows what there is"
    raise DataError(f"no data set is called {name!r}: {hint}")
