"""Tasks: contestants get the same work, scores are what they say, and rankings follow from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from zoo import registry
from zoo.errors import InputError
from zoo.evidence import judge, task
from zoo.evidence.task import Contestant, Dial, Item, Run, Score, Task
from zoo.evidence.tasks import (
    dimension_reduction,
    few_shot,
    image_coding,
    image_from_numbers,
    imputation,
    theory,
    worst_group,
)
from zoo.evidence.tasks import features as frozen_features
from zoo.method import FAMILIES, Outcome
from zoo.types import Figure, Image, Pictures, Table

# ---------------------------------------------------------------------------------------------------------
# The protocol


class Doubling(Task):
    """Numbers doubled. Nothing else."""

    title, family, data, slug = "Doubling", "vision", "numbers", "doubling"
    dial = Dial("times", "Times", "", (1, 2), 2, whole=True)
    scores = (Score("error", "Error", "", "lower"),)

    def baselines(self) -> Mapping[str, Run]:
        def once_only(given: float, dial: float) -> Outcome:
            if dial > 1:
                raise InputError("it doubles once.")
            return Outcome(given * 2)

        return {
            "exact": lambda given, dial: Outcome(given * 2**dial),
            "off by one": lambda given, dial: Outcome(given * 2**dial + 1),
            "once only": once_only,
        }

    def items(self, quick: bool) -> Iterator[Item]:
        return iter([Item("numbers", 1.0), Item("numbers", 3.0)])

    def judge(self, given: float, outcome: Outcome) -> dict[str, float]:
        return {"error": abs(outcome.made - 4 * given)}


@pytest.fixture
def doubling(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Task:
    work = Doubling()
    monkeypatch.setattr(task, "load", lambda slug: work)
    monkeypatch.setattr(task.paths, "root", lambda: tmp_path)
    monkeypatch.setattr(registry, "methods", lambda: {})
    return work


def test_ranking_follows_from_the_scores(doubling: Task):
    record = task.rank("doubling")
    assert [placed.name for placed in task.ranked(doubling, record)] == ["exact", "off by one", "once only"]
    exact, off, once = record.contestants
    assert exact.overall.mean == 0
    assert off.points[1]["error"].values == (1, 1)
    assert once.overall is None  # it cannot be had at the dial's default
    assert once.points[0]["error"].mean == 4
    assert once.points[1]["error"] is None
    assert "3. once only: -" in task.report(doubling, record)


def test_a_leaderboard_is_stored_and_read(doubling: Task):
    assert task.read("doubling") is None
    record = task.rank("doubling")
    task.write(record)
    assert task.read("doubling") == record
    with pytest.raises(InputError, match="a quick ranking is not stored"):
        task.write(task.rank("doubling", quick=True))


def test_what_is_loaded_and_fitted_once_is_not_counted(doubling: Task, monkeypatch: pytest.MonkeyPatch):
    clock = [0.0]
    monkeypatch.setattr(task.time, "process_time", lambda: clock[0])

    def slow_at_first(given: float, dial: float) -> Outcome:
        clock[0] += 1.5 if clock[0] else 13.0
        return Outcome(given)

    entrant = Contestant("slow at first", slow_at_first)
    assert [task.timed(doubling, entrant, 3.0, 1)[1] for _ in range(2)] == [1.5, 1.5]
    assert clock == [16.0], "once more at first, and never again"


def test_choosing_contestants(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(InputError, match="there is no task 'x'; the tasks are dimension-reduction"):
        task.compare("x", None, ["a", "b"], 1)
    table = Table.of(np.random.default_rng(0).normal(size=(30, 5)))
    names = list(task.contestants(task.load("dimension-reduction")))
    for chosen, told in (
        ([names[0]], "two to four different"),
        ([names[0]] * 3, "two to four different"),
        (names[:5], "two to four different"),
        ([names[0], "nobody"], "nobody does not compete"),
    ):
        with pytest.raises(InputError, match=told):
            task.compare("dimension-reduction", table, chosen, 2)
    with pytest.raises(InputError, match="measured on data sets only"):
        task.compare("imputation", table, ["Column means", "Iterative (scikit-learn)"], 30)


@pytest.mark.parametrize("slug", task.names())
def test_every_task_is_complete(slug: str):
    work = task.load(slug)
    assert work.summary().endswith(".")
    assert work.dial.default in work.dial.values
    assert work.family in FAMILIES
    keys = {score.key for score in work.scores}
    assert work.across in {"", *keys}
    assert len(work.baselines()) >= 2
    folder = Path(task.__file__).parent / "tasks" / "examples"
    assert all((folder / name).is_file() for name in work.examples)
    assert bool(work.examples) == (work.given is not None)
    for entrant in task.contestants(work).values():
        assert isinstance(entrant, Contestant)


# ---------------------------------------------------------------------------------------------------------
# Dimension reduction


def test_scores_of_a_table_that_has_two_dimensions():
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(60, 2))
    table = dimension_reduction.standard(plane @ rng.normal(size=(2, 6)))
    work = dimension_reduction.DimensionReduction()
    exact = work.judge(table, work.baselines()["PCA (scikit-learn)"](table, 2))
    assert exact["trustworthiness"] == pytest.approx(1)
    assert exact["explained"] == pytest.approx(100)
    assert exact["correlation"] == pytest.approx(1)
    noise = work.judge(table, Outcome(rng.normal(size=(60, 2))))
    assert noise["trustworthiness"] < 0.7
    assert noise["explained"] < 30


def test_what_tables_will_do():
    work = dimension_reduction.DimensionReduction()
    rng = np.random.default_rng(0)
    for table, told in (
        (rng.normal(size=(30, 2)), "at least 21 rows and 3 columns"),
        (rng.normal(size=(10, 5)), "at least 21 rows and 3 columns"),
        (rng.normal(size=(2001, 5)), "at most 2000 rows"),
        (np.ones((30, 5)), "every column of the table is constant"),
    ):
        with pytest.raises(InputError, match=told):
            work.item(Table.of(table))
    with pytest.raises(InputError, match="10 axes are too many for 4 columns"):
        work.baselines()["PCA (scikit-learn)"](dimension_reduction.standard(rng.normal(size=(30, 4))), 10)


def test_comparing_tables():
    table = Table.of(np.random.default_rng(0).normal(size=(40, 5)))
    found = task.compare("dimension-reduction", table, ["PCA (scikit-learn)", "Random projection"], 2)
    assert isinstance(found.shown, Figure)
    assert len(found.shown.plot.data) == 2
    assert found.scores["PCA (scikit-learn)"]["explained"] > found.scores["Random projection"]["explained"]


# ---------------------------------------------------------------------------------------------------------
# Pictures from numbers


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (image_from_numbers.cosines, image_from_numbers.from_cosines),
        (image_from_numbers.wavelets, image_from_numbers.from_wavelets),
    ],
)
def test_transforms_are_orthonormal(forward, backward):
    images = np.random.default_rng(0).uniform(0, 255, (3, 32, 32, 3))
    coefficients = forward(images)
    np.testing.assert_allclose((coefficients**2).sum(1), (images**2).sum((1, 2, 3)))
    np.testing.assert_allclose(backward(coefficients), images)


def test_wavelets_ignore_ramps():
    """Daubechies' wavelets of four taps have two vanishing moments; only where the circle closes is there a jump."""
    matrix = image_from_numbers._wavelet_matrix()
    details = (matrix @ np.arange(32.0))[16:]
    assert np.abs(details[:-1]).max() < 1e-10
    np.testing.assert_allclose((matrix @ np.ones(32))[2:], 0, atol=1e-12)


