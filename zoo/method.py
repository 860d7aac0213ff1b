"""The contract: a method is a class whose typed actions are its tab, command, endpoint, tool and test.

    class Finola(Method):
        \"\"\"Regrows a picture from one vector.\"\"\"

        title, family = "FINOLA", "compression"
        paper = Paper("Image as First-Order Norm+Linear Autoregression", ...)

        @action(title="Regrow a picture", examples=[{"image": "harbour.webp"}])
        def regrow(self, image: Image, length: Annotated[int, Field(ge=8, le=256)] = 128) -> Regrown:
            \"\"\"Regrow a picture from a short code. ...\"\"\"

The signature is the only place where an input is described: pydantic checks it for every outlet alike,
and the docstring's ``Args:`` are the help of the page, the command line and the MCP schema.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import annotated_types
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from zoo.errors import InputError, brief
from zoo.types import Value

__all__ = [
    "FAMILIES", "Action", "Claim", "Evidence", "InputError", "Method", "Paper", "Param", "Progress", "Unit",
    "action", "claim",
]  # fmt: skip

FAMILIES = (
    "compression", "reduction", "selfsupervised", "multimodal", "generative", "geometry", "kernels",
    "optimization", "efficiency", "interpretability", "retrieval", "graphs", "sequences", "robustness",
    "vision",
)  # fmt: skip
"""Every family a method may belong to; the order of the gallery's filters."""

MAX_LINE = 500
"""The most characters of a plain ``str`` that declares no limit of its own."""

Model = TypeVar("Model")


@dataclass(frozen=True)
class Paper:
    """Where a method comes from."""

    title: str
    authors: tuple[str, ...]
    year: int
    venue: str
    url: str


@dataclass(frozen=True)
class Unit:
    """The unit of a number, written out: ``Annotated[float, Field(ge=0), Unit("bits per pixel")]``."""

    name: str


class Progress:
    """Tells how far an action has come; this one keeps silent, outlets pass their own."""

    def __call__(self, fraction: float, text: str = "") -> None:
        """Report a ``fraction`` of the work done, from 0 to 1, and what is being done."""


# ---------------------------------------------------------------------------------------------------------
# What an action takes and gives


@dataclass(frozen=True)
class Param:
    """One input of an action, read off its signature."""

    name: str
    kind: str
    """``image``, ``table`` … for values; else ``int``, ``float``, ``bool``, ``choice``, ``str``, ``text``."""
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

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.default is inspect.Parameter.empty

    @property
    def title(self) -> str:
        """The name as a label: ``code_length`` becomes ``Code length``."""
        return humanise(self.name)

    @property
    def accepts(self) -> str:
        """What may be sent, as the end of a sentence."""
        if self.value_type is not None:
            return self.value_type.accepts
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

    @property
    def title(self) -> str:
        """The name as a label."""
        return humanise(self.name)


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
    raise TypeError(f"{annotation} is no type an outlet can show; see zoo.types.")


def _read_param(name: str, annotation: Any, default: Any, help: str) -> Param:
    kind, value_type, choices, optional, metadata = _read_type(annotation)
    unit = next((item.name for item in metadata if isinstance(item, Unit)), "")
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
    if kind == "str":
        limits.setdefault("high", MAX_LINE)
        kind = "text" if limits["high"] > MAX_LINE else "str"
    return Param(
        name, kind, annotation, default, help, unit, choices=choices, optional=optional,
        value_type=value_type, **limits,
    )  # fmt: skip


def _choose(by_text: Mapping[str, Any], given: Any) -> Any:
    """A choice by its text, since a command line has nothing but text."""
    return by_text.get(given, given) if isinstance(given, str) else given


