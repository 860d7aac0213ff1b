"""Emoji: a picture, its name and its keywords in several languages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import npm

LANGUAGES = ("en", "de", "es", "fr", "it", "ja", "ru", "zh")


@dataset(
    "emoji",
    splits={"train": 1297, "test": 614},
    fields={
        "images": "uint8 (n, 64, 64, 4)",
        "names": f"text (n, {len(LANGUAGES)})",
        "keywords": f"text (n, {len(LANGUAGES)})",
        "groups": "text (n,)",
        "categories": "text (n,)",
        "languages": f"text ({len(LANGUAGES)},)",
    },
    licence="pictures Apache-2.0 (Google's Noto Emoji), words Unicode-3.0 (CLDR) and MIT (Emojibase)",
    packages=[
        npm(
            "emoji-datasource-google",
            "16.0.0",
            sha256="fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
            megabytes=74.3,
        ),
        npm(
            "emojibase-data",
            "17.0.0",
            sha256="d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a",
            megabytes=6.7,
        ),
    ],
)
def emoji(pictures: Path, words: Path) -> dict[str, Arrays]:
    """Emoji: 64 x 64 RGBA pictures with name and keywords in eight languages.

    `names[:, k]` and `keywords[:, k]`, the latter between commas, are in `languages[k]`. Skin tones
    are left out. `groups` are Unicode's, such as `animal-bird`; every fifth group, drawn once at
    random, is for testing, so that no kind of thing in the test split was seen.
    """
    said = {
        language: {
            _key(row["hexcode"]): (row["label"], ", ".join(row.get("tags", ())))
            for row in json.loads((words / f"package/{language}/data.json").read_text("utf-8"))
        }
        for language in LANGUAGES
    }
    rows = [
        row
        for row in json.loads((pictures / "package/emoji.json").read_text("utf-8"))
        if row["has_img_google"] and all(_key(row["unified"]) in said[k] for k in LANGUAGES)
    ]
    rows.sort(key=lambda row: row["sort_order"])
    groups = sorted({row["subcategory"] for row in rows})
    order = np.random.default_rng(0).permutation(len(groups))
    held_out = {groups[k] for k in order[: len(groups) // 5]}
    return {
        split: _emoji([row for row in rows if (row["subcategory"] in held_out) == test], said, pictures)
        for split, test in (("train", False), ("test", True))
    }


def _key(code_points: str) -> str:
    """Without the variation selector, which the two packages do not set alike."""
    return code_points.upper().replace("-FE0F", "")


def _emoji(rows: list[dict], said: dict, pictures: Path) -> Arrays:
    words = np.array([[said[k][_key(row["unified"])] for k in LANGUAGES] for row in rows])
    folder = pictures / "package/img/google/64"
    return {
        "images": np.stack([_picture(folder / row["image"]) for row in rows]),
        "names": words[..., 0],
        "keywords": words[..., 1],
        "groups": np.array([row["subcategory"] for row in rows]),
        "categories": np.array([row["category"] for row in rows]),
        "languages": np.array(LANGUAGES),
    }


def _picture(path: Path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGBA").resize((64, 64)))
