"""Large photographs under free licences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import apt, pip

# Each photograph's file and its licence; the package's drawings and renderings are left out.
TRAIN = {
    "Bridge_by_Sander_Klootwijk.jpg": "CC-BY-SA-4.0",
    "Dragonfly_by_Bolly.jpg": "CC-BY-SA-4.0",
    "Picture_1A_by_freespace.jpg": "CC-BY-4.0",
    "aitzgorri_by_Aitzol_Berasategi.jpg": "CC-BY-4.0",
    "free_by_Peter_Nerlich.jpg": "CC-BY-SA-4.0",
    "greentock_by_Peter_Nerlich.jpg": "CC-BY-SA-4.0",
    "life_by_Aitzol_Berasategi.jpg": "CC-BY-4.0",
    "seeding_by_Clements_Engelhardt.jpg": "CC0-1.0",
    "sunset_by_Aitzol_Berasategi.jpg": "CC-BY-4.0",
    "Wine_by_Jakkub_Mede.jpg": "CC-BY-4.0",
    "chelsea.png": "CC0-1.0",
    "hubble_deep_field.jpg": "public domain (NASA)",
    "rocket.jpg": "CC0-1.0",
}
TEST = {
    "Kleiber_by_Lukas_Baubkus.jpg": "CC-BY-SA-3.0",
    "Picture_0B_by_freespace.jpg": "CC-BY-4.0",
    "friends_by_Aitzol_Berasategi.jpg": "CC-BY-4.0",
    "picosdeeuropa_by_Aitzol_Berasategi.jpg": "CC-BY-4.0",
    "astronaut.png": "public domain (NASA)",
    "coffee.png": "CC0-1.0",
}


@dataset(
    "photos",
    splits={"train": len(TRAIN), "test": len(TEST)},
    fields={
        "images": "ragged uint8 (height, width, 3)",
        "names": "text (n,)",
        "licences": "text (n,)",
    },
    licence="free, each picture its own (see `licences`; authors are in `names`)",
    packages=[
        apt(
            "lomiri-wallpapers-16.04",
            "20.04.0-2",
            "a99ff6a3bfe451e4cc0682ecb3cc82e71740626d59e4845ae34a0a0e45421eab",
            15.8,
        ),
        apt(
            "lomiri-wallpapers-20.04",
            "20.04.0-2",
            "d44e89b8473aafe64a5b678f014862dc31335aaaf18665c544d985d854f1a709",
            11.4,
        ),
        pip(
            "scikit-image",
            "0.26.0",
            "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
            13.7,
            "--platform=manylinux_2_28_x86_64",
            "--python-version=3.11",
            "--implementation=cp",
        ),
    ],
)
def photos(*packages: Path) -> dict[str, Arrays]:
    """Photographs of 0.1 to 20 megapixels: mountains, water, animals, food, people, sky.

    `images[k]` is one RGB picture, of any size; 13 to learn from, 6 others to test on.
    """
    paths = {path.name: path for package in packages for path in package.rglob("*.[jp][pn]g")}
    return {
        split: {
            "images": _pixels(paths[name] for name in licences),
            "names": np.array([Path(name).stem.replace("_", " ") for name in licences]),
            "licences": np.array(list(licences.values())),
        }
        for split, licences in (("train", TRAIN), ("test", TEST))
    }


def _pixels(paths: Iterable[Path]) -> Iterator[np.ndarray]:
    from PIL import Image

    for path in paths:
        with Image.open(path) as picture:
            yield np.asarray(picture.convert("RGB"))
