"""What stored answers keep of values that would be large."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import own_methods
import pandas
import pytest
import trimesh
from starlette.requests import Request

from zoo import answers, paths, registry
from zoo.action import Result
from zoo.app import answers as app_answers
from zoo.types import Audio, Mesh, Table, Value, Video


def kept(value: Value) -> tuple[Value, int]:
    """A value as it comes back from a store, and the bytes that it takes there."""
    field = Result("field", value.kind, value_type=type(value))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as store:
        for name, data in answers._encoded(field, value):
            store.writestr(name, data)
    with zipfile.ZipFile(file) as store:
        return answers._decoded(field, store), len(file.getvalue())


def ball(radius: float = 3.0) -> Mesh:
    sphere = trimesh.creation.icosphere(4, radius)
    return Mesh.of((sphere.vertices + 5, sphere.faces))


def test_a_shape_comes_back_with_the_same_triangles_and_corners_nearly_where_they_were() -> None:
    back, size = kept(ball())
    assert (back.faces == ball().faces).all()
    assert abs(back.vertices - ball().vertices).max() < 6 / answers.STEPS
    assert size < len(ball().encode()) / 2
    assert answers._alike(back, ball())
    assert not answers._alike(back, ball(4.0))


def test_a_sound_comes_back_at_its_rate_and_length_and_nearly_the_same() -> None:
    time = np.arange(32_000) / 16_000
    sound = Audio.of((16_000, 0.5 * np.sin(2 * np.pi * 440 * time)))
    back, size = kept(sound)
    assert (back.rate, back.seconds) == (16_000, pytest.approx(2.0, abs=0.1))
    assert size < 20_000
    overlap = min(len(back.samples), len(sound.samples)) - 4000
    spectra = [abs(np.fft.rfft(one.samples[2000 : 2000 + overlap])) for one in (back, sound)]
    assert spectra[0].argmax() == spectra[1].argmax()
    assert spectra[0].max() == pytest.approx(spectra[1].max(), rel=0.05)
    assert answers._alike(back, sound)
    assert not answers._alike(back, Audio.of((16_000, sound.samples[:16_000])))


@pytest.mark.parametrize("slug", own_methods.TARGETS)
def test_every_stored_answer_is_of_an_action(slug: str) -> None:
    assert answers.orphans(slug, registry.load(slug).actions()) == []


def test_an_answer_of_a_former_action_is_an_orphan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers.paths, "root", lambda: tmp_path)
    folder = tmp_path / "cards" / "answers" / "some-method"
    folder.mkdir(parents=True)
    for name in ("watch", "shrink"):
        (folder / f"{name}.zip").touch()
    assert answers.orphans("some-method", {"watch", "other"}) == [folder / "shrink.zip"]


LARGER = {"vc-inr/compress_shape": 100}
"""Stored answers above 60 KiB, with their KiB: two shapes of 20,000 triangles each, which viewers cannot do without."""


@pytest.mark.parametrize("slug", own_methods.TARGETS)
def test_a_stored_answer_takes_at_most_60_kibibytes(slug: str) -> None:
    for path in (paths.root() / "cards" / "answers" / slug).glob("*.zip"):
        most = LARGER.get(f"{slug}/{path.stem}", 60)
        assert path.stat().st_size <= 1024 * most, path


def test_a_table_keeps_five_digits_and_the_names_of_its_rows() -> None:
    frame = pandas.DataFrame({"x": [1 / 3, 2e-9 / 3], "n": [1_234_567, 2], "w": ["a", "b"]}, index=["p", "q"])
    back, _ = kept(Table.of(frame))
    assert back.frame["x"].tolist() == [0.33333, 6.6667e-10]
    assert back.frame["n"].tolist() == [1_234_567, 2]
    assert list(back.frame.index) == ["p", "q"]


def test_a_clip_is_stored_smaller_and_looks_the_same() -> None:
    columns = np.arange(64) * np.ones((48, 1))
    noise = np.random.default_rng(0).normal(0, 8, (6, 48, 64))
    frames = [128 + 60 * np.sin((columns + 3 * moment) / 9) + noise[moment] for moment in range(6)]
    clip = Video.of((np.repeat(np.clip(frames, 0, 255).astype(np.uint8)[..., None], 3, axis=3), 12.0))
    back, size = kept(clip)
    assert size < 0.6 * len(clip.encode())
    assert back.frames.shape == clip.frames.shape
    assert abs(back.frames.astype(float) - clip.frames).mean() < answers.SAME_LEVELS


def test_an_empty_cell_reaches_the_browser_as_null(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kept:
        count = 1

        def get(self, number: int) -> dict[str, object]:
            return {"inputs": [], "results": [{"data": [["the root", float("nan")]]}]}

    monkeypatch.setitem(app_answers.Answers.pages, "tree/draw", Kept())
    path = {"slug": "tree", "action": "draw", "number": 0}
    sent = app_answers.answered(Request({"type": "http", "path_params": path})).body
    assert json.loads(sent, parse_constant=pytest.fail)["results"] == [{"data": [["the root", None]]}]
