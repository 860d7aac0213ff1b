"""What every method promises, written once and inherited by all.

The first run of an example is kept and shared by the checks that look at its result. So a method costs the battery one
run of each of its examples, another of the first one of each action, and one of each action on every unusual input.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from zoo import answers, card, hub, idea, paths
from zoo.blocks import seeded
from zoo.errors import InputError, PluginError, ZooError
from zoo.method import Action, Method, Param, Progress
from zoo.registry import RESERVED, Entry
from zoo.testing.samples import BAD, BAD_OBJECTS, GOOD, MB, ODD
from zoo.types import MAX_BYTES, Image, Metrics, Value

HEAVY = {
    "accelerate", "av", "diffusers", "gradio", "huggingface_hub", "matplotlib", "pandas", "plotly", "scipy",
    "sklearn", "timm", "torch", "torchvision", "transformers", "trimesh",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An action of an entry, with one of its examples."""

    entry: Entry
    action: str
    example: int = 0

    @property
    def spec(self) -> Action:
        """The action itself."""
        return self.entry.draft.actions()[self.action]

    @property
    def inputs(self) -> dict[str, Any]:
        """The example's inputs, with paths of its files."""
        return self.entry.draft.example(self.spec, self.example)

    def __str__(self) -> str:
        return f"{self.entry.slug}.{self.action}.{self.example}"


def cases(entries: list[Entry]) -> list[Case]:
    """Every action of the methods that can be used, also of those in progress."""
    return [Case(entry, name) for entry in entries if _usable(entry) for name in entry.draft.actions()]


def _usable(entry: Entry) -> bool:
    try:
        return bool(entry.draft)
    except PluginError:
        return False


def examples(entries: list[Entry]) -> list[Case]:
    """Every example of every action."""
    return [
        dataclasses.replace(case, example=index)
        for case in cases(entries)
        for index in range(len(case.spec.examples))
    ]


# ---------------------------------------------------------------------------------------------------------
# Watching


@dataclass
class Listener(Progress):
    """Remembers how far it was said to be."""

    fractions: list[float] = field(default_factory=list)

    def __call__(self, fraction: float, text: str = "") -> None:
        """Remember the fraction."""
        self.fractions.append(fraction)


@dataclass
class Opened:
    """Files opened, addresses called and names unpickled while watching."""

    paths: set[str] = field(default_factory=set)
    addresses: list[Any] = field(default_factory=list)
    pickled: set[str] = field(default_factory=set)


_watching: list[Opened] = []


def _watch(event: str, args: tuple[Any, ...]) -> None:
    for opened in _watching:
        if event == "open" and isinstance(args[0], str | bytes):
            opened.paths.add(os.fsdecode(args[0]))
        elif event in ("socket.connect", "socket.getaddrinfo"):
            opened.addresses.append(args)
        elif event == "pickle.find_class":
            opened.pickled.add(f"{args[0]}.{args[1]}")


sys.addaudithook(_watch)


@contextlib.contextmanager
def watching() -> Iterator[Opened]:
    """Record what this process opens and calls."""
    opened = Opened()
    _watching.append(opened)
    try:
        yield opened
    finally:
        _watching.remove(opened)


@contextlib.contextmanager
def untouched_disk() -> Iterator[None]:
    """Nothing is left in the working folder or the folder for temporary files."""
    before, old_temporary = Path.cwd(), tempfile.tempdir
    with tempfile.TemporaryDirectory() as base:
        working, temporary = Path(base, "cwd"), Path(base, "tmp")
        working.mkdir()
        temporary.mkdir()
        os.chdir(working)
        tempfile.tempdir = str(temporary)
        try:
            yield
            left = [
                path.name
                for folder in (working, temporary)
                for path in folder.iterdir()
                if not path.name.startswith("torchinductor_")  # torch's own, made when it is first imported
            ]
        finally:
            os.chdir(before)
            tempfile.tempdir = old_temporary
    assert not left, f"left on disk: {left}"


# ---------------------------------------------------------------------------------------------------------
# The entry module, the texts and the card

