"""Pictures, drawings, and pictures that are looked at together."""

from __future__ import annotations

import io
import json
import os
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from zoo.errors import InputError
from zoo.types.base import Value, array_bytes, comes_from, is_real_array


@dataclass(frozen=True, eq=False)
class Image(Value):
    """A picture: ``pixels`` is uint8 of shape (height, width, 3), sRGB.

    Files may be grey, CMYK, 16 bit, with alpha (laid over white), turned by EXIF, or in the colours of another profile
    that they carry; all become 8-bit sRGB.
    """

    pixels: np.ndarray
    remarks: tuple[str, ...] = ()

    kind: ClassVar[str] = "image"
    label: ClassVar[str] = "a picture"
    plural: ClassVar[str] = "Pictures"
    placeholder: ClassVar[Any] = "picture.png"
    is_picture: ClassVar[bool] = True
    suffix: ClassVar[str] = ".png"
    accepts: ClassVar[str] = "a PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF picture of at most 25 megapixels"
    formats: ClassVar[tuple[str, ...]] = (
        "PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM", "JPEG2000",
    )  # fmt: skip
    max_pixels: ClassVar[int] = 25_000_000

    @classmethod
    def sample(cls) -> Self:
        """Eight lines of twelve pixels, no two neighbours alike."""
        y, x = np.mgrid[:8, :12]
        return cls(np.stack([x * 23, y * 36, (x + y) * 14], 2).astype(np.uint8))

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.pixels.shape[1]

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, a PIL picture, or an array: uint8, or float in [0, 1]; (H, W) or (H, W, 3 | 4)."""
        if is_real_array(value):
            return cls._from_array(value)
        if comes_from(value, "PIL"):
            return cls._from_pil(value)
        return super().of(value)

    @classmethod
    def _from_array(cls, array: np.ndarray) -> Self:
        if array.ndim == 2:
            array = np.repeat(array[:, :, None], 3, axis=2)
        if array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
            raise InputError(f"an array of shape {array.shape} is no picture; send (height, width, 3).")
        cls._check_size(array.shape[1], array.shape[0])
        if array.dtype.kind in "fb":
            if not np.isfinite(array).all():
                raise InputError("the picture holds NaN or infinity; send finite values in [0, 1].")
            if array.max() > 1.5 or array.min() < -0.5:
                raise InputError("pixel values lie far outside [0, 1]; send floats in [0, 1], or uint8.")
            array = (array.astype(np.float64).clip(0, 1) * 255).round()
        elif array.dtype != np.uint8 and (array.min() < 0 or array.max() > 255):
            raise InputError("pixel values lie outside 0 to 255; send uint8, or floats in [0, 1].")
        array = array.astype(np.uint8)
        if array.shape[2] == 4:
            from PIL import Image as Pillow

            return cls._from_pil(Pillow.fromarray(array, "RGBA"))
        return cls(np.ascontiguousarray(array))

    @classmethod
    def _check_size(cls, width: int, height: int) -> None:
        if width * height > cls.max_pixels:
            raise InputError(
                f"the picture has {width} x {height} pixels; at most"
                f" {cls.max_pixels // 1_000_000} megapixels are accepted."
            )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode a picture file; its size is checked before its pixels are read."""
        from PIL import Image as Pillow

        # Pillow's own warning would stand beside our sentence, with a path; the size is checked below.
        warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
        try:
            with Pillow.open(io.BytesIO(data), formats=cls.formats) as picture:
                return cls._from_pil(picture)
        except InputError:
            raise
        except Pillow.DecompressionBombError as error:
            raise InputError("the picture is too large; at most 25 megapixels are accepted.") from error
        except Exception as error:  # Pillow's decoders raise many kinds on corrupt files
            raise InputError(f"the file is not a readable picture; send {cls.accepts}.") from error

    @classmethod
    def _from_pil(cls, picture: Any) -> Self:
        from PIL import Image as Pillow
        from PIL import ImageOps

        cls._check_size(*picture.size)
        try:
            picture.load()
            picture = ImageOps.exif_transpose(picture)
        except Exception as error:  # Pillow's decoders raise many kinds on corrupt files
            raise InputError(f"the file is not a readable picture; send {cls.accepts}.") from error
        if picture.mode == "F":
            return cls._from_array(np.asarray(picture))
        if picture.mode.startswith("I"):
            # A plain convert("RGB") would clip 16-bit greys to white; "I" may hold 8 or 16 bits.
            grey = np.asarray(picture, dtype=np.float64)
            eight_bits = picture.mode == "I" and grey.max() <= 255
            picture = Pillow.fromarray((grey / (1 if eight_bits else 257)).round().clip(0, 255).astype("u1"))
        picture, remarks = in_srgb(picture)
        if picture.mode in ("RGBa", "La"):
            picture = picture.convert("RGBA" if picture.mode == "RGBa" else "LA")
        if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
            layer = picture.convert("RGBA")
            picture = Pillow.alpha_composite(Pillow.new("RGBA", layer.size, "white"), layer)
        return cls(np.array(picture.convert("RGB"), dtype=np.uint8), remarks)

    def pil(self) -> Any:
        """The picture as ``PIL.Image.Image``."""
        from PIL import Image as Pillow

        return Pillow.fromarray(self.pixels)

    def encode(self) -> bytes:
        """A PNG file."""
        buffer = io.BytesIO()
        self.pil().save(buffer, "PNG")
        return buffer.getvalue()

    def canonical(self) -> bytes:
        """Shape and pixels."""
        return array_bytes(self.pixels)


