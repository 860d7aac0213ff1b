"""Verdicts follow from numbers, broken methods are found out, and interrupted measurements go on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from scipy import stats

from zoo import registry
from zoo.cli import main
from zoo.errors import InputError
from zoo.evidence import judge, verify
from zoo.evidence.records import EvidenceRecord
from zoo.method import Evidence, Method, Paper, Progress, claim

# ---------------------------------------------------------------------------------------------------------
# Intervals and verdicts


def test_interval_of_few_runs_is_students():
    runs = np.array([1.0, 2.0, 4.0])
    half = stats.t.ppf(0.975, 2) * runs.std(ddof=1) / np.sqrt(3)
    assert judge.interval(runs) == pytest.approx((runs.mean() - half, runs.mean() + half))


def test_interval_of_many_runs_covers_the_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = [low <= 0 <= high for low, high in (judge.interval(rng.normal(size=40)) for _ in range(200))]
    assert 0.88 <= np.mean(covered) <= 0.99


def test_runs_that_agree_have_no_width():
    assert judge.interval(np.array([2.0, 2.0])) == (2.0, 2.0)
    assert judge.interval(np.array([3.0])) == (3.0, 3.0)


@pytest.mark.parametrize(
    ("ours", "better", "margin", "verdict"),
    [
        (((3.0, 3.1), (5.0, 5.1)), "higher", 0.0, "holds"),
        (((3.0, 3.1), (0.0, 0.1)), "higher", 0.0, "holds partly"),
        (((0.0, 0.1), (0.0, 0.1)), "higher", 0.0, "does not hold"),
        (((3.0, 3.1), (5.0, 5.1)), "lower", 0.0, "does not hold"),
        (((0.0, 0.05), (0.0, 0.05)), "lower", 0.0, "holds"),
        (((3.0, 3.1), (5.0, 5.1)), "higher", 2.5, "holds partly"),
        (((float("nan"), 3.1), (5.0, 5.1)), "higher", 0.0, "holds partly"),
    ],
)
def test_verdict(ours: Any, better: Any, margin: float, verdict: str):
    evidence = Evidence(ours, ((1.0, 1.0), (1.0, 1.0)), ("a", "b"), better, margin)
    assert judge.judge(evidence)[0] == verdict


def test_several_conditions_are_corrected_for_their_number():
    """An advantage that is clear alone is not where it is the clearest of ten."""
    wave = np.array([1.0, -1.0] * 4)
    clear = tuple(0.9 + wave)  # one-sided chance 0.019: below 0.025, above a tenth of it
    assert judge.judge(Evidence((clear,), ((0.0,) * 8,)))[0] == "holds"
    noise = [tuple(wave * place) for place in range(1, 10)]
    verdict, rows = judge.judge(Evidence((clear, *noise), ((0.0,) * 8,) * 10, tuple("abcdefghij")))
    assert verdict == "does not hold"
    assert rows[0].interval[0] < 0 < rows[0].advantage


def test_the_words_follow_from_the_share_of_conditions():
    words = {(3, 3): "holds", (2, 3): "holds in most", (1, 3): "holds partly", (0, 3): "does not hold"}
    for (held, count), verdict in words.items():
        assert judge.verdict([place < held for place in range(count)]) == verdict


def test_a_condition_falls_with_a_clearer_one():
    """Holm's rule goes down: after the first that fails, none holds, however narrow its own interval."""
    evidence = Evidence(((0.5, 0.5, 0.6), (5.0, 0.1, 3.0)), ((0.0,) * 3,) * 2, ("clear", "wide"), margin=0.7)
    assert [row.holds for row in judge.judge(evidence)[1]] == [False, False]


def test_a_mean_ahead_is_not_enough():
    evidence = Evidence(((0.0, 9.0),), ((1.0, 1.0),))
    assert np.mean(evidence.ours) > np.mean(evidence.baseline)
    assert judge.judge(evidence)[0] == "does not hold"