_IMPORT = """
import importlib, json, sys, time
import zoo.method, zoo.types
start, known = time.process_time(), set(sys.modules)
importlib.import_module(sys.argv[1])
seconds = time.process_time() - start
print(json.dumps({"seconds": seconds, "new": sorted({name.partition(".")[0] for name in set(sys.modules) - known})}))
"""


def import_cost(module: str) -> dict[str, Any]:
    """CPU seconds and new top-level packages of importing a module after the contract, in a new process."""
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, module],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def check_light(entry: Entry, seconds: float = 0.1, attempts: int = 7) -> None:
    """The entry module costs under 100 ms of CPU time beyond the contract, and imports nothing heavy."""
    best = float("inf")
    for _ in range(attempts):  # a busy machine only ever adds to CPU time, so the least is the truth
        cost = import_cost(entry.target.partition(":")[0])
        assert not HEAVY & set(cost["new"]), f"imports {sorted(HEAVY & set(cost['new']))}"
        best = min(best, cost["seconds"])
        if best < seconds:
            return
    raise AssertionError(f"importing costs {1000 * best:.0f} ms of CPU time")


def check_texts(entry: Entry) -> None:
    """Title, paper and docstrings are complete: every input and every result is explained."""
    method = entry.draft
    assert method.title.strip()
    assert method.summary().endswith("."), "the class's first paragraph is a sentence"
    assert method.description(), "the class's docstring has more than one line for its page"
    paper = method.paper
    assert paper.title
    assert paper.authors
    assert not isinstance(paper.authors, str)
    assert 1800 < paper.year < 2100
    assert paper.venue
    assert re.match(r"https://\S+$", paper.url)
    for name, action in method.actions().items():
        assert action.title, name
        assert action.examples, f"{name} has no example"
        assert action.summary.endswith("."), f"{name}: the first line of its docstring is a sentence"
        for param in action.params:
            assert param.help, f"{name} does not explain {param.name}"
            assert param.name not in RESERVED, f"{name}: the outlets use the name {param.name} themselves"
            assert not param.name.startswith(("_", "model_")), f"{name}: pydantic keeps {param.name}"
        explained = {item.arg_name for item in action._doc.params}
        known = {param.name for param in action.params} | {"progress"}
        assert explained <= known, f"{name} explains {sorted(explained - known)}, which it does not take"
        for result in action.results:
            assert result.help, f"{action.result_type.__name__} does not explain {result.name}"
        for param in action.params:
            numeric = param.kind in ("int", "float")
            assert not numeric or (param.low is not None and param.high is not None), (
                f"{name}: {param.name} has no bounds, so no slider and no limit"
            )


def check_card(entry: Entry) -> None:
    """The card satisfies the zoo and the Hub's client, names licence, tags and paper, and has a picture."""
    method = entry.draft
    page = card.read(method)
    hub_card = card.model_card(page)
    assert hub_card.data.license
    assert hub_card.data.library_name == "latent-zoo"
    assert {"latent-zoo", method.family} <= set(hub_card.data.tags)
    assert method.paper.url in page.text, f"the card's text does not link its paper, {method.paper.url}"
    assert page.text.strip()
    assert page.thumbnail is not None, "the card has no thumbnail beside it"
    assert Image.open(page.thumbnail).width >= 64
    assert page.thumbnail.stat().st_size <= 100_000


def check_idea(entry: Entry) -> None:
    """The card says the idea in three sentences, draws it, and explains the words of the page."""
    idea.read(entry.draft)


def check_words(entry: Entry) -> None:
    """Every number that an example gives has a word in the card that says what it is."""
    words = idea.read(entry.draft).words
    unsaid = {
        name
        for case in examples([entry])
        for value in vars(kept(case).result).values()
        if isinstance(value, Metrics)
        for name, _, unit in value.rows
        if not idea.explains(words, name, unit)
    }
    assert not unsaid, f"the card's “## Words” has no line for: {', '.join(sorted(unsaid))}"


def check_summary(case: Case) -> None:
    """A result begins with what came out: one sentence that names its baseline."""
    fields = [item for item in case.spec.results if item.kind == "summary"]
    assert len(fields) == 1, (
        f'{case.action} needs one field such as verdict: Annotated[str, Summary("the mean")] among its results'
    )
    (summed,) = fields
    sentence = getattr(kept(case).result, summed.name)
    assert sentence.rstrip().endswith("."), f"{sentence!r} is no sentence"
    assert summed.against in sentence, f"{sentence!r} does not name {summed.against}"


