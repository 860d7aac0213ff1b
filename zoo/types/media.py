"""Sounds and clips, decoded by FFmpeg."""

from __future__ import annotations

import io
import struct
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
    remarks: tuple[str, ...] = ()

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
                rate, channels = int(stream.rate), stream.channels
        except InputError:
            raise
        except Exception as error:  # FFmpeg's errors are many; all mean the same to a visitor
            raise InputError(f"the file is not a readable sound; send {cls.accepts}.") from error
        sound = cls._checked(np.concatenate(parts) if parts else np.zeros(0, "f4"), rate)
        return cls(sound.samples, rate, (f"{channels} channels were mixed to one.",) if channels > 1 else ())

    def encode(self) -> bytes:
        """A 16-bit WAV file."""
        from scipy.io import wavfile

        buffer = io.BytesIO()
        levels = (self.samples.astype(np.float64) * 32768).round().clip(-32768, 32767)
        wavfile.write(buffer, self.rate, levels.astype("<i2"))
        return buffer.getvalue()


def _shown_size(stream: Any, notes: list[str]) -> tuple[int, int]:
    """Width and height at which a stream is shown: pixels that are not square make it wider or narrower."""
    width, height = stream.width, stream.height
    aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    if aspect and aspect > 0 and aspect != 1:
        wide = max(1, round(width * float(aspect)))
        notes.append(
            f"Its pixels are not square, so {width} x {height} of them are shown as {wide} x {height}."
        )
        return wide, height
    return width, height


def _matrix(frame: Any) -> tuple[int, int, int, int]:
    """Where a frame's right and downward directions lead when it is shown, as a, b, c, d: (x, y) goes to
    (a x + c y, b x + d y).

    The matrix is that of ISO/IEC 14496-12, 8.3.2, of which only turns by quarters and mirrors mean anything.
    """
    from av.sidedata.sidedata import Type

    for part in frame.side_data:
        if part.type == Type.DISPLAYMATRIX:
            a, b, _, c, d = struct.unpack_from("=5i", bytes(part))
            return tuple(round(number / 65536) for number in (a, b, c, d))  # type: ignore[return-value]
    return 1, 0, 0, 1


def _turned(picture: np.ndarray, matrix: tuple[int, int, int, int], notes: list[str]) -> np.ndarray:
    """A frame (height, width, 3) as its matrix says that it is shown."""
    a, b, c, d = matrix
    if matrix == (1, 0, 0, 1):
        return picture
    if abs(b) == abs(c) == 1 and a == d == 0:
        shown = picture.transpose(1, 0, 2)[::b, ::c]
    elif abs(a) == abs(d) == 1 and b == c == 0:
        shown = picture[::d, ::a]
    else:
        shown = None
    done = "It was turned or mirrored as its header says." if shown is not None else ""
    sentence = done or "Its header asks for a turn by no quarter, which was not done."
    if sentence not in notes:
        notes.append(sentence)
    return picture if shown is None else np.ascontiguousarray(shown)


def steady(times: list[float], rate: float, last: float) -> tuple[list[int], float]:
    """Which frame is shown at each step of a steady clock, and the steps in a second.

    Frames that are equally long but for the rounding of their times are taken as they are.

    Args:
        times: when each frame begins, in seconds.
        rate: frames in a second as the file says, or 0.
        last: how long the last frame stays, in seconds, or 0.
    """
    every = list(range(len(times)))
    start = np.array(times)
    gaps = np.diff(start)
    if len(times) < 2 or not np.isfinite(start).all() or gaps.min() < 0 or start[-1] <= start[0]:
        return every, rate or 25.0
    mean = (start[-1] - start[0]) / len(gaps)
    if np.abs(start - start[0] - mean * np.arange(len(start))).max() < 0.5 * mean:
        return every, rate if rate and abs(rate * mean - 1) < 0.02 else 1 / mean
    gap = float(np.median(gaps[gaps > 0]))
    end = start[-1] + (last or gap)
    steps = max(1, round((end - start[0]) / gap))
    clock = start[0] + gap * (np.arange(min(steps, 100_000)) + 0.5)
    return (np.searchsorted(start, clock, side="right") - 1).tolist(), 1 / gap


