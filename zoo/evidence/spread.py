"""Measurements spread over a Ray cluster: every condition and seed is one of its tasks.

    with over_ray(2):
        verify.verify("grf")

Numbers are those of one machine, since each task begins from its own seed; seconds are not, for tasks share machines.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from zoo.cluster import cluster
from zoo.evidence import grid


@contextlib.contextmanager
def over_ray(workers: int) -> Iterator[None]:
    """Within the block `grid.paired` and `task.rank` measure on a cluster; see ``zoo.cluster``."""
    with cluster(workers):
        token = grid.engine.set(_by_ray)
        try:
            yield
        finally:
            grid.engine.reset(token)


def by(name: str, workers: int) -> contextlib.AbstractContextManager[None]:
    """The engine of that name, ``local`` or ``ray``."""
    return over_ray(workers) if name == "ray" else contextlib.nullcontext()


def _by_ray(function: Callable[..., Any], rows: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """A function of each row, in their order; what a worker had in hand when it died is done again by another."""
    import ray

    @ray.remote(num_cpus=1, max_retries=3)
    def called(*row: Any) -> Any:
        return function(*row)

    for task in [called.remote(*row) for row in rows]:
        try:
            yield ray.get(task)
        except ray.exceptions.RayTaskError as error:
            raise error.cause from error