def test_overall_interval_pairs_runs_over_conditions():
    # The two conditions' errors cancel run by run, which the mean of both intervals cannot see.
    evidence = Evidence(((1.0, 3.0), (3.0, 1.0)), ((0.0, 0.0), (0.0, 0.0)), ("a", "b"))
    assert judge.overall(evidence) == (2.0, 2.0)
    uneven = Evidence(((1.0, 3.0), (2.0, 2.0, 2.0)), ((0.0, 0.0), (0.0,) * 3), ("a", "b"))
    low, high = judge.overall(uneven)
    assert low < 2.0 < high


# ---------------------------------------------------------------------------------------------------------
# A method that works, and what happens when it is broken


class Digits(Method):
    """Names handwritten digits by the nearest mean picture."""

    title = "Nearest means"
    family = "vision"
    paper = Paper("On means", ("A. Author",), 1936, "a journal", "https://example.org")
    slug = "nearest-means"
    fault = ""
    measured: list[str] = []

    @claim("Names digits better than the commonest name", paper="1", unit="%", baseline="the commonest name")
    def better_than_commonest(self, quick: bool, progress: Progress) -> Evidence:
        from sklearn.datasets import load_digits

        self.measured.append("better_than_commonest")
        pictures, names = load_digits(return_X_y=True)
        ours, baseline = [], []
        for seed in range(3 if quick else 6):
            progress(seed / 6, f"seed {seed}")
            rng = np.random.default_rng(seed)
            order = rng.permutation(len(names))
            train, test = order[:1000], order[1000:]
            labels = names[train]
            if self.fault == "labels shuffled":
                labels = rng.permutation(labels)
            means = np.stack([pictures[train][labels == digit].mean(0) for digit in range(10)])
            if self.fault == "weights zeroed":
                means = np.zeros_like(means)
            said = ((pictures[test][:, None] - means) ** 2).sum(-1).argmin(1)
            ours.append(100 * float((said == names[test]).mean()))
            baseline.append(100 * float((names[test] == np.bincount(names[train]).argmax()).mean()))
        if self.fault == "baseline swapped":
            ours, baseline = baseline, ours
        return Evidence((tuple(ours),), (tuple(baseline),), margin=20.0)

    @claim(
        "Is the same twice",
        paper="2",
        unit="difference",
        baseline="nothing",
        data=("Nothing at all", "glyphs"),
    )
    def same_twice(self, quick: bool, progress: Progress) -> Evidence:
        self.measured.append("same_twice")
        if self.fault == "interrupted":
            raise KeyboardInterrupt
        return Evidence(((0.0,),), ((1.0,),), better="lower")

    @claim("Is quick", paper="3", unit="s", baseline="a second", timed=True)
    def quick(self, quick: bool, progress: Progress) -> Evidence:
        return Evidence(((5.0 if self.fault else 0.5,),), ((1.0,),), better="lower")


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Digits]:
    """The method, in a zoo of its own whose files lie in a temporary folder."""
    entry = type("Entry", (), {"method": Digits, "draft": Digits, "error": "", "is_strange": False})
    monkeypatch.setattr(Digits, "fault", "")
    monkeypatch.setattr(Digits, "measured", [])
    monkeypatch.setattr(registry, "load", lambda slug: Digits())
    monkeypatch.setattr(registry, "find", lambda slug: entry)
    monkeypatch.setattr(verify.paths, "cache", lambda: tmp_path / "cache")
    (tmp_path / "cards").mkdir()
    card = tmp_path / "cards" / "nearest-means.md"
    card.write_text(
        "---\nlicense: apache-2.0\nlibrary_name: latent-zoo\ntags: [latent-zoo, vision]\n---\n\n# Nearest means\n"
    )
    monkeypatch.setattr(verify.card, "path_of", lambda method: card)
    monkeypatch.setattr(verify, "state_of", lambda method: "state")
    return Digits


def measured(**options: Any) -> EvidenceRecord:
    return verify.verify("nearest-means", quick=True, tell=lambda text: None, **options)


@pytest.fixture
def committed(digits: type[Digits]) -> EvidenceRecord:
    verify.write(verify.verify("nearest-means", tell=lambda text: None))
    verify.write_quick(measured())
    found = verify.read("nearest-means")
    assert found is not None
    return found


