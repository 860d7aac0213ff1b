"""Sounds and clips, decoded by FFmpeg."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from zoo.errors import InputError, brief
from zoo.types.base import Value, array_bytes, is_real_array


def _container_options(formats: str) -> dict[str, str]:
    """FFmpeg's options for a file of a stranger.

    Without them a playlist passes for a clip, and names files of this machine or addresses of its network.
    """
    return {"format_whitelist": formats, "protocol_whitelist": "none"}


@dataclass(frozen=True, eq=False)
class Audio(Value):
    """A sound: ``samples`` is float32 of shape (n,) in [-1, 1], mono; ``rate`` in hertz."""

    samples: np.ndarray
    rate: int

    kind: ClassVar[str] = "audio"
    label: ClassVar[str] = "a sound"
    plural: ClassVar[str] = "Sounds"
    placeholder: ClassVar[Any] = "sound.wav"
    suffix: ClassVar[str] = ".wav"
    accepts: ClassVar[str] = "a WAV, FLAC, MP3, Ogg or M4A sound of at most 5 minutes"
    max_seconds: ClassVar[float] = 300.0
    max_rate: ClassVar[int] = 192_000
    formats: ClassVar[str] = "wav,w64,flac,mp3,ogg,mov,mp4,m4a,aac,aiff,matroska,webm"

    @classmethod
    def sample(cls) -> Self:
        """A tenth of a second of 440 Hz."""
        return cls.of((8000, 0.5 * np.sin(2 * np.pi * 440 * np.arange(800) / 8000)))

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path or a pair (rate in hertz, samples); integer samples are scaled to [-1, 1]."""
        if isinstance(value, tuple) and len(value) == 2 and is_real_array(value[1]):
            if not isinstance(value[0], int | float | np.number) or not 0 < value[0] <= cls.max_rate:
                raise InputError(f"{brief(value[0])} is no rate; send 1 to {cls.max_rate:,} Hz.")
            rate, samples = int(value[0]), value[1]
            if samples.dtype.kind in "ui":
                info = np.iinfo(samples.dtype)
                middle = (int(info.max) + int(info.min) + 1) // 2  # unsigned samples are silent in the middle
                samples = (samples - np.float64(middle)) / (int(info.max) - middle)
            if samples.ndim == 2:
                samples = samples.mean(axis=1)
            return cls._checked(samples, rate)
        return super().of(value)

    @classmethod
    def _checked(cls, samples: np.ndarray, rate: int) -> Self:
        if samples.ndim != 1 or samples.size == 0:
            raise InputError(f"the sound has no samples; send {cls.accepts}.")
        if not np.isfinite(samples).all():
            raise InputError("the sound holds NaN or infinity; send finite samples in [-1, 1].")
        if samples.size > cls.max_seconds * rate:
            raise InputError("the sound is too long; at most 5 minutes are accepted.")
        return cls(np.ascontiguousarray(samples.clip(-1, 1), dtype=np.float32), rate)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode a sound file, mixing channels down to one."""
        import av

        try:
            with av.open(io.BytesIO(data), "r", options=_container_options(cls.formats)) as container:
                stream = container.streams.audio[0]
                if not 0 < stream.rate <= cls.max_rate:
                    raise InputError(
                        f"the sound has {stream.rate:,} Hz; at most {cls.max_rate:,} are accepted."
                    )
                resampler = av.AudioResampler(format="flt", layout="mono")
                limit = int(cls.max_seconds * stream.rate)
                parts: list[np.ndarray] = []
                length = 0
                for frame in container.decode(stream):
                    for piece in resampler.resample(frame):
                        parts.append(piece.to_ndarray()[0])
                        length += parts[-1].size
                    if length > limit:
                        break
                parts.extend(piece.to_ndarray()[0] for piece in resampler.resample(None))
                rate = int(stream.rate)
        except InputError:
            raise
        except Exception as error:  # FFmpeg's errors are many; all mean the same to a visitor
            raise InputError(f"the file is not a readable sound; send {cls.accepts}.") from error
        return cls._checked(np.concatenate(parts) if parts else np.zeros(0, "f4"), rate)

    def encode(self) -> bytes:
        """A 16-bit WAV file."""
        from scipy.io import wavfile

        buffer = io.BytesIO()
        levels = (self.samples.astype(np.float64) * 32768).round().clip(-32768, 32767)
        wavfile.write(buffer, self.rate, levels.astype("<i2"))
        return buffer.getvalue()


@dataclass(frozen=True, eq=False)
class Video(Value):
    """A clip: ``frames`` is uint8 of shape (time, height, width, 3); ``fps`` frames a second."""

    frames: np.ndarray
    fps: float

    kind: ClassVar[str] = "video"
    label: ClassVar[str] = "a clip"
    plural: ClassVar[str] = "Clips"
    placeholder: ClassVar[Any] = "clip.mp4"
    suffix: ClassVar[str] = ".mp4"
    accepts: ClassVar[str] = "an MP4, WebM, MOV, AVI or GIF clip of at most 300 frames and 2 megapixels"
    max_frames: ClassVar[int] = 300
    max_pixels: ClassVar[int] = 2_100_000
    max_volume: ClassVar[int] = 150_000_000
    """Pixels of all frames together, 450 MB."""
    formats: ClassVar[str] = "mov,mp4,m4a,matroska,webm,avi,gif"

    @classmethod
    def sample(cls) -> Self:
        """Four grey frames that brighten."""
        levels = np.linspace(40, 200, 4).astype(np.uint8)
        return cls(np.broadcast_to(levels[:, None, None, None], (4, 32, 48, 3)).copy(), 5.0)

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path or a pair (frames uint8 (t, H, W, 3), fps)."""
        if isinstance(value, tuple) and len(value) == 2 and is_real_array(value[0]):
            frames = value[0]
            if frames.ndim != 4 or frames.shape[3] != 3 or 0 in frames.shape or frames.dtype != np.uint8:
                raise InputError("a clip is uint8 of shape (time, height, width, 3).")
            cls._check_size(frames.shape[2], frames.shape[1])
            if not isinstance(value[1], int | float | np.number) or not 0 < value[1] <= 1000:
                raise InputError(f"{brief(value[1])} is no frame rate; send 1 to 1000 frames a second.")
            return cls(frames[: cls.max_frames].copy(), float(value[1]))
        return super().of(value)

    @classmethod
    def _check_size(cls, width: int, height: int) -> None:
        if width * height > cls.max_pixels:
            raise InputError(f"the clip has {width} x {height} pixels; at most 2 megapixels are accepted.")

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode a clip; frames past the limit are left unread."""
        import av

        try:
            with av.open(io.BytesIO(data), "r", options=_container_options(cls.formats)) as container:
                stream = container.streams.video[0]
                width, height = stream.width, stream.height
                cls._check_size(width, height)
                most = min(cls.max_frames, cls.max_volume // (width * height))
                frames: list[np.ndarray] = []
                for frame in container.decode(stream):
                    frames.append(frame.to_ndarray(width=width, height=height, format="rgb24"))
                    if len(frames) == most:
                        break
                fps = float(stream.average_rate or 25)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"the file is not a readable clip; send {cls.accepts}.") from error
        if not frames:
            raise InputError(f"the clip has no frames; send {cls.accepts}.")
        return cls(np.stack(frames), fps)

    def encode(self) -> bytes:
        """An H.264 MP4 at a quality where coding is invisible; odd sizes are padded by one line."""
        from fractions import Fraction

        import av

        odd = [(0, 0), (0, self.frames.shape[1] % 2), (0, self.frames.shape[2] % 2), (0, 0)]
        frames = np.pad(self.frames, odd, mode="edge")
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="mp4") as container:
            rate = Fraction(self.fps).limit_denominator(1001)
            # With its tree of macroblocks x264 gives small frames other bytes each time it is asked.
            stream = container.add_stream("libx264", rate=rate, options={"crf": "12", "mbtree": "0"})
            stream.height, stream.width = frames.shape[1:3]
            stream.pix_fmt = "yuv420p"
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode(None))
        return buffer.getvalue()

    def canonical(self) -> bytes:
        """Shape, frames and rate."""
        return array_bytes(self.frames, np.array(self.fps))