@dataclass(frozen=True, eq=False)
class Video(Value):
    """A clip: ``frames`` is uint8 of shape (time, height, width, 3); ``fps`` frames a second.

    What a file says about showing its frames is applied: turns and mirrors, pixels that are not square, and the times
    of frames that are not equally long, which are repeated.
    """

    frames: np.ndarray
    fps: float
    remarks: tuple[str, ...] = ()

    kind: ClassVar[str] = "video"
    label: ClassVar[str] = "a clip"
    plural: ClassVar[str] = "Clips"
    placeholder: ClassVar[Any] = "clip.mp4"
    suffix: ClassVar[str] = ".mp4"
    accepts: ClassVar[str] = (
        "an MP4, WebM, MOV, AVI or GIF clip, of which 300 frames of 2 megapixels are used"
    )
    max_frames: ClassVar[int] = 300
    max_pixels: ClassVar[int] = 2_100_000
    """Of a frame; larger ones of a file are scaled down."""
    max_source: ClassVar[int] = 36_000_000
    """Pixels of a file's frame, beyond which it is refused before decoding: 8K."""
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
        """Decode a clip as players show it; frames past the limit are left unread."""
        import av

        notes: list[str] = []
        try:
            with av.open(io.BytesIO(data), "r", options=_container_options(cls.formats)) as container:
                stream = container.streams.video[0]
                frames, times, last = cls._frames(container, stream, notes)
                rate = float(stream.average_rate or 0)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"the file is not a readable clip; send {cls.accepts}.") from error
        if not len(frames):
            raise InputError(f"the clip has no frames; send {cls.accepts}.")
        places, fps = steady(times, rate, last)
        most = min(cls.max_frames, cls.max_volume // (frames[0].shape[0] * frames[0].shape[1]))
        if places == list(range(len(frames))):
            return cls(frames[:most], fps, tuple(notes))
        notes.append(f"The frames are shown for unequal times and were repeated, {fps:.4g} to a second.")
        if len(places) > most:
            notes.append(f"Of {len(places) / fps:.3g} s the first {most / fps:.3g} are used.")
        return cls(frames[places[:most]], fps, tuple(notes))

    @classmethod
    def _frames(cls, container: Any, stream: Any, notes: list[str]) -> tuple[np.ndarray, list[float], float]:
        """Frames (t, H, W, 3) as they are shown, when each begins in seconds, and how long the last one stays."""
        width, height = _shown_size(stream, notes)
        if stream.width * stream.height > cls.max_source or width * height > cls.max_source:
            raise InputError(f"the clip has {width} x {height} pixels; at most 36 megapixels are accepted.")
        if width * height > cls.max_pixels:
            factor = (cls.max_pixels / (width * height)) ** 0.5
            size = max(1, int(width * factor)), max(1, int(height * factor))
            notes.append(f"{width} x {height} pixels were scaled to {size[0]} x {size[1]}.")
            width, height = size
        most = min(cls.max_frames, cls.max_volume // (width * height))
        frames = np.empty((0, height, width, 3), np.uint8)
        times: list[float] = []
        last = 0.0
        for frame in container.decode(stream):
            picture = frame.to_ndarray(width=width, height=height, format="rgb24")
            picture = _turned(picture, _matrix(frame), notes)
            if (
                not times
            ):  # a block for all, of which only what is filled takes memory: a copy would take it twice
                frames = np.empty((most, *picture.shape), np.uint8)
            frames[len(times)] = picture
            times.append(float("nan") if frame.time is None else frame.time)
            last = float((frame.duration or 0) * (frame.time_base or 0))
            if len(times) == most:
                if stream.frames > most:
                    notes.append(f"Of {stream.frames:,} frames the first {most} are used.")
                break
        return frames[: len(times)], times, last

    def encode(self, loss: int = 12) -> bytes:
        """An H.264 MP4; odd sizes are padded by one line.

        Args:
            loss: x264's constant rate factor, 0 to 51; at 12 coding is invisible.
        """
        from fractions import Fraction

        import av

        odd = [(0, 0), (0, self.frames.shape[1] % 2), (0, self.frames.shape[2] % 2), (0, 0)]
        frames = np.pad(self.frames, odd, mode="edge")
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="mp4") as container:
            rate = Fraction(self.fps).limit_denominator(1001)
            # With its tree of macroblocks x264 gives small frames other bytes each time it is asked.
            stream = container.add_stream("libx264", rate=rate, options={"crf": str(loss), "mbtree": "0"})
            stream.height, stream.width = frames.shape[1:3]
            stream.pix_fmt = "yuv420p"
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode(None))
        return buffer.getvalue()

    def canonical(self) -> bytes:
        """Shape, frames and rate."""
        return array_bytes(self.frames, np.array(self.fps))
