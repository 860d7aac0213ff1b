"""``zoo answers``: what the first example of an action gives, stored small, so that pages open with it at once.

``cards/answers/<slug>/<action>.zip`` holds a file for each field of the result. Pictures, sounds and clips are stored
with a little loss, corners of shapes to a thousandth of their size, numbers of plots with six digits and of tables with
five, and what is read of them says so by being marked as a stored example. A store of other inputs than the example's
is none; ``differences`` says whether a run still gives what is stored, and ``is_of_this_code`` whether the code has
changed.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo import paths, registry
from zoo.action import Action, Result
from zoo.errors import InputError
from zoo.evidence import verify
from zoo.method import Method
from zoo.types import Audio, Figure, File, Image, Images, Mesh, Metrics, Pictures, Points, Table, Value, Video

CLOSE = 0.02
"""What two machines may differ by, as a share of the largest number of a series."""
ROUNDING = 1e-9
"""Numbers below this come from rounding."""
SAME_LEVELS = 8.0
"""The mean difference of two pictures, of 255 levels, up to which they are the same: the loss of storing them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo answers`` takes."""
    parser.add_argument(
        "slugs", nargs="*", metavar="SLUG[.ACTION]", help="methods or actions; all by default"
    )
    parser.add_argument(
        "--write", action="store_true", help="run the first examples and store what they give"
    )


def main(options: argparse.Namespace) -> None:
    """Run ``zoo answers``: list what is stored, or store it anew.

    Raises:
        InputError: there is no such method or action.
    """
    for words in options.slugs or registry.entries():
        slug, _, name = words.partition(".")
        method = registry.load(slug)
        actions = type(method).actions()
        if name and name.replace("-", "_") not in actions:
            raise InputError(f"{slug} has no action {name}; name one of {', '.join(actions)}.")
        for action in actions.values():
            if action.examples and name.replace("-", "_") in ("", action.name):
                path = write(method, action) if options.write else path_of(slug, action)
                size = f"{path.stat().st_size / 1000:,.1f} kB" if path.is_file() else "not stored"
                print(f"{slug}.{action.name}: {size}", flush=True)
        if options.write:
            for path in orphans(slug, actions):
                path.unlink()
                print(f"{slug}.{path.stem}: removed, there is no such action")


def orphans(slug: str, actions: Collection[str]) -> list[Path]:
    """Stored results of a method's former actions."""
    stored = (paths.root() / "cards" / "answers" / slug).glob("*.zip")
    return sorted(path for path in stored if path.stem not in actions)


def path_of(slug: str, action: Action) -> Path:
    """Where an action's stored result is."""
    return paths.root() / "cards" / "answers" / slug / f"{action.name}.zip"


def read(method: type[Method], action: Action, number: int = 0) -> dict[str, Any] | None:
    """The stored result of an example, by field; None where there is none of these inputs."""
    path = path_of(method.slug, action)
    if number or not path.is_file():
        return None
    with zipfile.ZipFile(path) as store:
        about = json.loads(store.read("about.json"))
        if about["example"] != _example(action) or set(about["fields"]) != {
            field.name for field in action.results
        }:
            return None
        return {
            field.name: None if about["fields"][field.name] is None else _decoded(field, store)
            for field in action.results
        }


def summary(method: type[Method], action: Action) -> str:
    """The sentence that the stored result of the first example opens with; empty where there is none."""
    path = path_of(method.slug, action)
    field = next((field for field in action.results if field.kind == "summary"), None)
    if field is None or not path.is_file():
        return ""
    with zipfile.ZipFile(path) as store:
        return str(_decoded(field, store)) if field.name in store.namelist() else ""


def write(method: Method, action: Action) -> Path:
    """Run the first example of an action and store what it gives."""
    result = method.run(action.name, **type(method).example(action, 0))
    path = path_of(method.slug, action)
    path.parent.mkdir(parents=True, exist_ok=True)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as store:
        fields: dict[str, Any] = {}
        for field in action.results:
            value = getattr(result, field.name)
            fields[field.name] = None if value is None else field.kind
            for name, data in [] if value is None else _encoded(field, value):
                store.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_LZMA)
        code = verify.state_of(type(method))
        about = json.dumps({"example": _example(action), "fields": fields, "state": code}, indent=1)
        store.writestr(zipfile.ZipInfo("about.json"), about, zipfile.ZIP_LZMA)
    paths.write_whole(path, archive.getvalue())
    return path


def differences(action: Action, stored: dict[str, Any], result: Any) -> list[str]:
    """The fields in which a run of the example differs from what is stored by more than two machines may."""
    return [
        field.name for field in action.results if not _alike(stored[field.name], getattr(result, field.name))
    ]


