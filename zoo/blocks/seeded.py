"""Torch's own random numbers, for one at a time.

Starts of layers and dropout come from a generator that the whole program shares. Two visitors whose actions draw from
it at the same time would get each other's numbers, and neither the same answer twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

turn = threading.RLock()
"""Held by whoever draws."""


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within the block torch draws what follows from a seed, whoever else draws; afterwards it goes on as before.

    Others wait meanwhile, so the block is short; a ``yield`` of an action never stands in it.

    Users: dagnn, finola, imaml, multipartite-ge, stn, topoae, vc-inr.

    Args:
        seed: of torch's generator on the CPU.
    """
    import torch

    with turn, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