def test_a_claim_takes_its_numbers_from_the_task(doubling: Task, monkeypatch: pytest.MonkeyPatch):
    """Ours and the rivals' come from one function over the task's items; every second item is a part."""
    monkeypatch.setattr(task, "targets", lambda: {"doubling": f"{__name__}:Doubling"})
    runs = task.contest(Doubling, ("exact", "off by one"), quick=False, parts=2)
    assert runs.conditions == ("1 times", "2 times")
    np.testing.assert_array_equal(runs.values["exact"], [[2, 6], [0, 0]])
    np.testing.assert_array_equal(runs.values["off by one"], [[1, 5], [1, 1]])
    evidence = runs.evidence("exact", "off by one", better="lower")
    assert [row.advantage for row in judge.judge(evidence)[1]] == [-1, 1]


# ---------------------------------------------------------------------------------------------------------
# Image coding


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    from PIL import Image as Pillow

    folder = Path(task.__file__).parent / "tasks" / "examples"
    return np.asarray(Pillow.open(folder / "cat.webp").resize((96, 64)))


@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_codecs_stay_below_the_rate_and_come_close(picture: np.ndarray, rate: float):
    work = image_coding.ImageCoding()
    for name, run in work.baselines().items():
        found = work.judge(picture, run(picture, rate))
        least = work.judge(picture, run(picture, 1e-9))["bits"]
        assert found["bits"] <= max(rate, least), name
        assert found["bits"] > 0.6 * rate or least > rate, name


