"""Write the files of emoji that the method ships from the data set ``emoji``.

python -m plugins.multimodal.latent_structures.example_files
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from PIL import Image

from . import pairs
from .data import ACROSS, SIDE


def main() -> None:
    """Write ``gallery.webp``, all pictures at fewer pixels, and ``words.json.gz``, what they are called."""
    emoji, home = pairs.all_emoji(), Path(__file__).parent
    rows = -(-len(emoji.images) // ACROSS)
    sheet = Image.new("RGB", (ACROSS * SIDE, rows * SIDE), "white")
    for place, picture in enumerate(emoji.images):
        cell = Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        sheet.paste(cell, (place % ACROSS * SIDE, place // ACROSS * SIDE))
    sheet.save(home / "gallery.webp", quality=75, method=6)
    said = {"names": emoji.names.T.tolist(), "keywords": emoji.keywords.T.tolist()}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    (home / "words.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))


if __name__ == "__main__":
    main()
