"""An action: one typed method of a class, read off its signature and checked before any work."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import inspect
import threading
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import annotated_types
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from zoo import device, promise
from zoo.errors import InputError, MethodError, brief
from zoo.types import Reference, Value
from zoo.types.base import hearing

if TYPE_CHECKING:
    from zoo.method import Method

Examples = Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]]
"""Inputs by name of each example, with or without a title."""

MAX_LINE = 500
"""The most characters of a plain ``str`` that declares no limit of its own."""

MAX_COLUMNS = 1000
"""The most columns of a table that an input may name."""


@dataclass(frozen=True)
class Unit:
    """The unit of a number, written out: ``Annotated[float, Field(ge=0), Unit("bits per pixel")]``."""

    name: str


@dataclass(frozen=True)
class Rare:
    """Says of an input that few will set it, so that the page folds it under "More": ``Annotated[Seed, Rare()]``."""


@dataclass(frozen=True)
class Summary:
    """Says of a text in a result that it is what came out, in one computed sentence, named beside a baseline.

    ``verdict: Annotated[str, Summary("principal components")]`` stands first on the page; every outlet tells it. The
    sentence names the baseline; without one, ``Summary()``, there is nothing to be beaten.
    """

    against: str = ""


@dataclass(frozen=True)
class Param:
    """One input of an action, read off its signature."""

    name: str
    kind: str
    """``image``, ``table`` … for values; else ``int``, ``float``, ``bool``, ``choice``, ``str``, ``text``; and
    ``column`` or ``columns`` of a table."""
    annotation: Any
    default: Any = inspect.Parameter.empty
    help: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    open_ends: bool = False
    """Whether the bounds themselves are refused (``gt``, ``lt``)."""
    choices: tuple[Any, ...] = ()
    optional: bool = False
    value_type: type[Value] | None = None
    reference: Reference | None = None
    """Which other input it is about: the table of a column, the picture of a spot."""
    rare: bool = False
    """Whether the page folds it away, as it does seeds."""

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.default is inspect.Parameter.empty

    @property
    def title(self) -> str:
        """The name as a label: ``code_length`` becomes ``Code length``."""
        return humanise(self.name)

    @property
    def is_file(self) -> bool:
        """Whether it is sent as a file, or as several."""
        return self.value_type is not None and self.value_type.is_file

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture that stands beside an example."""
        return self.value_type is not None and self.value_type.is_picture

    @property
    def several(self) -> bool:
        """Whether it is a list: of files, or of columns."""
        return self.kind == "columns" or (self.value_type is not None and self.value_type.several)

    def words(self, value: Any) -> list[str]:
        """A value as it is written on the command line."""
        if self.value_type is not None:
            return self.value_type.words(value)
        return [str(part) for part in value] if self.several else [str(value)]

    @property
    def accepts(self) -> str:
        """What may be sent, as the end of a sentence."""
        if self.value_type is not None:
            return self.value_type.accepts
        if self.reference is not None:
            several = "names of columns" if self.kind == "columns" else "the name of a column"
            return f"{several} of the input {self.reference.source}"
        if self.kind == "choice":
            return "one of " + ", ".join(map(str, self.choices))
        if self.kind == "bool":
            return "true or false"
        if self.kind in ("int", "float"):
            number = "a whole number" if self.kind == "int" else "a number"
            unit = f" {self.unit}" if self.unit else ""
            if self.step is not None:
                unit += f", a multiple of {self.step:g}"
            if self.open_ends:
                ends = (("above", self.low), ("below", self.high))
                return f"{number} {' and '.join(f'{word} {end:g}' for word, end in ends if end is not None)}{unit}"
            if self.low is not None and self.high is not None:
                return f"{number} from {self.low:g} to {self.high:g}{unit}"
            if self.low is not None:
                return f"{number} of at least {self.low:g}{unit}"
            if self.high is not None:
                return f"{number} of at most {self.high:g}{unit}"
            return number + unit
        return f"text of at most {self.high:g} characters" if self.high else "text"