def test_more_bits_buy_a_better_picture(picture: np.ndarray):
    work = image_coding.ImageCoding()
    for name, run in work.baselines().items():
        few, many = (work.judge(picture, run(picture, rate))["psnr"] for rate in (0.8, 4.0))
        assert many > few, name


def test_a_codec_lies_level_with_itself():
    work = image_coding.ImageCoding()
    curve = [{"bits": rate, "psnr": 30 + 6 * np.log2(rate)} for rate in work.dial.values]
    better = [{**point, "psnr": point["psnr"] + 1.5} for point in curve]
    assert work.standing(curve, {"JPEG 2000": curve}) == pytest.approx(0)
    assert work.standing(better, {"JPEG 2000": curve}) == pytest.approx(1.5)
    far = [{**point, "bits": point["bits"] * 1000} for point in curve]
    assert work.standing(far, {"JPEG 2000": curve}) is None


def test_comparing_pictures(picture: np.ndarray):
    found = task.compare("image-coding", Image.of(picture), ["JPEG", "WebP"], 1.0)
    assert isinstance(found.shown, Pictures)
    captions = [caption for caption, _ in found.shown.items]
    assert captions[0] == "original"
    assert captions[1].startswith("JPEG: ")
    assert np.array_equal(found.shown.items[0][1].pixels, picture)
    assert set(found.scores["JPEG"]) == {"psnr", "bits", "seconds"}


# ---------------------------------------------------------------------------------------------------------
# Imputation


def test_what_is_hidden():
    rng = np.random.default_rng(0)
    given = rng.normal(size=(200, 4)), rng.random((200, 4))
    table, hidden = imputation.masked(given, 30)
    assert np.array_equal(np.isnan(table), hidden)
    assert 0.25 < hidden.mean() < 0.35
    more = imputation.masked(given, 50)[1]
    assert (more | hidden == more).all()
    everything = imputation.masked(given, 100)[1]
    assert (~everything).sum(0).tolist() == [2] * 4


def test_energy_distance_is_that_of_its_definition():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 3)), rng.normal(size=(20, 3)) + 1
    direct = 2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean()
    assert imputation.energy_distance(x, y) == pytest.approx(direct)
    assert imputation.energy_distance(x, x) == pytest.approx(0)


