"""Makes the example files: ``python -m plugins.efficiency.multipartite_ge.example_networks``.

Two members of the population, seed 0, pruned and trained as it is, stored in half precision.
"""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save_file

from . import population
from .vocabulary import Pruner, SmallNet

FOLDER = Path(__file__).parent / "examples"
FILES: dict[str, tuple[SmallNet, Pruner, float]] = {
    "conv4_synflow_95": ("Conv-4", "SynFlow", 0.95),
    "resnet8_erk_98": ("ResNet-8", "ERK", 0.98),
}


def main() -> None:
    """Prune, train and write."""
    for file, (name, pruner, sparsity) in FILES.items():
        network, _ = population.pruned(name, pruner, sparsity, seed=0)
        population.train(network, seed=0)
        kept = {key: value.half().contiguous() for key, value in network.state_dict().items() if value.ndim}
        save_file(kept, FOLDER / f"{file}.safetensors")


if __name__ == "__main__":
    main()
