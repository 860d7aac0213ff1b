"""The file: what a stream of symbols needs around it, in as few bytes as can be.

    magic        2 bytes
    kind         version in the upper half, modality in the lower
    level        1 byte
    model        4 bytes of the weights' fingerprint
    sizes        of the signal along each axis, 1 to 5 bytes each (7 bits a byte, lowest first)
    seams        1 byte for each axis with more than one patch
    numbers      float32, as many as the modality has
    mask         climate fields only: its length, then the mask
    stream       the rest
    check        CRC-32 of everything before it

A picture of one patch has 14 bytes around its stream. The check finds every flipped bit, and a header is believed
only after it holds and after the sizes have been found to be ones that a sender could have written.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np

from zoo.errors import InputError

from .modalities import MODALITIES
from .signals import FIELD_VALUES, FRAME_SIDE, FRAMES, SIDE, THRESHOLDS, Layout

MAGIC = b"\xe2\x96"
VERSION = 1

NUMBERS = {"picture": 0, "audio": 1, "video": 1, "shape": 4, "climate": 2}
"""Numbers that a layout holds."""

MOST = {
    "picture": (2048, 2048),
    "audio": (16_000 * 60,),
    "video": (FRAMES, FRAME_SIDE, FRAME_SIDE),
    "shape": (SIDE,) * 3,
    "climate": (FIELD_VALUES,) * 3,
}
"""The longest sides that are sent, and so the longest that are believed."""

NAMES = tuple(MODALITIES)
_DAMAGED = "the file is damaged; ask for it again."
_HEAD = struct.Struct("<2sBB4s")


@dataclass(frozen=True)
class Container:
    """What a file holds: how patches lie, at which level they are coded, for which weights, and the stream."""

    layout: Layout
    level: int
    model: bytes
    stream: bytes

    def pack(self) -> bytes:
        """The bytes of the file."""
        layout = self.layout
        seams = layout.seams or (0,) * len(layout.sizes)
        parts = [
            _HEAD.pack(MAGIC, VERSION << 4 | NAMES.index(layout.modality), self.level, self.model),
            *map(_varint, layout.sizes),
            bytes(seam for seam, many in zip(seams, _several(layout), strict=True) if many),
            np.asarray(layout.numbers, "<f4").tobytes(),
        ]
        if layout.modality == "climate":
            parts += [_varint(len(layout.mask)), layout.mask]
        whole = b"".join([*parts, self.stream])
        return whole + struct.pack("<I", zlib.crc32(whole))


def unpack(data: bytes) -> Container:
    """Read a file.

    Raises:
        InputError: it is not one of ours, is damaged, or claims what no sender writes.
    """
    if data[:2] != MAGIC:
        raise InputError("this is no file of VC-INR; send one that a compress action gave you.")
    if len(data) < _HEAD.size + 4 or zlib.crc32(data[:-4]) != struct.unpack("<I", data[-4:])[0]:
        raise InputError(_DAMAGED)
    try:
        return _read(data[:-4])
    except (IndexError, struct.error, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(_DAMAGED) from error


def _read(data: bytes) -> Container:
    _, kind, level, model = _HEAD.unpack_from(data)
    if kind >> 4 != VERSION:
        raise InputError(f"the file is of version {kind >> 4} of its format; this program reads {VERSION}.")
    if kind & 15 >= len(NAMES):
        raise InputError(_DAMAGED)
    modality, place, sizes = NAMES[kind & 15], _HEAD.size, []
    for most in MOST[modality]:
        size, place = _read_varint(data, place)
        if not 1 <= size <= most:
            raise InputError(_DAMAGED)
        sizes.append(size)
    layout = Layout(modality, tuple(sizes))
    if modality == "climate" and layout.points > FIELD_VALUES:
        raise InputError(_DAMAGED)
    seams = []
    for many in _several(layout):
        seams.append(data[place] if many else 0)
        place += many
    numbers = np.frombuffer(data[place : place + 4 * NUMBERS[modality]], "<f4")
    place += 4 * NUMBERS[modality]
    if len(numbers) != NUMBERS[modality] or not _sensible(modality, numbers) or max(seams) >= len(THRESHOLDS):
        raise InputError(_DAMAGED)
    mask = b""
    if modality == "climate":
        length, place = _read_varint(data, place)
        mask, place = data[place : place + length], place + length
    if place > len(data):
        raise InputError(_DAMAGED)
    whole = Layout(modality, tuple(sizes), tuple(map(float, numbers)), tuple(seams), mask)
    return Container(whole, level, model, data[place:])


def _several(layout: Layout) -> list[bool]:
    """Along which axes patches can meet."""
    return [count > 1 and step > 1 for count, step in zip(layout.counts, layout.patch, strict=True)]


def _sensible(modality: str, numbers: np.ndarray) -> bool:
    """Whether numbers could have been written: finite, and gain, rate or width above zero."""
    if not np.isfinite(numbers).all():
        return False
    highest = {"audio": 1.0, "video": 1000.0}.get(modality, 1e31)
    return modality == "picture" or 0 < numbers[-1] <= highest


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 35, 7):
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    raise InputError(_DAMAGED)