def test_a_perfect_fill_has_no_error_and_means_have_that_of_one():
    rng = np.random.default_rng(0)
    truth = dimension_reduction.standard(rng.normal(size=(2000, 3)))
    given = truth, rng.random(truth.shape)
    work = imputation.Imputation()
    hidden = imputation.masked(given, 30)[1]
    assert work.judge(given, Outcome((truth, hidden))) == pytest.approx({"error": 0, "energy": 0}, abs=1e-9)
    means = work.judge(given, work.baselines()["Column means"](given, 30))
    assert means["error"] == pytest.approx(1, abs=0.06)
    assert means["energy"] > 0.01


# ---------------------------------------------------------------------------------------------------------
# Few-shot letters


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Thirty letters of 12 pictures; each picture holds the number of its letter and its own."""
    pictures = np.zeros((360, 28, 28), np.uint8)
    pictures[:, 0, 0] = np.arange(360) // 12
    pictures[:, 0, 1] = np.arange(360) % 12
    monkeypatch.setattr(few_shot, "_letters", lambda: (pictures, list(np.arange(360).reshape(30, 12))))
    return pictures


@pytest.mark.parametrize(("classes", "shots"), [(5, 1), (5, 5), (20, 2)])
def test_episodes(letters: np.ndarray, classes: int, shots: int):
    found = few_shot.episodes((3, classes), shots)
    assert found.examples.shape == (20, classes * shots, 28, 28)
    assert found.questions.shape == (20, classes * few_shot.QUERIES, 28, 28)
    for episode in range(20):
        letter_of = {}
        for picture, name in zip(found.examples[episode], found.names[episode], strict=True):
            assert letter_of.setdefault(name, picture[0, 0]) == picture[0, 0]
        assert len(set(letter_of.values())) == classes
        for picture, name in zip(found.questions[episode], found.answers[episode], strict=True):
            assert letter_of[name] == picture[0, 0]
        seen = {tuple(picture[0, :2]) for picture in found.examples[episode]}
        assert not seen & {tuple(picture[0, :2]) for picture in found.questions[episode]}


def test_the_questions_do_not_depend_on_the_number_of_examples(letters: np.ndarray):
    assert np.array_equal(few_shot.episodes((0, 5), 1).questions, few_shot.episodes((0, 5), 5).questions)
    assert not np.array_equal(few_shot.episodes((0, 5), 1).questions, few_shot.episodes((1, 5), 1).questions)


def test_baselines_name_what_is_easy(letters: np.ndarray):
    letters[:, 5:, :] = (np.arange(360) // 12 * 8)[:, None, None]  # letters differ in ink
    work = few_shot.FewShot()
    for name, run in work.baselines().items():
        accuracy = work.judge((0, 5), run((0, 5), 2))["accuracy"]
        assert accuracy == 100 if "Logistic" not in name else accuracy > 60, name


def test_pictures_are_saved_with_their_captions():
    rng = np.random.default_rng(0)
    row = Pictures(
        tuple((f"ü {k}: {k} dB", Image.of(rng.integers(0, 255, (5, 7, 3), np.uint8))) for k in range(3))
    )
    again = Pictures.decode(row.encode())
    assert again.fingerprint() == row.fingerprint()
    with pytest.raises(InputError, match="no row of captioned pictures"):
        Pictures.decode(row.items[0][1].encode())


# ---------------------------------------------------------------------------------------------------------
# Tasks of other distributions


def test_a_distribution_brings_a_task(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    """Its own is there; a name that is taken and what cannot be imported are told, and the rest works."""
    own = registry.named(task.GROUP)
    strange = [
        ("doubling", f"{__name__}:Doubling", "strange", "1"),
        ("imputation", f"{__name__}:Doubling", "strange", "1"),
        ("broken", "no.such.module:Task", "strange", "1"),
        ("no-task", f"{__name__}:Outcome", "strange", "1"),
    ]
    monkeypatch.setattr(registry, "named", lambda group: [*own, *strange])
    task.targets.cache_clear()
    task._class.cache_clear()
    try:
        assert task.names() == [*(slug for slug, *_ in own), "doubling"]
        assert isinstance(task.load("doubling"), Doubling)
        assert task.load("imputation").title == "Imputation"
        assert "the task imputation of strange is passed over" in caplog.text
        assert "the task broken is left out" in caplog.text
        assert "the task no-task is left out" in caplog.text
        with pytest.raises(InputError, match="there is no task 'broken'"):
            task.load("broken")
    finally:
        task.targets.cache_clear()
        task._class.cache_clear()


# ---------------------------------------------------------------------------------------------------------
# Frozen features


def test_features_that_know_the_answers_score_all_of_it_and_the_dial_keeps_the_questions():
    work = frozen_features.FrozenFeatures()
    labels, masks = frozen_features.truth(0, 100)
    cells = masks[:, 4::8, 4::8, None] + 0.0
    outcome = Outcome((frozen_features.Features(np.eye(10)[labels], cells), 100))
    scores = work.judge(0, outcome)
    assert scores["linear"] == scores["neighbours"] == 100
    assert scores["dense"] > 75
    few, many = (frozen_features.work(0, dial) for dial in (100, 1000))
    assert np.array_equal(few.pictures[100:], many.pictures[1000:])
    assert np.array_equal(few.scenes, many.scenes)


def test_features_by_hand_are_of_every_picture_and_every_place():
    given = frozen_features.Work(*(np.zeros((2, side, side, 3), np.uint8) for side in (32, 128)))
    for encode in (frozen_features._pixels, frozen_features._gradients):
        pictures, scenes = encode(given)
        assert len(pictures) == 2
        assert scenes.shape[:3] == (2, 16, 16)


# ---------------------------------------------------------------------------------------------------------
# Theory met


def test_twice_and_half_of_what_was_predicted_are_equally_far():
    board = theory.TheoryMet()
    points = [[None, board.judge(0, Outcome((measured, 2.0)))] for measured in (1.0, 2.0, 4.0)]
    assert [point[1]["ratio"] for point in points] == [0.5, 1.0, 2.0]
    assert [board.standing(point, {}) for point in points] == [2.0, 1.0, 2.0]


def test_methods_meet_what_their_theory_predicts():
    """One draw each; the leaderboard takes five times five."""
    board = task.load("theory-met")
    entrants = task.contestants(board)
    ratios = {name: board.judge(3, one.run(3, 1))["ratio"] for name, one in entrants.items()}
    assert len(ratios) == 6
    assert all(0.7 < ratio < 1.4 for ratio in ratios.values()), ratios


# ---------------------------------------------------------------------------------------------------------
# Worst group


def test_the_rare_colour_is_as_rare_as_the_dial_says_and_what_is_asked_has_both():
    for rare in (2, 20):
        given = worst_group.drawn(0, rare)
        shares = [(given.colour != given.y)[given.y == label].mean() for label in (0, 1)]
        assert shares == pytest.approx([rare / 100] * 2, abs=0.005)
    y, colour = worst_group.asked(0)
    assert len(given.asked) == len(y) == 2 * (1797 - worst_group.TRAINING)
    assert (given.asked[:, -1] == colour).all()
    assert y[colour == 0].tolist() == y[colour == 1].tolist()
    learned, held = given.parts()
    assert {tuple(row) for row in learned.X}.isdisjoint(tuple(row) for row in held.X)


def test_who_answers_by_the_colour_alone_is_wrong_in_the_worst_group():
    board = worst_group.WorstGroup()
    y, colour = worst_group.asked(1)
    assert board.judge(1, Outcome(colour)) == {"worst": 0.0, "mean": 50.0}
    assert board.judge(1, Outcome(y)) == {"worst": 100.0, "mean": 100.0}


def test_weights_by_group_make_groups_count_alike():
    group = np.array([0, 0, 0, 2, 3, 3])
    weights = worst_group.alike(group)
    assert weights.mean() == pytest.approx(1)
    assert [weights[group == one].sum() for one in (0, 2, 3)] == pytest.approx([2, 2, 2])
