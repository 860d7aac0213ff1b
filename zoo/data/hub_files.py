"""Data sets of the Hugging Face Hub, read from their parquet files."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from zoo.data.errors import DataError


@dataclass(frozen=True)
class HubFiles:
    """Parquet files of one public data set repository, pinned by the arrays they must give.

    Attributes:
        repository: such as `uoft-cs/cifar10`.
        files: split -> path in the repository.
        arrays: column -> values, made into field -> array.
        sha256: of the prepared arrays, the same from the packages; see `store.digest`.
    """

    repository: str
    files: Mapping[str, str]
    arrays: Callable[[Mapping[str, list]], dict[str, Any]]
    sha256: str

    def read(self) -> dict[str, dict[str, Any]]:
        """Split -> field -> array.

        Raises:
            DataError: the Hub cannot be reached, holds other tables, or pyarrow is not installed.
        """
        try:
            import pyarrow.parquet
            from huggingface_hub import hf_hub_download
        except ImportError as error:
            raise DataError(f"{self.repository} needs {error.name}") from error
        if not reachable():
            raise DataError("the Hugging Face Hub cannot be reached")
        splits = {}
        try:
            for split, path in self.files.items():
                file = hf_hub_download(self.repository, path, repo_type="dataset")
                splits[split] = self.arrays(pyarrow.parquet.read_table(file).to_pydict())
        # the Hub's own errors are OSErrors; an unexpected table raises one of the others
        except (OSError, KeyError, ValueError) as error:
            raise DataError(f"{self.repository} could not be read") from error
        return splits


def png_pixels(cells: list[dict[str, bytes]]) -> np.ndarray:
    """A column of the Hub's pictures, all of one size: `(n, height, width[, 3])`."""
    from PIL import Image

    return np.stack([np.asarray(Image.open(io.BytesIO(cell["bytes"]))) for cell in cells])


def reachable(seconds: float = 1.0) -> bool:
    """Whether the Hub, or the proxy in front of it, accepts a connection; answers at once."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    endpoint = urlsplit(constants.ENDPOINT)
    proxy = os.environ.get(f"{endpoint.scheme}_proxy") or os.environ.get(f"{endpoint.scheme.upper()}_PROXY")
    address = urlsplit(proxy) if proxy else endpoint
    port = address.port or {"http": 80, "https": 443}[address.scheme]
    try:
        with socket.create_connection((address.hostname, port), timeout=seconds):
            return True
    except OSError:
        return False