def test_the_same_code_agrees_with_its_evidence(committed: EvidenceRecord):
    assert [claim.verdict for claim in committed.claims] == ["holds"] * 3
    assert verify.differences(measured(), committed) == []


@pytest.mark.parametrize("fault", ["labels shuffled", "weights zeroed", "baseline swapped"])
def test_a_broken_method_is_found_out(committed: EvidenceRecord, monkeypatch: pytest.MonkeyPatch, fault: str):
    monkeypatch.setattr(Digits, "fault", fault)
    record = measured()
    assert record.claims[0].verdict == "does not hold"
    told = "\n".join(verify.differences(record, committed))
    assert "better_than_commonest: does not hold, where the committed evidence says holds." in told
    assert "quick" not in told.replace("quick evidence", "")  # a claim about time is not compared
    assert main(["verify", "nearest-means", "--quick", "--check", "--fresh"]) == 1


def test_a_result_that_drifts_under_the_same_verdict_is_found_out(committed: EvidenceRecord):
    record = measured()
    first = record.claims[0]
    worse = [row.model_copy(update={"ours": row.ours - 12.0}) for row in first.conditions]
    drifted = first.model_copy(update={"conditions": tuple(worse)})
    record = record.model_copy(update={"claims": (drifted, *record.claims[1:])})
    (told,) = verify.differences(record, committed)
    assert told.startswith("better_than_commonest, all: ours is ")


def test_claims_that_come_and_go_are_told(committed: EvidenceRecord):
    record = measured()
    first, *others = record.claims
    renamed = first.model_copy(update={"id": "renamed"})
    record = record.model_copy(update={"claims": (renamed, *others)})
    assert verify.differences(record, committed) == [
        "the claim better_than_commonest is gone.",
        "the claim renamed has no committed evidence.",
    ]
    assert "no committed quick evidence" in verify.differences(record, None)[0]


def test_an_interrupted_measurement_goes_on(digits: type[Digits], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Digits, "fault", "interrupted")
    with pytest.raises(KeyboardInterrupt):
        measured()
    monkeypatch.setattr(Digits, "fault", "")
    record = measured()
    assert digits.measured == ["better_than_commonest", "same_twice", "same_twice"]
    assert [claim.id for claim in record.claims] == ["better_than_commonest", "same_twice", "quick"]
    measured()
    assert digits.measured[3:] == ["better_than_commonest", "same_twice"]  # a finished run leaves nothing


def test_stored_runs_are_judged_again(committed: EvidenceRecord, monkeypatch: pytest.MonkeyPatch):
    before = verify.Origin(**committed.model_dump(include=set(verify.Origin.model_fields)))
    first, *others = committed.claims
    committed = committed.model_copy(
        update={"claims": (first.model_copy(update={"measured": before}), *others)}
    )
    verify.write(committed.model_copy(update={"claims": tuple(
        claim.model_copy(update={"verdict": "holds partly"}) for claim in committed.claims
    )}))  # fmt: skip
    monkeypatch.setattr(registry, "entries", lambda: {"nearest-means": registry.find("nearest-means")})
    assert main(["verify", "--judge"]) == 0
    again = verify.read("nearest-means")
    assert again is not None
    assert again.claims == committed.claims
    assert again.quick == committed.quick


def test_a_check_is_skipped_where_nothing_changed(
    committed: EvidenceRecord, capsys: pytest.CaptureFixture[str]
):
    Digits.measured.clear()
    assert main(["verify", "nearest-means", "--quick", "--check"]) == 0
    assert Digits.measured == []
    assert "those that gave the committed numbers" in capsys.readouterr().err
    assert main(["verify", "nearest-means", "--quick", "--check", "--fresh"]) == 0
    assert Digits.measured