@dataclass(frozen=True)
class Result:
    """One field of an action's result."""

    name: str
    kind: str
    help: str = ""
    value_type: type[Value] | None = None
    optional: bool = False
    """Whether a streaming action may leave it out until its last result."""
    against: str = ""
    """Of a summary: the baseline that it names."""

    @property
    def title(self) -> str:
        """The name as a label."""
        return humanise(self.name)


READ_AS = Result(
    "read_as", "str", "what was decided when the inputs were read; empty where nothing was to be decided."
)
"""The last field of every result of an action that is given files; ``action`` adds it to what a method returns."""


def humanise(name: str) -> str:
    """``code_length`` as ``Code length``."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _read_type(annotation: Any) -> tuple[str, type[Value] | None, tuple[Any, ...], bool, list[Any]]:
    """The kind, value class, choices, optionality and metadata of an annotation."""
    metadata: list[Any] = []
    optional = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *extra = get_args(annotation)
            metadata = [*extra, *metadata]
        elif origin in (Union, types.UnionType) and type(None) in get_args(annotation):
            rest = [part for part in get_args(annotation) if part is not type(None)]
            if len(rest) != 1:
                raise TypeError(f"{annotation} joins several types; an input has one.")
            annotation, optional = rest[0], True
        else:
            break
    if origin is Literal:
        return "choice", None, get_args(annotation), optional, metadata
    if isinstance(annotation, type):
        if issubclass(annotation, Value):
            return annotation.kind, annotation, (), optional, metadata
        for plain in (bool, int, float, str):
            if annotation is plain:
                return plain.__name__, None, (), optional, metadata
    columns = any(isinstance(item, Reference) for item in metadata)
    if columns and annotation in (list[str], tuple[str, ...]):
        return "columns", None, (), optional, metadata
    raise TypeError(f"{annotation} is no type an outlet can show; see zoo.types.")


def _read_param(name: str, annotation: Any, default: Any, help: str) -> Param:
    kind, value_type, choices, optional, metadata = _read_type(annotation)
    unit = next((item.name for item in metadata if isinstance(item, Unit)), "")
    reference = next((item for item in metadata if isinstance(item, Reference)), None)
    limits: dict[str, Any] = {}
    flat = [
        inner for item in metadata for inner in (item.metadata if isinstance(item, FieldInfo) else [item])
    ]
    for item in flat:
        if isinstance(item, annotated_types.Gt | annotated_types.Lt):
            limits["open_ends"] = True
        if isinstance(item, annotated_types.Ge | annotated_types.Gt):
            limits["low"] = float(getattr(item, "ge", getattr(item, "gt", None)))  # type: ignore[arg-type]
        elif isinstance(item, annotated_types.Le | annotated_types.Lt):
            limits["high"] = float(getattr(item, "le", getattr(item, "lt", None)))  # type: ignore[arg-type]
        elif isinstance(item, annotated_types.MultipleOf):
            limits["step"] = float(item.multiple_of)  # type: ignore[arg-type]
        elif isinstance(item, annotated_types.MaxLen):
            limits["high"] = float(item.max_length)
    if reference is not None and kind == "str":
        kind = "column"
    if kind == "columns":
        limits = {}  # a list is checked by its model, and by the table
    if kind == "str":
        limits.setdefault("high", MAX_LINE)
        kind = "text" if limits["high"] > MAX_LINE else "str"
    if not help:
        help = next((item.description for item in metadata if isinstance(item, FieldInfo)), None) or ""
    if any(isinstance(item, Summary) for item in metadata):
        kind = "summary"
    rare = any(isinstance(item, Rare) for item in metadata)
    return Param(
        name, kind, annotation, default, help, unit, choices=choices, optional=optional,
        value_type=value_type, reference=reference, rare=rare, **limits,
    )  # fmt: skip


def _notes(annotation: Any) -> list[Any]:
    """What an annotation says beside the type."""
    return _read_type(annotation)[4]


def _choose(by_text: Mapping[str, Any], given: Any) -> Any:
    """A choice by its text, since a command line has nothing but text."""
    return by_text.get(given, given) if isinstance(given, str) else given


def _listed(given: Any) -> Any:
    """A single name as a list of one."""
    return [given] if isinstance(given, str) else given


def _promises_many(function: Callable[..., Any]) -> bool:
    """Whether a function's annotation says that it yields results, one after another."""
    return str(inspect.signature(function).return_annotation).startswith("Iterator[")


