"""What the search of the gallery looks through: the words of each method, as a file that the browser asks for once.

The browser (``assets/search.js``) matches and orders. What else people call a thing is added here, so that "PCA" finds
whatever speaks of principal components.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from zoo import card, registry
from zoo.evidence import records
from zoo.evidence.records import EvidenceRecord
from zoo.method import Method
from zoo.registry import Entry
from zoo.types import KINDS

KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Of files whose address holds their hash."""

Field = tuple[int, str]
"""A text and how much a word of it counts."""

SYNONYMS = (
    ("pca", "principal component", "principal component analysis", "karhunen loeve"),
    ("svd", "singular value decomposition"),
    ("lasso", "l1", "basis pursuit", "sparse regression"),
    ("ridge", "l2", "tikhonov"),
    ("picture", "image", "photo"),
    ("sound", "audio", "music", "speech", "waveform"),
    ("clip", "video", "film"),
    ("mesh", "3d", "3d shape"),
    ("table", "spreadsheet", "tabular", "dataframe", "csv", "excel"),
    ("drawing", "sketch", "doodle"),
    ("character", "glyph", "letter", "handwriting", "ocr"),
    ("graph", "node", "edge"),
    ("imputation", "impute", "missing value", "missing cell", "missing data", "fill gap", "gap"),
    ("few shot", "one shot", "meta learning", "maml", "small sample"),
    ("clustering", "cluster", "k mean", "segmentation"),
    ("dimension reduction", "dimensionality reduction", "ordination", "projection", "map"),
    ("compression", "codec", "compress", "bitrate", "rate distortion", "jpeg"),
    ("denoising", "noise removal", "denoise"),
    ("recommendation", "recommender", "collaborative filtering", "rating"),
    ("similarity", "cosine", "nearest neighbour", "neighbour", "neighbor", "knn", "k nn"),
    ("pruning", "prune", "sparse network", "lottery ticket"),
    ("classification", "classifier", "recognition", "label"),
    ("self supervised", "ssl", "unsupervised", "pretraining", "contrastive"),
    ("retrieval", "search", "ranking"),
    ("colour", "color"),
    ("correspondence analysis", "correspondence", "contingency table"),
    ("canonical correlation", "canonical correlation analysis", "cca"),
    ("multidimensional scaling", "mds"),
    ("implicit neural representation", "inr", "coordinate network", "siren"),
    ("autoencoder", "auto encoder", "vae", "variational autoencoder"),
    ("generative", "generation", "generate", "sampling"),
    ("diffusion", "score matching", "ddpm"),
    ("gradient flow", "particle", "svgd", "optimal transport", "wasserstein"),
    ("overfitting", "generalisation", "generalization", "regularisation", "regularization"),
    ("transformer", "attention", "vit"),
    ("language model", "llm", "gpt"),
    ("interpretability", "explainability", "explanation", "xai", "saliency"),
    ("support vector", "svm", "kernel"),
    ("time series", "sequence", "forecast"),
    ("weather", "climate", "temperature"),
    ("domain adaptation", "domain shift", "covariate shift", "transfer learning"),
)
"""Groups of words for much the same; where one of them stands, the others find it as well."""


def words_of(text: str) -> list[str]:
    """The words of a text as ``assets/search.js`` reads them: without accents, small, singular."""
    plain = text
    if not text.isascii():
        signs = unicodedata.normalize("NFKD", text)
        plain = "".join(sign for sign in signs if not unicodedata.combining(sign))
    return [_stem(word) for word in re.findall(r"[^\W_]+", plain.lower())]


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@functools.cache
def _groups() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(f" {' '.join(words_of(phrase))} " for phrase in group) for group in SYNONYMS)


@functools.cache
def _beginnings() -> dict[str, list[tuple[int, str]]]:
    """The phrases that begin with a word, each with the number of its group."""
    by_word: dict[str, list[tuple[int, str]]] = {}
    for number, group in enumerate(_groups()):
        for phrase in group:
            by_word.setdefault(phrase.split()[0], []).append((number, phrase))
    return by_word


def synonyms(texts: Iterable[str]) -> str:
    """What else people call the things that these texts speak of."""
    words = [word for text in texts for word in words_of(text)]
    spoken, beginnings = f" {' '.join(words)} ", _beginnings()
    groups = {
        number for word in set(words) for number, phrase in beginnings.get(word, ()) if phrase in spoken
    }
    also = [
        phrase.strip() for number in sorted(groups) for phrase in _groups()[number] if phrase not in spoken
    ]
    return " ".join(also)


def fields(entry: Entry) -> list[Field]:
    """What a method is found by."""
    if entry.error:
        return [(8, entry.slug), (2, entry.error)]
    method = entry.method
    actions = method.actions().values()
    kinds = [KINDS[kind] for action in actions for param in action.params if (kind := param.kind) in KINDS]
    texts = [
        (8, f"{method.title} {entry.slug}"),
        (6, " ".join(action.title for action in actions)),
        (6, " ".join(map(str, card.read(method).data.get("tags") or []))),
        (5, method.summary()),
        (3, " ".join(dict.fromkeys(f"{kind.kind} {kind.plural} {kind.accepts}" for kind in kinds))),
        (3, method.paper.title),
        (3, f"{' '.join(method.paper.authors)} {method.paper.year} {method.paper.venue}"),
        (2, " ".join(action.summary for action in actions)),
        (2, _claims(method)),
    ]
    also = [(weight // 2, synonyms([text])) for weight, text in texts]
    return [field for field in (*texts, *also) if field[1]]


def _claims(method: type[Method]) -> str:
    """What a method claims and whom it is measured against, as far as it was."""
    measured = records.read(card.measured(method, "evidence"), EvidenceRecord)
    rows = measured.claims if measured else ()
    return " ".join(f"{row.statement} {row.against}" for row in rows)


@functools.cache
def index() -> str:
    """The slugs of all methods with what they are found by, as JSON."""
    rows = [(entry.slug, fields(entry)) for entry in registry.entries().values()]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def versioned(path: str, content: str) -> str:
    """The address of a file with its content's hash, so that browsers may keep it."""
    return f"{path}?v={hashlib.sha256(content.encode()).hexdigest()[:10]}"


def searched(request: Request) -> Response:
    """The words of every method, as JSON."""
    return Response(index(), media_type="application/json", headers=KEPT)