def test_a_single_claim_is_measured_and_the_others_keep_where_they_come_from(
    committed: EvidenceRecord, monkeypatch: pytest.MonkeyPatch
):
    Digits.measured.clear()
    monkeypatch.setattr(verify.origin, "commit", lambda plugin: "a later commit")
    assert main(["verify", "nearest-means", "--claim", "same_twice", "--write"]) == 0
    record = verify.read("nearest-means")
    assert record is not None
    assert Digits.measured[0] == "same_twice"
    assert "better_than_commonest" not in Digits.measured[:1]
    first, second, third = record.claims
    assert (first.id, second.id, third.id) == ("better_than_commonest", "same_twice", "quick")
    assert first.conditions == committed.claims[0].conditions
    assert first.measured is not None
    assert first.measured.commit == committed.commit
    assert second.measured is None
    assert record.commit == "a later commit"
    with pytest.raises(InputError, match="its claims are better_than_commonest, same_twice, quick"):
        measured(only=["nothing"])


def test_changed_code_is_measured_anew(digits: type[Digits], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Digits, "fault", "interrupted")
    with pytest.raises(KeyboardInterrupt):
        measured()
    monkeypatch.setattr(Digits, "fault", "")
    monkeypatch.setattr(verify, "state_of", lambda method: "another state")
    measured()
    assert digits.measured.count("better_than_commonest") == 2


def test_progress_runs_over_all_claims(digits: type[Digits]):
    told: list[float] = []

    class Listener(Progress):
        def __call__(self, fraction: float, text: str = "") -> None:
            told.append(fraction)
            assert text.startswith("claim 1 of 3: seed ")

    measured(progress=Listener())
    assert told == sorted(told)
    assert told[-1] < 1 / 3


def test_what_is_written(committed: EvidenceRecord, tmp_path: Path):
    first = committed.claims[0]
    assert first.conditions[0].seeds == 6
    assert len(first.conditions[0].ours_runs) == 6
    assert committed.environment["numpy"] == np.__version__
    assert [one.id for one in committed.quick] == ["better_than_commonest", "same_twice", "quick"]
    text = (tmp_path / "cards" / "nearest-means.md").read_text()
    assert "value: holds" in text
    assert "# Nearest means" in text
    results = yaml.safe_load(text.split("---")[1])["model-index"][0]["results"]
    assert [one["dataset"]["name"] for one in results] == ["synthetic", "Nothing at all, glyphs", "synthetic"]
    assert results[1]["dataset"]["type"] == "nothing-at-all"
    assert "NaN" not in json.dumps(committed.model_dump())


def test_quick_numbers_need_evidence_to_go_with(digits: type[Digits], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(InputError, match="no evidence yet"):
        verify.write_quick(measured())
    assert main(["verify", "nearest-means", "--check"]) == 1
    assert "--check goes with --quick" in capsys.readouterr().err


def test_a_method_in_progress_keeps_its_numbers_before_it_has_a_card(digits: type[Digits], tmp_path: Path):
    (tmp_path / "cards" / "nearest-means.md").unlink()
    assert main(["verify", "nearest-means", "--write"]) == 0
    stored = verify.read("nearest-means")
    assert stored is not None
    assert len(stored.claims) == len(stored.quick) == 3


def test_where_numbers_are_written_is_printed(
    digits: type[Digits], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["verify", "nearest-means", "--write"]) == 0
    assert str(tmp_path / "cards" / "evidence" / "nearest-means.json") in capsys.readouterr().out


def test_a_broken_method_is_named_and_the_exit_code_says_so(
    committed: EvidenceRecord, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    working = registry.find("nearest-means")
    lost = registry.Entry("lost", "no_such_module_anywhere:Lost", "nobody", "1")
    by_slug = {"nearest-means": working, "lost": lost}
    monkeypatch.setattr(registry, "entries", lambda: by_slug)
    monkeypatch.setattr(registry, "find", by_slug.__getitem__)
    assert main(["verify", "--quick", "--check"]) == 1
    assert "lost: skipped, since it cannot be used: nobody 1 names the module" in capsys.readouterr().err


def test_a_claim_may_say_that_it_is_about_time():
    assert Digits.claims()["quick"].timed
    assert not Digits.claims()["same_twice"].timed
    assert replace(Digits.claims()["quick"], timed=False) != Digits.claims()["quick"]