def check_opening(case: Case) -> None:
    """A page opens with what the action's first example gives today."""
    again = f"run zoo answers {case.entry.slug}.{case.action.replace('_', '-')} --write"
    stored = answers.read(case.entry.draft, case.spec)
    assert stored is not None, f"what the page opens with is not stored; {again}"
    other = answers.differences(case.spec, stored, kept(case).result)
    same_code = bool(other) and answers.is_of_this_code(case.entry.draft, case.spec)
    assert not other or same_code, f"{', '.join(other)}: the stored answer is of other code; {again}"


# ---------------------------------------------------------------------------------------------------------
# Running


@dataclass(frozen=True)
class Run:
    """What came of a run to its end."""

    result: Any
    yields: int
    fractions: list[float]
    seconds: float = 0.0
    """CPU seconds of this process."""
    networks: dict[tuple, Any] = field(default_factory=dict)
    """The networks that the run loaded, by what they were asked for with; of kept runs only."""
    opened: Opened = field(default_factory=Opened)
    """What kept runs opened."""
    drew: bool = False
    """Whether a kept run drew from the random numbers that all actions share, which others would miss."""

    def fingerprints(self) -> dict[str, Any]:
        """Every field of the result as something that compares."""
        values = {item.name: getattr(self.result, item.name) for item in dataclasses.fields(self.result)}
        return {
            name: value.fingerprint() if isinstance(value, Value) else value for name, value in values.items()
        }


def run(case: Case, inputs: dict[str, Any] | None = None) -> Run:
    """Run an action to its end, checking the shape of everything it yields."""
    listener = Listener()
    given = {**(case.inputs if inputs is None else inputs), "progress": listener}
    start = time.process_time()
    with untouched_disk():
        outcome = getattr(case.entry.draft(), case.action)(**given)
        if not case.spec.streams:
            check_result(case.spec, outcome)
            return Run(outcome, 1, listener.fractions, time.process_time() - start)
        count, last = 0, None
        for last in outcome:
            count += 1
            check_torch_is_as_it_was()
            check_result(case.spec, last)
        return Run(last, count, listener.fractions, time.process_time() - start)


def check_torch_is_as_it_was() -> None:
    """Between its steps a stream leaves torch alone.

    The app asks for each step on any of its threads: a mode held over a ``yield`` stays on one of them for good.
    """
    if torch := sys.modules.get("torch"):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


@functools.cache
def kept(case: Case) -> Run:
    """The first run of an example, which loads its networks anew."""
    hub.forget()
    before = _shared_randomness()
    with watching() as opened:
        done = run(case)
    drew = before not in (b"", _shared_randomness())
    return dataclasses.replace(done, networks=loaded(case.entry.slug), opened=opened, drew=drew)


def loaded(slug: str) -> dict[tuple, Any]:
    """The networks of a method that are in memory."""
    return {key: network for key, (network, _) in hub.memory._models.items() if key[0] == slug}


def check_result(action: Action, result: Any) -> None:
    """Every value of a result has the form of its kind; that it is what was promised, the contract has checked."""
    for item in action.results:
        value = getattr(result, item.name)
        if isinstance(value, Value):
            check_value(value)


def _check_image(value: Any) -> None:
    _check_array(value.pixels, "u1", 3)
    assert value.pixels.shape[2] == 3


def _check_audio(value: Any) -> None:
    _check_array(value.samples, "f4", 1)
    assert abs(value.samples).max() <= 1
    assert value.rate > 0


def _check_video(value: Any) -> None:
    _check_array(value.frames, "u1", 4)
    assert value.frames.shape[3] == 3
    assert value.fps > 0


def _check_mesh(value: Any) -> None:
    _check_array(value.vertices, "f8", 2)
    _check_array(value.faces, "i8", 2)
    assert value.vertices.shape[1] == value.faces.shape[1] == 3
    assert value.faces.min() >= 0
    assert value.faces.max() < len(value.vertices)