def is_of_this_code(method: type[Method], action: Action) -> bool:
    """Whether what is stored was made by the code, the weights and the packages of today.

    Where it was, what differs is the machine: a training that is chaotic ends elsewhere on another processor.
    """
    with zipfile.ZipFile(path_of(method.slug, action)) as store:
        return json.loads(store.read("about.json")).get("state") == verify.state_of(method)


def _example(action: Action) -> Any:
    """The example's inputs as JSON says them."""
    return json.loads(json.dumps(dict(action.examples[0]), default=list))


def _encoded(field: Result, value: Any) -> Iterator[tuple[str, bytes]]:
    """A field as files, by name."""
    name = field.name
    if isinstance(value, Pictures):
        captions = [caption for caption, _ in value.items]
        yield f"{name}.json", json.dumps(captions, ensure_ascii=False).encode()
        for number, (_, picture) in enumerate(value.items):
            yield f"{name}/{number}.webp", _webp(picture)
    elif isinstance(value, Images):
        yield f"{name}.json", json.dumps(len(value.items)).encode()
        for number, picture in enumerate(value.items):
            yield f"{name}/{number}.webp", _webp(picture)
    elif isinstance(value, Image):
        yield name, _webp(value)
    elif isinstance(value, Figure):
        yield name, json.dumps(_brief(json.loads(value.plot.to_json())), separators=(",", ":")).encode()
    elif isinstance(value, File):
        yield f"{name}.json", json.dumps(value.name).encode()
        yield name, value.data
    elif isinstance(value, Mesh):
        yield name, _mesh(value)
    elif isinstance(value, Audio):
        yield name, _mp3(value)
    elif isinstance(value, Video):
        yield name, value.encode(loss=26)
    elif isinstance(value, Table):
        numbers = value.frame.select_dtypes("floating")
        yield (
            name,
            replace(
                value, frame=value.frame.assign(**numbers.map(lambda number: _short(number, 5)))
            ).encode(),
        )
    elif isinstance(value, Value):
        yield name, value.encode()
    else:
        yield name, json.dumps(value, ensure_ascii=False).encode()


def _decoded(field: Result, store: zipfile.ZipFile) -> Any:
    name, kind = field.name, field.value_type
    if kind is None:
        return json.loads(store.read(name))
    if issubclass(kind, Pictures):
        captions = json.loads(store.read(f"{name}.json"))
        return Pictures(
            tuple(
                (caption, Image.decode(store.read(f"{name}/{number}.webp")))
                for number, caption in enumerate(captions)
            )
        )
    if issubclass(kind, Images):
        count = json.loads(store.read(f"{name}.json"))
        return Images(tuple(Image.decode(store.read(f"{name}/{number}.webp")) for number in range(count)))
    if issubclass(kind, File):
        return File(json.loads(store.read(f"{name}.json")), store.read(name))
    if issubclass(kind, Mesh):
        return _mesh_of(store.read(name))
    return kind.decode(store.read(name))


def _webp(picture: Image) -> bytes:
    """A small picture without loss where that is smaller, else with a little."""
    files = []
    for settings in ({"lossless": True}, {"quality": 60}):
        file = io.BytesIO()
        picture.pil().save(file, "webp", method=6, **settings)
        files.append(file.getvalue())
    return min(files, key=len)


def _mp3(sound: Audio) -> bytes:
    """A sound at 48 kbit/s."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=sound.rate)
        stream.bit_rate = 48_000
        frame = av.AudioFrame.from_ndarray(sound.samples[None], format="fltp", layout="mono")
        frame.sample_rate = sound.rate
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return file.getvalue()


STEPS = 1024
"""Places along each axis at which corners of stored shapes lie."""


def _mesh(shape: Mesh) -> bytes:
    """A shape as small differences of whole numbers, bytes of a rank together, for the ZIP to pack."""
    low, high = shape.vertices.min(axis=0), shape.vertices.max(axis=0)
    corners = ((shape.vertices - low) / np.maximum(high - low, 1e-12) * (STEPS - 1)).round().astype(np.int32)
    parts = [np.array(shape.vertices.shape[:1], np.int32).tobytes(), low.tobytes(), high.tobytes()]
    for numbers in (corners, shape.faces.astype(np.int32)):
        steps = np.diff(numbers, axis=0, prepend=np.zeros((1, 3), np.int32))
        parts.append(steps.T.copy().view(np.uint8).reshape(-1, 4).T.tobytes())
    return b"".join(parts)


def _mesh_of(data: bytes) -> Mesh:
    """A shape that ``_mesh`` wrote."""
    count = int(np.frombuffer(data, np.int32, 1)[0])
    low, high = np.frombuffer(data, np.float64, 6, 4).reshape(2, 3)
    corners, faces = (
        np.ascontiguousarray(np.frombuffer(part, np.uint8).reshape(4, -1).T)
        .view(np.int32)
        .reshape(3, -1)
        .T.cumsum(axis=0)
        for part in (data[52 : 52 + 12 * count], data[52 + 12 * count :])
    )
    return Mesh.of((low + corners / (STEPS - 1) * (high - low), faces))


def _brief(part: Any) -> Any:
    """A plot's JSON with numbers of six digits, and binary columns in single precision."""
    if isinstance(part, dict):
        if part.get("dtype") == "f8" and "bdata" in part:
            numbers = _numbers(part).astype("f4")
            return {**part, "dtype": "f4", "bdata": base64.b64encode(numbers.tobytes()).decode()}
        return {name: _brief(inner) for name, inner in part.items() if name != "template"}
    if isinstance(part, list):
        return [_brief(inner) for inner in part]
    return _short(part, 6) if isinstance(part, float) else part


