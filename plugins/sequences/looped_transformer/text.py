"""Programs as people write them, and programs drawn at random."""

from __future__ import annotations

import itertools
import re

import numpy as np

from zoo.errors import InputError

from . import model
from .model import CELLS, COMMANDS, Program

NAMES = "abcdefzm"
"""Of the cells; z holds 0 and m holds -1, which is what a stop needs."""
FREE, ZERO, MINUS = 6, 6, 7
ACCEPTED = (
    "write a line for each command, such as `loop: a b end`, which subtracts a from b and goes to `end` if b is then at"
    " most 0; cells are a to f, set by lines such as `a = 3`"
)
_SET = re.compile(r"([a-f])\s*=\s*([+-]?\d{1,4})")
_LABEL = re.compile(r"(\w{1,20})\s*:\s*(.*)")
_COMMAND = re.compile(r"(stop)|([a-z])\s+([a-z])(?:\s+(\w{1,20}))?")


def compiled(text: str) -> tuple[Program, list[str]]:
    """The program of a text, and how each of its commands was written; stops fill the places behind them.

    Raises:
        InputError: a line is none, a number or place does not exist, a label is there twice, or there are too many
            commands.
    """
    memory, lines, labels = np.zeros(CELLS, np.int64), [], {}
    memory[MINUS] = -1
    for line in text.splitlines():
        line = line.split("#")[0].strip().lower()
        labelled = _LABEL.fullmatch(line)
        if labelled and labelled[1] in labels:
            raise InputError(f"two lines begin with `{labelled[1]}:`, and only one can.")
        if labelled:
            labels[labelled[1]] = len(lines)
        rest = labelled[2] if labelled else line
        setting, command = _SET.fullmatch(rest), _COMMAND.fullmatch(rest)
        if setting:
            memory[NAMES.index(setting[1])] = _checked(int(setting[2]), line)
        elif command:
            lines.append((command, line))
        elif rest:
            raise InputError(f"`{line[:40]}` is no line of a program; {ACCEPTED}.")
    if not lines:
        raise InputError(f"the program has no command; {ACCEPTED}.")
    if len(lines) >= COMMANDS:
        raise InputError(f"the program has {len(lines)} commands; send at most {COMMANDS - 1}.")
    labels.setdefault("stop", len(lines))
    commands = np.tile(np.array([ZERO, MINUS, 0]), (COMMANDS, 1))
    commands[:, 2] = np.arange(COMMANDS)  # stops, each a loop of one command
    for place, (command, line) in enumerate(lines):
        if not command[1]:
            commands[place] = _command(command, place, labels, line)
    return Program(commands, memory), [line for _, line in lines]


def _checked(number: int, line: str) -> int:
    if not -128 <= number <= 127:
        raise InputError(f"`{line}`: a cell holds -128 to 127.")
    return number


def _command(match: re.Match[str], place: int, labels: dict[str, int], line: str) -> tuple[int, int, int]:
    a, b, target = match[2], match[3], match[4]
    if a not in NAMES or b not in NAMES[:FREE] + "z":
        raise InputError(f"`{line[:40]}`: cells are a to f; z, which is 0, may be used to jump: `z z loop`.")
    if b == "z" and a != "z":
        raise InputError(f"`{line[:40]}` would change z, which stays 0.")
    if target is None:
        return NAMES.index(a), NAMES.index(b), place + 1
    if target not in labels:
        raise InputError(f"`{line[:40]}` goes to `{target}`, which no line begins with.")
    return NAMES.index(a), NAMES.index(b), labels[target]


def drawn(seed: int, steps: int) -> Program:
    """A program at random that does something: ten commands or more run within the steps, and branches go both ways."""
    rng = np.random.default_rng(seed)
    while True:
        commands = np.stack(
            [rng.integers(CELLS, size=16), rng.integers(FREE, size=16), rng.integers(16, size=16)], 1
        )
        commands[-1] = ZERO, MINUS, COMMANDS - 1
        memory = rng.integers(-128, 128, CELLS)
        memory[[ZERO, MINUS]] = 0, -1
        program = Program(commands, memory)
        if _does_something(program, steps):
            return program


def _does_something(program: Program, steps: int) -> bool:
    places = [0, *(place for place, _ in model.interpret(program, steps))]
    jumped = {
        bool(program.commands[place, 2] == after)
        for place, after in itertools.pairwise(places)
        if program.commands[place, 2] != place + 1
    }
    return len(set(places)) >= 10 and jumped == {True, False}