def _check_table(value: Any) -> None:
    assert value.frame.size
    assert all(isinstance(name, str) for name in value.frame.columns)
    assert value.frame.columns.is_unique


def _check_points(value: Any) -> None:
    _check_array(value.xy, "f8", 2)
    assert value.xy.shape[1] == 2


def _check_drawing(value: Any) -> None:
    _check_array(value.ink, "f4", 2)
    assert value.ink.min() >= 0
    assert value.ink.max() <= 1


def _check_images(value: Any) -> None:
    assert 1 <= len(value.items) <= 100
    for picture in value.items:
        _check_array(picture.pixels, "u1", 3)


def _check_spot(value: Any) -> None:
    assert np.isfinite([value.x, value.y]).all()


def _check_marked(value: Any) -> None:
    ends = [0, *(end for span in value.spans for end in (span.start, span.end)), len(value.text)]
    assert ends == sorted(ends)


def _check_graph(value: Any) -> None:
    assert len(set(value.nodes)) == len(value.nodes) > 0
    assert (value.edges.dtype, value.edges.ndim) == (np.dtype("i8"), 2)
    if len(value.edges):
        assert 0 <= value.edges.min() <= value.edges.max() < len(value.nodes)


def _check_figure(value: Any) -> None:
    import plotly.graph_objects as go

    assert isinstance(value.plot, go.Figure)
    layout = value.plot.layout
    colours = layout.paper_bgcolor, layout.plot_bgcolor, layout.font.color
    assert colours == (None, None, None), "the page chooses backgrounds and font colours"


def _check_pictures(value: Any) -> None:
    assert 1 <= len(value.items) <= 6
    captions = [caption for caption, _ in value.items]
    assert all(captions)
    assert len({caption.partition("\n")[0] for caption in captions}) == len(captions), "two are named alike"
    for _, picture in value.items:
        _check_array(picture.pixels, "u1", 3)


def _check_metrics(value: Any) -> None:
    assert value.rows
    for name, number, unit in value.rows:
        assert name
        assert isinstance(unit, str)
        assert isinstance(number, str | int) or np.isfinite(number), f"{name} is {number}"


def _check_file(value: Any) -> None:
    assert value.name
    assert value.name == Path(value.name).name
    assert value.name not in (".", "..")
    assert isinstance(value.data, bytes)


_FORMS: dict[str, Callable[[Any], None]] = {
    "image": _check_image,
    "audio": _check_audio,
    "video": _check_video,
    "mesh": _check_mesh,
    "table": _check_table,
    "points": _check_points,
    "drawing": _check_drawing,
    "images": _check_images,
    "spot": _check_spot,
    "marked": _check_marked,
    "graph": _check_graph,
    "figure": _check_figure,
    "pictures": _check_pictures,
    "metrics": _check_metrics,
    "file": _check_file,
}


def check_value(value: Any) -> None:
    """A value has the one canonical form of its kind."""
    _FORMS.get(value.kind, lambda other: None)(value)


def _check_array(array: np.ndarray, dtype: str, dimensions: int) -> None:
    assert array.dtype == np.dtype(dtype)
    assert array.ndim == dimensions
    assert array.size
    assert np.isfinite(array).all()


def check_saves(value: Any, folder: Path) -> None:
    """A value becomes a file, and the file becomes the same value (a clip: one of the same size)."""
    path = folder / (getattr(value, "name", "") or f"value{value.suffix}")
    value.save(path)
    assert path.stat().st_size or value.kind == "file"
    if not path.stat().st_size:
        return
    again = type(value).open(path)
    if value.kind == "video":
        even = [size + size % 2 for size in value.frames.shape[1:3]]
        assert again.frames.shape == (len(value.frames), *even, 3)
    else:
        assert again.fingerprint() == value.fingerprint(), f"{value.kind} changes when saved and opened"


def check_example(case: Case, folder: Path) -> None:
    """The example's files exist, it runs, and its results can be saved and opened."""
    for param in case.spec.params:
        if param.value_type is not None and isinstance(case.inputs.get(param.name), str):
            assert Path(case.inputs[param.name]).is_file(), case.inputs[param.name]
    result = kept(case).result
    for item in dataclasses.fields(result):
        value = getattr(result, item.name)
        if isinstance(value, Value):
            check_saves(value, folder)