def in_srgb(picture: Any) -> tuple[Any, tuple[str, ...]]:
    """A Pillow picture in sRGB and what was done; as it is where it carries no other profile."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK", "L", "LA", "P", "PA", "RGBX"):
        return picture, ()
    from PIL import Image as Pillow
    from PIL import ImageCms

    try:
        own, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        name = " ".join(ImageCms.getProfileDescription(own).split())[:60] or "its own profile"
        alpha = picture.convert("RGBA").getchannel("A") if picture.mode in ("RGBA", "LA", "PA", "P") else None
        space = own.profile.xcolor_space.strip()
        plain = picture.convert({"RGB": "RGB", "CMYK": "CMYK", "GRAY": "L"}[space])
        # The sRGB of cameras and scanners differs from ours by rounding, which must not change a picture.
        probe = Pillow.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).convert(
            plain.mode
        )
        transform = ImageCms.buildTransform(own, srgb, plain.mode, "RGB")
        before, after = (np.asarray(part, int) for part in (probe.convert("RGB"), transform.apply(probe)))
        if space != "CMYK" and np.abs(after - before).max() <= 3:
            return picture, ()
        shown = transform.apply(plain)
    except (ImageCms.PyCMSError, KeyError, OSError, ValueError):
        return picture, ("Its colour profile cannot be used, so its colours were taken as sRGB.",)
    if alpha is not None and ("transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA")):
        shown = shown.convert("RGBA")
        shown.putalpha(alpha)
    return shown, (f"Its colours were converted from {name} to sRGB.",)


@dataclass(frozen=True, eq=False)
class Drawing(Value):
    """Something drawn by hand: ``ink`` is float32 of shape (height, width), 0 for paper and 1 for ink.

    Dark strokes on light paper and light strokes on dark paper are both understood; transparency is paper.
    """

    ink: np.ndarray

    kind: ClassVar[str] = "drawing"
    label: ClassVar[str] = "a drawing"
    plural: ClassVar[str] = "Drawings"
    placeholder: ClassVar[Any] = "drawing.png"
    is_picture: ClassVar[bool] = True
    suffix: ClassVar[str] = ".png"
    accepts: ClassVar[str] = "a drawing on the canvas, or a PNG, JPEG or WebP picture of one"

    @classmethod
    def sample(cls) -> Self:
        """One upright stroke."""
        ink = np.zeros((28, 28), np.float32)
        ink[4:24, 13:15] = 1
        return cls(ink)

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, a picture, or ink as a float array (H, W) in [0, 1]."""
        if is_real_array(value) and value.ndim == 2 and value.dtype.kind == "f":
            if value.size == 0 or not np.isfinite(value).all():
                raise InputError("ink must be finite values in [0, 1].")
            return cls(np.array(value.clip(0, 1), dtype=np.float32))
        if isinstance(value, str | os.PathLike | cls):
            return super().of(value)
        return cls._from_picture(Image.of(value))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a picture of a drawing."""
        return cls._from_picture(Image.decode(data))

    @classmethod
    def _from_picture(cls, picture: Image) -> Self:
        grey = picture.pixels.mean(axis=2, dtype=np.float32) / 255
        paper = np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
        return cls(np.ascontiguousarray(1 - grey if paper > 0.5 else grey, dtype=np.float32))

    def encode(self) -> bytes:
        """A PNG file, ink black on white."""
        return Image.of(1 - self.ink).encode()

    def canonical(self) -> bytes:
        """Shape and ink in the 256 levels of the file."""
        return array_bytes((self.ink * 255).round().astype(np.uint8))


@dataclass(frozen=True, eq=False)
class Pictures(Value):
    """Pictures of one size to be looked at together: ``items`` of (caption, picture).

    The page shows them side by side; what is enlarged or moved in one is enlarged and moved in all.
    """

    items: tuple[tuple[str, Image], ...]

    kind: ClassVar[str] = "pictures"
    label: ClassVar[str] = "pictures side by side"
    plural: ClassVar[str] = "Pictures side by side"
    is_input: ClassVar[bool] = False
    suffix: ClassVar[str] = ".png"
    accepts: ClassVar[str] = "one to six captioned pictures of one size"

    @classmethod
    def sample(cls) -> Self:
        """A picture and its negative."""
        picture = Image.sample()
        return cls((("positive", picture), ("negative", Image(255 - picture.pixels))))

    def __post_init__(self) -> None:
        sizes = {picture.pixels.shape for _, picture in self.items}
        if len(sizes) != 1 or len(self.items) > 6:
            raise InputError(f"pictures of {len(sizes)} sizes cannot be compared; send {self.accepts}.")

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a row that ``save`` wrote."""
        from PIL import Image as Pillow

        with Pillow.open(io.BytesIO(data)) as row:
            captions = json.loads(getattr(row, "text", {}).get("captions", "[]"))
        if not captions:
            raise InputError("this is no row of captioned pictures; send one that was saved here.")
        pictures = np.split(Image.decode(data).pixels, len(captions), axis=1)
        return cls(
            tuple((caption, Image.of(picture)) for caption, picture in zip(captions, pictures, strict=True))
        )

    def encode(self) -> bytes:
        """All pictures in one row, as a PNG file that holds their captions too."""
        from PIL.PngImagePlugin import PngInfo

        captions = PngInfo()
        captions.add_itxt("captions", json.dumps([caption for caption, _ in self.items], ensure_ascii=False))
        row = Image(np.concatenate([picture.pixels for _, picture in self.items], axis=1))
        buffer = io.BytesIO()
        row.pil().save(buffer, "PNG", pnginfo=captions)
        return buffer.getvalue()

    def canonical(self) -> bytes:
        """Captions, and shapes and pixels."""
        captions = "\n".join(caption for caption, _ in self.items).encode()
        return captions + array_bytes(*(picture.pixels for _, picture in self.items))
