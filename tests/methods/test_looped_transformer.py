"""The machine of looped-transformer: every part against plain arithmetic, and whole programs against an interpreter."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from plugins.sequences.looped_transformer import FIBONACCI, MULTIPLY, WALK, model, text
from zoo.errors import InputError

STACK = {layer.name: layer for layer in model.layers()}


def at_desk(columns: int = 1, **parts: np.ndarray) -> np.ndarray:
    """A state whose desk holds parts of the state, for each of several programs; other columns are empty."""
    count = len(next(iter(parts.values())))
    X = np.zeros((model.HEIGHT, count, columns))
    X[model.FLAG, :, 0] = 1
    for name, entries in parts.items():
        rows = model.part(name.replace("_", " "))[: entries.shape[1]]
        X[rows, :, 0] = entries.T
    return X


def applied(X: np.ndarray, *names: str) -> np.ndarray:
    for name in names:
        X, _ = model.apply(STACK[name], X, 10.0)
    return X


def desk(X: np.ndarray, name: str, start: int = 0, stop: int | None = None) -> np.ndarray:
    return X[model.part(name, start, stop), :, 0].T


def test_numbers_come_back_from_their_bits() -> None:
    every = np.arange(-128, 128)
    np.testing.assert_array_equal(model.number(model.bits(every, model.BITS)), every)


def test_subtraction_is_exact_for_all_pairs_of_numbers() -> None:
    every = np.arange(-128, 128)
    a, b = (side.ravel() for side in np.meshgrid(every, every))
    X = at_desk(of_a=model.bits(a, model.BITS), of_b=model.bits(b, model.BITS))
    X = applied(X, "flip the bits of a", "add one", "add b")
    np.testing.assert_array_equal(desk(X, "of b"), model.bits((b - a + 128) % 256 - 128, model.BITS))


def test_nothing_is_written_beside_the_desk() -> None:
    full = model.bits(np.arange(-3, 3), model.BITS)
    X = applied(
        at_desk(4, of_a=full, of_b=full), *[layer.name for layer in model.layers() if not layer.heads]
    )
    np.testing.assert_allclose(X[:, :, 1:], 0, atol=1e-12)


def test_the_test_and_the_branch_are_those_of_subleq() -> None:
    every = np.arange(-128, 128)
    here, there = np.full(256, 21), np.full(256, 9)
    current = np.concatenate([np.zeros((256, 2 * model.ADDRESS)), model.bits(there, model.ADDRESS)], 1)
    X = at_desk(of_b=model.bits(every, model.BITS), counter=model.bits(here, model.ADDRESS), current=current)
    X = applied(X, "at most zero?", "count on")
    np.testing.assert_array_equal(desk(X, "buffer", 0, 1)[:, 0], every <= 0)
    np.testing.assert_array_equal(
        desk(X, "buffer", 1, model.ADDRESS + 1), model.bits(here + 1, model.ADDRESS)
    )
    X = applied(X, "branch")
    np.testing.assert_array_equal(desk(X, "counter"), model.bits(np.where(every <= 0, 9, 22), model.ADDRESS))
    assert not desk(X, "buffer").any()


def test_reading_fetches_what_is_pointed_at() -> None:
    program = text.drawn(0, 20)
    X = applied(model.begin([program]), "read the command", "fetch both numbers")
    a, b, c = program.commands[0]
    columns = np.array([8 + a, 8 + b, 16 + c])
    np.testing.assert_allclose(desk(X, "current")[0], model.bits(columns, model.ADDRESS).ravel(), atol=1e-6)
    for name, cell in (("of a", a), ("of b", b)):
        expected = model.bits(program.memory[cell], model.BITS)
        np.testing.assert_allclose(desk(X, name)[0], expected, atol=1e-6)
    _, (looks,) = model.apply(STACK["read the command"], model.begin([program]), 10.0)
    np.testing.assert_allclose(looks[0, [0, 16]], 0.5, atol=1e-6)


def test_the_correction_snaps_what_is_near_and_leaves_a_way_between() -> None:
    t = model.TOLERANCE
    near = np.array([-1 - t, -1, -1 + t, -t, 0, t, 1 - t, 1, 1 + t, 0.5])
    X = np.zeros((model.HEIGHT, 1, len(near)))
    X[model.part("memory")] = near
    after = applied(X, "correct")[model.part("memory")[0], 0]
    np.testing.assert_allclose(after, [-1, -1, -1, 0, 0, 0, 1, 1, 1, 0.5], atol=1e-12)


@pytest.mark.parametrize(("sharpness", "correct"), [(10.0, True), (20.0, True), (np.inf, False)])
def test_programs_run_as_an_interpreter_runs_them(sharpness: float, correct: bool) -> None:
    programs = [text.drawn(seed, 25) for seed in range(5)]
    expected = [list(model.interpret(program, 25)) for program in programs]
    for step, moment in enumerate(model.run(programs, 25, sharpness, correct)):
        assert moment.drift.max() < model.TOLERANCE
        for number in range(5):
            place, cells = expected[number][step]
            assert model.same(moment, place, cells, number)
            assert not np.isnan(moment.X).any()


def test_without_correction_the_same_softmax_misremembers() -> None:
    programs = [text.drawn(seed, 25) for seed in range(5)]
    assert max(model.survives(programs, 25, 10.0, False)) < 25
    assert model.survives(programs, 25, 10.0, True) == [25] * 5


def test_the_examples_do_what_they_say() -> None:
    *_, (_, cells) = model.interpret(text.compiled(MULTIPLY)[0], 24)
    assert cells[3] == 24
    seen = [int(cells[0]) for _, cells in model.interpret(text.compiled(WALK)[0], 21)]
    assert list(dict.fromkeys(seen)) == [1, 2, 4, 8, 16, 32, 64, -128]
    numbers = [int(cells[1]) for _, cells in model.interpret(text.compiled(FIBONACCI)[0], 60)]
    assert [value for value, _ in itertools.groupby(numbers)][::2] == [1, 1, 2, 3, 5, 8, 13]


def test_labels_may_stand_alone_and_stop_needs_none() -> None:
    program, lines = text.compiled("a = 1\nloop:\na: a b stop\nstop\nc d a\nb b loop")
    assert lines == ["a: a b stop", "stop", "c d a", "b b loop"]
    assert program.commands[:4, 2].tolist() == [4, 1, 0, 0]
    assert len(text.compiled("a b\n" * 15)[1]) == 15


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("", "no command"), ("a plus b", "no line"), ("a = 300\na b", "-128 to 127"), ("a b nowhere", "nowhere"),
        ("a m", "cells are"), ("a z", "stays 0"), ("a b\n" * 16, "at most 15"), ("q b", "cells are"),
        ("x: a b\nx: b a x", "two lines"),
    ],
)  # fmt: skip
def test_what_is_no_program_is_said_in_a_sentence(program: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        text.compiled(program)