def check_progress(case: Case) -> None:
    """Fractions lie in [0, 1] and never fall."""
    fractions = kept(case).fractions
    assert all(0 <= fraction <= 1 for fraction in fractions), fractions
    assert fractions == sorted(fractions), fractions


def _scramble_global_randomness() -> None:
    random.seed(20_240_229)
    np.random.seed(20_240_229)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(20_240_229)


def _shared_randomness() -> bytes:
    """The state of torch's generator, which all actions share."""
    torch = sys.modules.get("torch")
    return torch.get_rng_state().numpy().tobytes() if torch else b""


@contextlib.contextmanager
def _others_draw() -> Iterator[None]:
    """Within the block somebody draws from the program's shared random numbers, as other visitors' actions do."""
    torch, over, patience = sys.modules.get("torch"), threading.Event(), sys.getswitchinterval()

    def draw() -> None:
        while not over.wait(1e-4):
            random.random()  # noqa: S311
            np.random.random()
            if torch:
                with seeded.turn:
                    torch.rand(1)

    other = threading.Thread(target=draw)
    sys.setswitchinterval(1e-4)
    other.start()
    try:
        yield
    finally:
        over.set()
        other.join()
        sys.setswitchinterval(patience)


def check_unpickles_nothing(case: Case) -> None:
    """Neither an example nor the loading of its networks unpickles anything: a pickle may hold any program."""
    assert not kept(case).opened.pickled, f"it unpickles {', '.join(sorted(kept(case).opened.pickled))}"


def check_stops(case: Case) -> None:
    """A streaming action can be closed after its first result, leaving nothing behind."""
    with untouched_disk():
        stream = getattr(case.entry.draft(), case.action)(**case.inputs)
        check_result(case.spec, next(stream))
        stream.close()
        assert next(stream, None) is None


def check_weights_round_trip(entry: Entry, folder: Path) -> bool:
    """Weights saved anew and loaded from there give the same results, in as few runs as use every network.

    Returns:
        Whether the method loads any.
    """
    seen: set[tuple] = set()
    for case in cases([entry]):
        networks = kept(case).networks
        if not networks.keys() <= seen:
            seen |= networks.keys()
            _check_round_trip(case, folder / case.action)
    return bool(seen)


def _check_round_trip(case: Case, folder: Path) -> None:
    for network in kept(case).networks.values():
        network.save_pretrained(folder)
    hub.write_lock(folder)
    hub.forget()
    real = hub.weights.home

    def home(method: type[Method], part: str = "") -> Path:
        """Shared networks stay where they are."""
        return folder if method.slug == case.entry.slug else real(method, part)

    try:
        with mock.patch.object(hub.weights, "home", side_effect=home) as asked:
            assert run(case).fingerprints() == kept(case).fingerprints(), "saved weights give other results"
    finally:
        hub.forget()
    assert asked.called, "the weights are not looked for where they belong"


# ---------------------------------------------------------------------------------------------------------
# Bad input


def check_sentence(sentence: str, *secrets: Path) -> None:
    """An error is one sentence for a visitor: one line, with a period, and without a path of this machine."""
    assert sentence.strip() == sentence
    assert sentence
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    assert len(sentence) < 600
    assert "Traceback" not in sentence
    for secret in (paths.root(), Path(sys.prefix), Path.home(), Path(tempfile.gettempdir()), *secrets):
        assert f"{secret}/" not in sentence, sentence
        assert str(secret) not in sentence or len(str(secret)) < 5, sentence
    assert not re.search(r"\w+Error\b|0x[0-9a-f]{6}|<class |object at", sentence), sentence


@dataclass(frozen=True)
class BadInput:
    """An input of an action that must be refused; ``make`` writes what it needs into a folder."""

    case: Case
    param: str
    what: str
    make: Callable[[Path], Any]
    says: str = ""

    def __str__(self) -> str:
        return f"{self.case.entry.slug}.{self.case.action}.{self.param}.{self.what}".replace(" ", "_")


