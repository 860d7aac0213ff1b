"""The test split is never trained on: a rule that the loader itself keeps.

`zoo.training` runs every training script within `training()`; there, a held-out split is refused
and the splits that were opened are written down, to end up in the recipe beside the weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from zoo.data.dataset import Dataset
from zoo.data.errors import HeldOutError

HELD_OUT = "test"

_opened: ContextVar[dict[tuple[str, str], Dataset] | None] = ContextVar("opened", default=None)


@contextmanager
def training() -> Iterator[dict[tuple[str, str], Dataset]]:
    """Refuse held-out splits until the block ends, and record which others were opened.

    Yields:
        The data sets opened so far, keyed by (name, split); it fills as the block runs.
    """
    record: dict[tuple[str, str], Dataset] = {}
    token = _opened.set(record)
    try:
        yield record
    finally:
        _opened.reset(token)


def forbid_if_held_out(data: Dataset, split: str) -> None:
    """Record one split as opened, or refuse it.

    Raises:
        HeldOutError: a held-out split within `training()`.
    """
    record = _opened.get()
    if record is None:
        return
    if split == HELD_OUT:
        raise HeldOutError(
            f"the {split} split of {data.name} is held out: training may open only "
            f"{' and '.join(s for s in data.splits if s != HELD_OUT) or 'other data'}"
        )
    record[data.name, split] = data