class _Strict(BaseModel):
    """Base of the models that check inputs: no unknown names, no NaN, nothing quietly truncated."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)


class Action:
    """What one ``@action`` says about itself: inputs, results, texts and examples."""

    def __init__(
        self,
        function: Callable[..., Any],
        title: str,
        examples: tuple[Mapping[str, Any], ...],
        gpu_seconds: int | None,
    ) -> None:
        self.function = function
        self.name = function.__name__
        self.title = title
        self.examples = examples
        self.gpu_seconds = gpu_seconds
        self.streams = inspect.isgeneratorfunction(function)
        self.reports_progress = "progress" in inspect.signature(function).parameters

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
        return tuple(
            _read_param(name, self._hints[name], parameter.default, help.get(name, ""))
            for name, parameter in inspect.signature(self.function).parameters.items()
            if name not in ("self", "progress")
        )

    @functools.cached_property
    def result_type(self) -> type:
        """The dataclass that the action returns, or yields again and again."""
        annotation = self._hints["return"]
        if self.streams:
            annotation = get_args(annotation)[0]
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
            fields.append(Result(shape.name, shape.kind, shape.help, shape.value_type, shape.optional))
        return tuple(fields)

    @functools.cached_property
    def _model(self) -> type[BaseModel]:
        # Inputs are fields under names of their own, for a model keeps ``copy``, ``json`` … for itself.
        fields: dict[str, Any] = {}
        for number, param in enumerate(self.params):
            annotation = param.annotation
            if param.kind == "choice":
                by_text = {str(choice): choice for choice in param.choices}
                annotation = Annotated[annotation, BeforeValidator(functools.partial(_choose, by_text))]
            elif param.kind == "str":
                annotation = Annotated[annotation, Field(max_length=int(param.high or MAX_LINE))]
            default = ... if param.required else param.default
            fields[f"input_{number}"] = (annotation, Field(default, alias=param.name))
        return create_model(self.name, __base__=_Strict, **fields)

    @functools.cached_property
    def _signature(self) -> inspect.Signature:
        parameters = list(inspect.signature(self.function).parameters.values())[1:]
        return inspect.Signature([one for one in parameters if one.name != "progress"])

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
        if progress is not None and self.reports_progress:
            values["progress"] = progress
        return values

    def _param(self, name: str) -> Param:
        return next(one for one in self.params if one.name == name)

    def _sentence(self, problem: Mapping[str, Any]) -> str:
        """One of pydantic's findings as a sentence that says what is accepted."""
        name = str(problem["loc"][0]) if problem["loc"] else ""
        try:
            param = self._param(name)
        except StopIteration:
            known = ", ".join(one.name for one in self.params) or "none"
            return f"there is no input {brief(name)}; the inputs are {known}."
        if problem["type"] == "missing" or problem["input"] is None:
            return f"{param.title} is missing; send {param.accepts}."
        if param.value_type is not None:
            cause = problem.get("ctx", {}).get("error")
            told = isinstance(cause, InputError)
            # The input itself is not repeated: an outlet may have put a path of this machine in its place.
            return (
                f"{param.title}: {cause}" if told else f"{param.title} cannot be used; send {param.accepts}."
            )
        return f"{param.title} must be {param.accepts}; got {brief(problem['input'])}."