_DROP = object()


def good_inputs(case: Case, folder: Path) -> dict[str, Any]:
    """A full set of inputs: the first example's, and our own files for what it lacks."""
    given = dict(case.inputs) if case.spec.examples else {}
    for param in case.spec.params:
        if param.required and param.name not in given:
            if param.is_file:
                given[param.name] = GOOD[param.kind].write(folder)
            elif param.value_type is not None:
                given[param.name] = param.value_type.sample()
            elif param.kind == "choice":
                given[param.name] = param.choices[0]
            else:
                given[param.name] = {"int": param.low or 0, "float": param.low or 0, "bool": True}.get(
                    param.kind, "a"
                )
    return given


def bad_inputs(case: Case) -> list[BadInput]:
    """Every input that this action must refuse."""
    wrong = [BadInput(case, "an_input_nobody_has", "unknown", lambda folder: 1, "there is no input")]
    for param in case.spec.params:
        add = functools.partial(BadInput, case, param.name)
        if param.required:
            wrong += [add("missing", lambda folder: _DROP, "missing")]
        if not param.optional:
            wrong += [add("None", lambda folder: None)]
        wrong += _bad_files(param, add) if param.value_type is not None else _bad_plain(param, add)
    return wrong


def _bad_files(param: Param, add: Callable[..., BadInput]) -> list[BadInput]:
    objects = enumerate(BAD_OBJECTS.get(param.kind, ()))
    wrong = [add(f"object {number}", lambda folder, value=value: value) for number, value in objects]
    if not param.is_file:
        return wrong
    suffix = Path(GOOD[param.kind].name).suffix

    def sparse(folder: Path) -> Path:
        path = folder / f"huge{suffix}"
        with path.open("wb") as file:
            file.truncate(MAX_BYTES + MB)
        return path

    return [
        *(add(file.name, file.write, file.says) for file in BAD.get(param.kind, ())),
        *wrong,
        add("huge", sparse, "MB"),
        add("folder", lambda folder: folder),
        add("absent", lambda folder: folder / f"absent{suffix}"),
        add("nul", lambda folder: f"nul\0{suffix}"),
        add("number", lambda folder: 7),
        add("bytes", lambda folder: b"bytes"),
        add("web address", lambda folder: f"http://127.0.0.1:9/picture{suffix}"),
        add("file address", lambda folder: GOOD[param.kind].write(folder).as_uri()),
    ]  # fmt: skip


def _bad_plain(param: Param, add: Callable[..., BadInput]) -> list[BadInput]:
    def fixed(what: str, value: Any, says: str = "") -> BadInput:
        return add(what, lambda folder: value, says)

    if param.kind in ("int", "float"):
        wrong = [fixed("words", "many"), fixed("list", [1]), fixed("nan", float("nan")), fixed("inf", "inf")]
        if param.kind == "int":
            wrong += [fixed("fraction", 1.5), fixed("long", "9" * 5000)]
        if param.low is not None:
            wrong += [fixed("below", param.low - 1, f"{param.low:g}")]
        if param.high is not None:
            wrong += [fixed("above", param.high + 1, f"{param.high:g}")]
        return wrong
    if param.kind == "choice":
        return [fixed("unknown choice", "no such choice", str(param.choices[0])), fixed("list", [])]
    if param.kind == "bool":
        return [fixed("words", "perhaps", "true or false"), fixed("number", 7)]
    return [
        fixed("number", 5),
        fixed("list", ["a"]),
        fixed("long", "x" * 1_000_000, "column" if param.reference is not None else "characters"),
    ]


def provoke(bad: BadInput, folder: Path) -> str:
    """Send a bad input; the sentence that comes back, before any work and without a trace."""
    inputs = good_inputs(bad.case, folder)
    value = bad.make(folder)
    inputs = {name: given for name, given in inputs.items() if name != bad.param}
    if value is not _DROP:
        inputs[bad.param] = value
    listener = Listener()
    with untouched_disk(), watching() as opened:
        sentence = _refusal(
            lambda: getattr(bad.case.entry.draft(), bad.case.action)(**inputs, progress=listener)
        )
    assert not listener.fractions, "work began before the inputs were checked"
    assert not opened.addresses, "the network was asked"
    return sentence


