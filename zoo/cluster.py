"""A Ray cluster for a while: the one that ``RAY_ADDRESS`` names, else one of this machine."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any

from zoo.errors import InputError


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[Any]:
    """Within the block the package ``ray`` is connected to a cluster; all of its machines see the same folders.

    Args:
        workers: of a cluster that is begun here, which find what this program finds and use a thread each.

    Raises:
        InputError: Ray is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine unasked
    try:
        import ray
    except ModuleNotFoundError as error:
        raise InputError("--engine ray needs Ray: pip install 'latent-zoo[scale]'.") from error
    logging.getLogger("ray").setLevel(logging.WARNING)
    own: dict[str, Any] = {}
    if "RAY_ADDRESS" not in os.environ:
        own = {
            "num_cpus": max(1, workers),
            "runtime_env": {"env_vars": {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}},
        }
    ray.init(include_dashboard=False, log_to_driver=False, ignore_reinit_error=True, **own)
    try:
        yield ray
    finally:
        ray.shutdown()