def _short(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}")


def _numbers(column: dict[str, Any]) -> np.ndarray:
    """A binary column of a plot's JSON."""
    return np.frombuffer(base64.b64decode(column["bdata"]), column["dtype"])


def _alike(stored: Any, fresh: Any) -> bool:
    if stored is None or fresh is None:
        return stored is fresh
    if isinstance(stored, Image):
        return stored.pixels.shape == fresh.pixels.shape and _levels(stored, fresh) < SAME_LEVELS
    if isinstance(stored, Pictures):
        return len(stored.items) == len(fresh.items) and all(
            _alike(first, second) for (_, first), (_, second) in zip(stored.items, fresh.items, strict=True)
        )
    if isinstance(stored, Metrics):
        return _rows_alike(stored, fresh)
    if isinstance(stored, Figure):
        before, after = (list(_series(json.loads(value.plot.to_json()))) for value in (stored, fresh))
        return len(before) == len(after) and all(map(_close, before, after))
    if isinstance(stored, Mesh):
        sizes = [np.ptp(shape.vertices, axis=0) for shape in (stored, fresh)]
        return _close(*sizes) and _close(*(np.array([len(shape.faces)]) for shape in (stored, fresh)))
    if isinstance(stored, Audio):
        return stored.rate == fresh.rate and abs(stored.seconds - fresh.seconds) < 0.2
    if isinstance(stored, Points):
        return _close(stored.xy, fresh.xy)
    if isinstance(stored, Table):
        if list(stored.frame.columns) != list(fresh.frame.columns):
            return False
        names = list(fresh.frame.select_dtypes("number"))  # a file does not tell the name 1 from the number
        return _close(stored.frame[names].to_numpy("f8"), fresh.frame[names].to_numpy("f8"))
    if isinstance(stored, File):
        return stored.name == fresh.name
    return type(stored) is type(fresh)


def _levels(first: Image, second: Image) -> float:
    return float(np.abs(first.pixels.astype("f4") - second.pixels).mean())


def _rows_alike(stored: Metrics, fresh: Metrics) -> bool:
    if [row[::2] for row in stored.rows] != [row[::2] for row in fresh.rows]:
        return False
    pairs = [
        (before, after)
        for (_, before, unit), (_, after, _) in zip(stored.rows, fresh.rows, strict=True)
        if unit not in ("s", "ms") and isinstance(before, int | float) and isinstance(after, int | float)
    ]
    return all(
        max(abs(before), abs(after)) < ROUNDING or _close(np.array([before]), np.array([after]))
        for before, after in pairs
    )


def _close(before: np.ndarray, after: np.ndarray) -> bool:
    if before.shape != after.shape:
        return False
    scale = float(np.nanmax(np.abs(before), initial=0.0)) if before.size else 0.0
    return bool(np.allclose(before, after, rtol=CLOSE, atol=max(CLOSE * scale, ROUNDING), equal_nan=True))


def _series(part: Any, place: str = "") -> Iterator[np.ndarray]:
    """The columns of numbers of a plot."""
    if isinstance(part, dict):
        if "bdata" in part:
            yield _numbers(part).astype("f8")
        else:
            for name, inner in part.items():
                if name not in ("template", "layout"):
                    yield from _series(inner, name)
    elif isinstance(part, list):
        if part and all(isinstance(inner, int | float) and not isinstance(inner, bool) for inner in part):
            yield np.array(part, "f8")
        else:
            for inner in part:
                yield from _series(inner, place)