class _Strict(BaseModel):
    """Base of the models that check inputs: no unknown names, no NaN, nothing quietly truncated."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)


class Action:
    """What one ``@action`` says about itself: inputs, results, texts and examples."""

    def __init__(
        self,
        function: Callable[..., Any],
        title: str,
        examples: Examples,
        gpu_seconds: int | None,
        by: str = "",
    ) -> None:
        self.function = function
        self.by = by
        self.name = function.__name__
        self.title = title
        titled = isinstance(examples, Mapping)
        self.examples: tuple[Mapping[str, Any], ...] = tuple(
            examples.values() if isinstance(examples, Mapping) else examples
        )
        self.example_titles: tuple[str, ...] = tuple(examples) if titled else ("",) * len(self.examples)  # type: ignore[arg-type]
        self.gpu_seconds = gpu_seconds
        self.streams = inspect.isgeneratorfunction(function) or _promises_many(function)
        self.reports_progress = "progress" in inspect.signature(function).parameters

    @property
    def work(self) -> Callable[..., Any]:
        """What is called with the method and the checked inputs: the function itself, or that of another module."""
        if not self.by:
            return self.function
        module = importlib.import_module(f".{self.by}", self.function.__module__)
        return getattr(module, self.name)

    @functools.cached_property
    def _doc(self) -> Any:
        from docstring_parser import DocstringStyle, parse

        return parse(inspect.getdoc(self.function) or "", style=DocstringStyle.GOOGLE)

    @property
    def summary(self) -> str:
        """The docstring's first sentence."""
        return self._doc.short_description or self.title

    @property
    def description(self) -> str:
        """The docstring's text before ``Args:``, as one Markdown string."""
        return "\n\n".join(filter(None, (self._doc.short_description, self._doc.long_description)))

    @functools.cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.function, include_extras=True)

    @functools.cached_property
    def params(self) -> tuple[Param, ...]:
        """The inputs in order, without ``self`` and ``progress``."""
        help = {item.arg_name: " ".join((item.description or "").split()) for item in self._doc.params}
        params = tuple(
            _read_param(name, self._hints[name], parameter.default, help.get(name, ""))
            for name, parameter in inspect.signature(self.function).parameters.items()
            if name not in ("self", "progress")
        )
        kinds = {param.name: param.kind for param in params}
        for param in params:
            if param.reference and kinds.get(param.reference.source) != param.reference.about:
                raise TypeError(
                    f"{self.name}: {param.name} is about {param.reference.source}, which is no input of the kind"
                    f" {param.reference.about}."
                )
        return params

    @functools.cached_property
    def result_type(self) -> type:
        """The dataclass that the action returns, or yields again and again."""
        annotation = self._hints.get("return")
        if self.streams:
            annotation = next(iter(get_args(annotation)), None)
        if not (dataclasses.is_dataclass(annotation) and annotation.__dataclass_params__.frozen):  # type: ignore[union-attr]
            raise TypeError(
                f"{self.name} must return a frozen dataclass, not {getattr(annotation, '__name__', annotation)}."
            )
        return annotation  # type: ignore[return-value]

    @functools.cached_property
    def results(self) -> tuple[Result, ...]:
        """The fields of the result in order."""
        from docstring_parser import DocstringStyle, parse

        doc = parse(inspect.getdoc(self.result_type) or "", style=DocstringStyle.GOOGLE)
        help = {item.arg_name: " ".join((item.description or "").split()) for item in doc.params}
        hints = get_type_hints(self.result_type, include_extras=True)
        fields = []
        for item in dataclasses.fields(self.result_type):
            shape = _read_param(item.name, hints[item.name], None, help.get(item.name, ""))
            against = next(
                (note.against for note in _notes(hints[item.name]) if isinstance(note, Summary)), ""
            )
            fields.append(
                Result(shape.name, shape.kind, shape.help, shape.value_type, shape.optional, against)
            )
        return (*fields, READ_AS) if any(param.is_file for param in self.params) else tuple(fields)

    def notes(self, values: Mapping[str, Any]) -> list[str]:
        """What was decided when checked inputs were read, each sentence under the input's title where several are."""
        files = {param: values[param.name] for param in self.params if param.is_file}
        sent = {param.title: value for param, value in files.items() if isinstance(value, Value)}
        return [
            f"{title}: {sentence}" if len(files) > 1 else sentence
            for title, value in sent.items()
            for sentence in value.remarks
        ]

    @functools.cached_property
    def _model(self) -> type[BaseModel]:
        # Inputs are fields under names of their own, for a model keeps ``copy``, ``json`` … for itself.
        fields: dict[str, Any] = {}
        for number, param in enumerate(self.params):
            annotation = param.annotation
            if param.kind == "choice":
                by_text = {str(choice): choice for choice in param.choices}
                annotation = Annotated[annotation, BeforeValidator(functools.partial(_choose, by_text))]
            elif param.kind == "columns":
                annotation = Annotated[annotation, BeforeValidator(_listed), Field(max_length=MAX_COLUMNS)]
            elif param.kind == "str":
                annotation = Annotated[annotation, Field(max_length=int(param.high or MAX_LINE))]
            default = ... if param.required else param.default
            if param.required and param.kind in ("column", "columns"):
                annotation, default = (
                    annotation | None,
                    None,
                )  # the sentence that it is missing names the columns
            fields[f"input_{number}"] = (annotation, Field(default, alias=param.name))
        return create_model(self.name, __base__=_Strict, **fields)

    @functools.cached_property
    def _signature(self) -> inspect.Signature:
        parameters = list(inspect.signature(self.function).parameters.values())[1:]
        return inspect.Signature([given for given in parameters if given.name != "progress"])

    def check(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Turn what a caller sent into checked arguments.

        Raises:
            InputError: an input is missing, unknown, of the wrong kind or out of bounds.
        """
        given = dict(kwargs)
        progress = given.pop("progress", None)
        names = list(self._signature.parameters)
        if len(args) > len(names):
            raise InputError(f"{len(args)} inputs are too many; {self.name} takes {', '.join(names)}.")
        for name, value in zip(names, args, strict=False):
            if name in given:
                raise InputError(f"{humanise(name)} is given twice; send {self._param(name).accepts}.")
            given[name] = value
        try:
            checked = self._model.model_validate(given)
        except ValidationError as error:
            raise InputError(self._sentence(error.errors()[0])) from None
        values = {name: getattr(checked, f"input_{number}") for number, name in enumerate(names)}
        for param in self.params:
            if param.reference is not None and values[param.name] != param.default:
                values[param.name] = self._resolved(param, param.reference, values)
        if self.reports_progress and (progress is not None or self.by):
            default = inspect.signature(self.function).parameters["progress"].default
            values["progress"] = default if progress is None else progress
        return values

    @staticmethod
    def _resolved(param: Param, reference: Reference, values: Mapping[str, Any]) -> Any:
        """An input that is about another, checked against it."""
        value, source = values[param.name], values[reference.source]
        if value is None or not (value.strip() if isinstance(value, str) else value):
            if not param.required and not param.default:
                return param.default
            raise InputError(
                f"{param.title} is missing; {reference.offer(source) or f'send {param.accepts}'}."
            )
        try:
            return reference.resolve(value, source)
        except InputError as error:
            raise InputError(f"{param.title}: {error}") from None

    def _param(self, name: str) -> Param:
        return next(param for param in self.params if param.name == name)

    def _sentence(self, problem: Mapping[str, Any]) -> str:
        """One of pydantic's findings as a sentence that says what is accepted."""
        name = str(problem["loc"][0]) if problem["loc"] else ""
        try:
            param = self._param(name)
        except StopIteration:
            known = ", ".join(param.name for param in self.params) or "none"
            return f"there is no input {brief(name)}; the inputs are {known}."
        if problem["type"] == "missing" or problem["input"] is None:
            return f"{param.title} is missing; send {param.accepts}."
        if param.value_type is not None:
            cause = problem.get("ctx", {}).get("error")
            if isinstance(cause, InputError):
                return f"{param.title}: {cause}"
            # The input itself is not repeated: an outlet may have put a path of this machine in its place.
            return f"{param.title} cannot be used; send {param.accepts}."
        return f"{param.title} must be {param.accepts}; got {brief(problem['input'])}."


def _with_notes(result: Any, notes: Sequence[str]) -> Any:
    """A result that carries what was decided about its inputs, where it has room."""
    with contextlib.suppress(AttributeError, TypeError):  # a class with slots, or what is no result at all
        object.__setattr__(result, READ_AS.name, " ".join(notes))
    return result


@contextlib.contextmanager
def _alive(method: Method) -> Iterator[None]:
    """Within the block a method may fail, but not end the program.

    Raises:
        MethodError: it tried to, as ``argparse`` does with a word that it does not know.
    """
    try:
        yield
    except (Exception, GeneratorExit):
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
            raise  # somebody pressed Ctrl-C
        raise kept_alive(method, error) from error


def kept_alive(method: Method | type[Method], error: BaseException) -> MethodError:
    """What is told in place of an error that would have ended the program."""
    return MethodError(
        f"{method.title} tried to end the whole program ({type(error).__name__}), which was kept from it; its authors"
        " can mend it."
    )


def _each_with_notes(results: Iterator[Any], notes: list[str], method: Method) -> Iterator[Any]:
    """A stream of results that carry what was decided about their inputs until then."""
    try:
        while True:
            with hearing(notes), _alive(method):
                try:
                    result = next(results)
                except StopIteration:
                    return
            yield _with_notes(result, notes)
    finally:
        results.close()  # type: ignore[attr-defined]


def action(
    *,
    title: str,
    examples: Examples = (),
    gpu_seconds: int | None = None,
    by: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Offer a method of a class to visitors.

    Args:
        title: what a visitor does with it, as a short imperative.
        examples: from titles that a person would give, such as "A cat, from 128 numbers a tile", to inputs by name; or
            inputs alone. The name of a file is looked up in the plugin's ``examples/``.
        gpu_seconds: how long it may hold a GPU where one is lent by the call (ZeroGPU), if it wants one.
        by: the plugin's module whose function of the same name does the work: ``by="actions"``. It is given the method
            and the checked inputs by name, and imported when it is first called; the body here is its docstring alone.

    The decorated function checks its inputs before any work, whoever calls it, runs on the device that ``zoo.device``
    chooses, and checks its result (``zoo.promise``).
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        spec = Action(function, title, examples, gpu_seconds, by)

        @functools.wraps(function)
        def checked(self: Method, *args: Any, **kwargs: Any) -> Any:
            values = spec.check(args, kwargs)
            notes = spec.notes(values)
            work = functools.partial(spec.work, self, **values)
            place = device.chosen(wants_gpu=gpu_seconds is not None)
            if spec.streams:
                with _alive(self):
                    results = device.stream(place, work())
                return promise.keep_each(spec, _each_with_notes(results, notes, self))
            with hearing(notes), _alive(self):
                result = device.run(place, work)
            return promise.keep(spec, _with_notes(result, notes))

        checked.action = spec  # type: ignore[attr-defined]
        return checked

    return decorate
