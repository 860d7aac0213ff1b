"""Weights: where they are found, how they are checked, fetched, signed and kept in memory.

``weights`` holds locks and verified folders, ``client`` fetches from the Hugging Face Hub, ``signing`` checks
signatures, ``memory`` loads networks once and shares them.
"""

from zoo.hub.memory import forget, pretrained
from zoo.hub.weights import (  # fmt: skip
    Lock,
    bundled,
    check,
    check_bytes,
    facts,
    file_sha256,
    folder,
    home,
    part_folder,
    pin,
    read_lock,
    write_lock,
)

__all__ = [
    "Lock", "bundled", "check", "check_bytes", "facts", "file_sha256", "folder", "forget", "home", "part_folder", "pin",
    "pretrained", "read_lock", "write_lock",
]  # fmt: skip