def _refusal(work: Callable[[], object]) -> str:
    """The sentence with which some work is refused."""
    try:
        work()
    except InputError as error:
        return str(error)
    raise AssertionError("it was not refused")


def check_refused(bad: BadInput, folder: Path) -> None:
    """A bad input gets its sentence."""
    sentence = provoke(bad, folder)
    check_sentence(sentence, folder)
    assert bad.says in sentence, f"the sentence lacks “{bad.says}”: {sentence}"


def check_refuses(case: Case, folder: Path) -> None:
    """Whatever is wrong with an input, it is refused in one sentence before any work."""
    _check_each(bad_inputs(case), check_refused, folder)


def check_copes(case: Case, folder: Path) -> None:
    """Inputs that are unusual but well formed get a result or one sentence, nothing else."""
    _check_each(odd_inputs(case), check_answered, folder)


def _check_each(inputs: list[BadInput], check: Callable[[BadInput, Path], None], folder: Path) -> None:
    """Check every input, and report all that fail."""
    faults = []
    for number, given in enumerate(inputs):
        place = folder / str(number)
        place.mkdir()
        try:
            check(given, place)
        except Exception as error:  # a method may raise anything
            faults.append(f"{given.param}, {given.what}: {reason(error)}")
    assert not faults, "; ".join(faults)


def reason(error: Exception) -> str:
    """What a failed check says; of an assertion without words, what it asserted."""
    text = str(error).strip()
    if not isinstance(error, AssertionError):
        return text if isinstance(error, ZooError | card.CardError) else f"{type(error).__name__}: {text}"
    return text or traceback.extract_tb(error.__traceback__)[-1].line or "an assertion failed"


def check_answers_again(case: Case) -> None:
    """Whatever was asked before, and whoever else draws random numbers, an example has the answer of its first run."""
    _scramble_global_randomness()
    assert not kept(case).drew, "it draws from torch's shared random numbers outside zoo.blocks.seeded"
    with _others_draw():
        assert run(case).fingerprints() == kept(case).fingerprints()


def check_positional(case: Case) -> None:
    """Too many inputs, or an input given twice, are refused as such."""
    names = [param.name for param in case.spec.params]
    method = case.entry.draft()
    act = getattr(method, case.action)
    check_sentence(_refusal(lambda: act(*range(len(names) + 1))))
    if names:
        check_sentence(_refusal(lambda: act(1, **{names[0]: 1})))


def check_unicode_name(case: Case, folder: Path) -> None:
    """A file may have any name."""
    inputs = good_inputs(case, folder)
    for param in case.spec.params:
        if param.value_type is not None and isinstance(inputs.get(param.name), str | Path):
            source = Path(inputs[param.name])
            odd = folder / f"Größe 漢字 🦎 'quoted' %20{source.suffix}"
            odd.write_bytes(source.read_bytes())
            inputs[param.name] = str(odd)
    case.spec.check((), inputs)


def check_text_is_text(case: Case, param: str, folder: Path) -> None:
    """A path or an address in a text field is text: nothing is opened, nothing is called."""
    secret = folder / "secret.txt"
    secret.write_text("a secret")
    for text in (str(secret), secret.as_uri(), "http://127.0.0.1:9/"):
        with watching() as opened, contextlib.suppress(InputError):
            run(case, {**good_inputs(case, folder), param: text})
        assert str(secret) not in opened.paths
        assert not opened.addresses


def odd_inputs(case: Case) -> list[BadInput]:
    """Unusual but well-formed files for every input of an action."""
    return [
        BadInput(case, param.name, file.name, file.write)
        for param in case.spec.params
        if param.value_type is not None
        for file in ODD.get(param.kind, ())
    ]


def check_answered(odd: BadInput, folder: Path) -> None:
    """An unusual input gets a well-formed result or one sentence, nothing else."""
    inputs = {**good_inputs(odd.case, folder), odd.param: odd.make(folder)}
    try:
        run(odd.case, inputs)
    except InputError as error:
        check_sentence(str(error), folder)
