"""Makes the example files ending in .vcinr by running the actions on the other examples.

    python -m plugins.compression.vc_inr.example_files

To be run whenever the weights change, since a file names the weights that it was written with.
"""

from __future__ import annotations

import zoo
from zoo.method import last


def main() -> None:
    """Write two compressed files."""
    method = zoo.load("vc-inr")
    for name, action in (("coffee", "compress_picture"), ("speech", "compress_sound")):
        inputs = method.example(method.actions()[action], 0)
        result = last(getattr(method, action)(**inputs))
        (method.folder() / "examples" / f"{name}.vcinr").write_bytes(result.file.data)


if __name__ == "__main__":
    main()
