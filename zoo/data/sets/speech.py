"""Spoken names of things, with the time of every word."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import wave

import numpy as np

from zoo.data.dataset import Arrays, dataset, find
from zoo.data.errors import DataError
from zoo.data.store import opened

RATE = 16_000
VOICES = ("en-us", "en-gb", "en-us+f3", "en-gb-scotland+f2")
PAUSE = 0.06  # seconds between words


@dataset(
    "speech",
    splits={"train": 426 * len(VOICES), "test": 112 * len(VOICES)},
    fields={
        "audio": "ragged int16 (samples,)",
        "words": "ragged int64 (words, 2)",
        "texts": "text (n,)",
        "stamps": "int64 (n,)",
        "voices": "int64 (n,)",
        "voice_names": f"text ({len(VOICES)},)",
    },
    licence="GPL-2.0 (the texts, Tux Paint); spoken by espeak-ng (GPL-3.0)",
    derived_from=["stamps"],
)
def speech() -> dict[str, Arrays]:
    """The English name of every stamp, spoken by four voices of espeak-ng, 16 kHz mono.

    The words are spoken one by one, so that their times are known: `words[k]` are first sample and
    end of each word of `texts[k]`, in order. `stamps` index the same split of the data set
    `stamps`, `voices` index `voice_names`. Needs the program espeak-ng.
    """
    if shutil.which("espeak-ng") is None:
        raise DataError("speech is synthesised by espeak-ng, which is not installed")
    return {split: _speak(split) for split in ("train", "test")}


def _speak(split: str) -> Arrays:
    from tqdm.auto import tqdm

    names = opened(find("stamps"), split).texts[:, 0]
    texts = [" ".join(re.findall(r"[a-z']+", name.lower())) or "thing" for name in names]
    spoken: dict[tuple[str, str], np.ndarray] = {}
    audio, words = [], []
    for text in tqdm(texts, desc=f"speaking {split}"):
        for voice in VOICES:
            parts = []
            for word in text.split():
                if (word, voice) not in spoken:
                    spoken[word, voice] = _say(word, voice)
                parts.append(spoken[word, voice])
            pause = np.zeros(int(PAUSE * RATE), np.int16)
            lengths = np.array([len(part) for part in parts])
            starts = np.cumsum(lengths + len(pause)) - lengths
            words.append(np.stack([starts, starts + lengths], axis=1))
            audio.append(np.concatenate([piece for part in parts for piece in (pause, part)]))
    return {
        "audio": audio,
        "words": words,
        "texts": np.repeat(texts, len(VOICES)),
        "stamps": np.repeat(np.arange(len(texts)), len(VOICES)),
        "voices": np.tile(np.arange(len(VOICES)), len(texts)),
        "voice_names": np.array(VOICES),
    }


def _say(word: str, voice: str) -> np.ndarray:
    """One word at 16 kHz, without the silence around it."""
    from scipy.signal import resample_poly

    done = subprocess.run(["espeak-ng", "--stdout", "-v", voice, "--", word], capture_output=True, check=True)
    with wave.open(io.BytesIO(done.stdout)) as sound:
        # a stream's header does not know its length
        samples = np.frombuffer(sound.readframes(1 << 30), "<i2").astype(np.float64)
        heard = resample_poly(samples, RATE, sound.getframerate())
    loud = np.flatnonzero(np.abs(heard) > 200)
    clipped = np.clip(np.rint(heard), -32768, 32767).astype(np.int16)
    return clipped[loud[0] : loud[-1] + 1] if len(loud) else clipped