def action(
    *,
    title: str,
    examples: list[dict[str, Any]] | tuple[Mapping[str, Any], ...] = (),
    gpu_seconds: int | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Offer a method of a class to visitors.

    Args:
        title: what a visitor does with it, as a short imperative.
        examples: inputs by name; the name of a file is looked up in the plugin's ``examples/``.
        gpu_seconds: how long it may hold a GPU where one is lent by the call (ZeroGPU), if it wants one.

    The decorated function checks its inputs before any work, whoever calls it.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        spec = Action(function, title, tuple(examples), gpu_seconds)

        @functools.wraps(function)
        def checked(self: Method, *args: Any, **kwargs: Any) -> Any:
            return function(self, **spec.check(args, kwargs))

        checked.action = spec  # type: ignore[attr-defined]
        return checked

    return decorate


# ---------------------------------------------------------------------------------------------------------
# What a method claims


@dataclass(frozen=True)
class Evidence:
    """Ours and the baseline's numbers on the same work, from which ``zoo verify`` computes the verdict.

    Each condition (a rate, a size, a data set) has one list of paired numbers: entry ``k`` of ours and of
    the baseline come from the same seed or the same item.

    Attributes:
        conditions: names of the conditions; one empty name if there is only one.
        ours: per condition, one number a seed or item.
        baseline: the baseline's numbers, of the same shape.
        better: which direction is better.
        margin: how much better ours must be, in the claim's unit, for the claim to hold.
        curves: anything worth plotting, as
            ``{title: {"x": [...], "series": {name: [...]}, "x_title": ..., "y_title": ...}}``; a series that
            lies at places of its own is ``{"x": [...], "y": [...]}``.
        reason: why the claim does not hold in miniature, where we know.
    """

    ours: tuple[tuple[float, ...], ...]
    baseline: tuple[tuple[float, ...], ...]
    conditions: tuple[str, ...] = ("",)
    better: Literal["higher", "lower"] = "higher"
    margin: float = 0.0
    curves: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        shapes = [len(one) for one in self.ours], [len(one) for one in self.baseline]
        if (
            not self.conditions
            or shapes[0] != shapes[1]
            or len(shapes[0]) != len(self.conditions)
            or 0 in shapes[0]
        ):
            raise ValueError(f"evidence needs paired numbers for every condition, got shapes {shapes}")

    @property
    def seeds(self) -> int:
        """How many paired numbers each condition has."""
        return min(len(one) for one in self.ours)


@dataclass(frozen=True)
class Claim:
    """A statement of the paper as code that measures it."""

    id: str
    statement: str
    paper: str
    unit: str
    baseline: str
    function: Callable[..., Evidence]
    timed: bool = False
    data: tuple[str, ...] = ()


def claim(
    statement: str, *, paper: str, unit: str, baseline: str, timed: bool = False, data: tuple[str, ...] = ()
) -> Callable[[Callable[..., Evidence]], Callable[..., Evidence]]:
    """Mark a method ``(self, quick: bool, progress: Progress) -> Evidence`` as the measurement of a claim.

    Args:
        statement: what is claimed, as a sentence a visitor understands.
        paper: where the paper says so.
        unit: of the numbers compared.
        baseline: what it is compared with.
        timed: whether the numbers come from a clock, and so differ from machine to machine.
        data: what they are measured on, where that is not what the card lists as `datasets`; names of data sets first.
    """

    def decorate(function: Callable[..., Evidence]) -> Callable[..., Evidence]:
        function.claim = Claim(  # type: ignore[attr-defined]
            function.__name__, statement, paper, unit, baseline, function, timed, data
        )
        return function

    return decorate


# ---------------------------------------------------------------------------------------------------------
# A method


class Method:
    """A runnable paper. The docstring's first sentence is its line in the gallery.

    Attributes:
        title: the method's name as the field writes it.
        family: one of ``FAMILIES``.
        paper: where it comes from.
        requires: import names of optional packages; where one is missing the page says so.
        slug: its name in addresses and commands; set by the registry.
    """

    title: ClassVar[str]
    family: ClassVar[str]
    paper: ClassVar[Paper]
    requires: ClassVar[tuple[str, ...]] = ()
    slug: ClassVar[str]

    @classmethod
    def actions(cls) -> dict[str, Action]:
        """The actions by name, in the order they are written."""
        return {
            name: member.action
            for owner in reversed(cls.__mro__)
            for name, member in vars(owner).items()
            if hasattr(member, "action")
        }

    @classmethod
    def claims(cls) -> dict[str, Claim]:
        """The claims by name, in the order they are written."""
        return {
            name: member.claim
            for owner in reversed(cls.__mro__)
            for name, member in vars(owner).items()
            if hasattr(member, "claim")
        }

    @classmethod
    def summary(cls) -> str:
        """The gallery's line: the docstring's first sentence."""
        doc = inspect.cleandoc(cls.__doc__ or "")
        return re.split(r"\n\n", doc)[0].replace("\n", " ")

    @classmethod
    def description(cls) -> str:
        """The docstring after its first paragraph, as Markdown."""
        return inspect.cleandoc(cls.__doc__ or "").partition("\n\n")[2]

    @classmethod
    def folder(cls) -> Path:
        """The folder of the plugin's entry module."""
        return Path(sys.modules[cls.__module__].__file__ or ".").resolve().parent

    @classmethod
    def example(cls, action: Action, index: int) -> dict[str, Any]:
        """The inputs of an example, file names completed to paths in ``examples/``."""
        values = dict(action.examples[index])
        for param in action.params:
            if param.value_type is not None and isinstance(values.get(param.name), str):
                values[param.name] = str(cls.folder() / "examples" / values[param.name])
        return values

    def pretrained(self, model: type[Model], progress: Progress | None = None) -> Model:
        """The network of this method with its weights, in evaluation mode; see ``zoo.hub.pretrained``."""
        from zoo import hub

        return hub.pretrained(type(self), model, progress)

    def run(self, action: str, progress: Progress | None = None, **inputs: Any) -> Any:
        """Run an action by name to its end; of a streaming action, the last result."""
        outcome = getattr(self, action)(**inputs, **({"progress": progress} if progress else {}))
        return last(outcome) if self.actions()[action].streams else outcome


def last(results: Iterator[Any]) -> Any:
    """The last of a stream of results."""
    result = None
    for result in results:  # noqa: B007
        pass
    return result
