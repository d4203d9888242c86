"""Measure the readers of text on labelled sentences that the rules were not made with.

Needs the labelled files (`--data`), scikit-learn and vaderSentiment; see bench/README.md.
"""

import argparse
import csv
import hashlib
import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from sides import STANCE_CURVE, TONE_CURVE, Curve, called, sides_of
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from steelyard.agents.aspects import read_tone_of
from steelyard.agents.events import read_event
from steelyard.agents.stance import read_sentence_stance
from steelyard.agents.tone import read_tone

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
EVENTS = Path(__file__).with_name("events.csv")
LAST_YEAR = 2012
"""Stance rules were made with sentences up to this year."""
HELD_OUT = 0.4
"""Share of texts that the rules of tone were not made with, chosen by a hash of the text."""
SIDE = {
    "negative": -1, "neutral": 0, "positive": 1, "bearish": -1, "bullish": 1, "dovish": -1,
    "hawkish": 1,
}  # fmt: skip
VADER_LEAST = 0.05
"""Least |compound| that VADER's authors call a side."""
C = 10.0
"""Inverse strength of the penalty of the logistic regression; 1 gave less."""


class Sentence(NamedTuple):
    """A labelled text."""

    text: str
    label: int
    """1 positive or hawkish, -1 negative or dovish, 0 neither."""
    name: str = ""
    """What the label is about; empty: the whole."""
    others: tuple[str, ...] = ()
    """What else the text names."""
    year: int = 0


class Score(NamedTuple):
    """How well one method did."""

    accuracy: float
    macro_f1: float
    log_loss: float


class Source(NamedTuple):
    """Texts of one origin: those that could be learnt from, and those held out."""

    known: list[Sentence]
    held_out: list[Sentence]


def read_sources(data: Path) -> dict[str, Source]:
    """Read the three sources of tone, split by a hash of each text."""
    bank = [
        Sentence(row["sentence"], SIDE[row["label"]])
        for row in _rows(data / "labels_phrasebank.csv")
    ]
    tweets = [
        Sentence(row["text"], SIDE[row["label_name"]])
        for row in _rows(data / "labels_twitter_financial_news.csv")
    ]
    headlines = [
        Sentence(row["text"], SIDE[label], name, tuple(o for o in row["entities"] if o != name))
        for row in _json_rows(data / "labels_sentfin_entity_sentiment.jsonl")
        for name, label in row["entities"].items()
    ]
    named = {"phrasebank": bank, "twitter": tweets, "sentfin": headlines}
    return {name: _split(sentences) for name, sentences in named.items()}


def read_stance_source(data: Path) -> Source:
    """Read sentences on monetary policy, split by year."""
    rows = [
        Sentence(row["sentence"], SIDE[row["label_name"]], year=int(row["year"]))
        for row in _rows(data / "labels_fomc_stance.csv")
    ]
    known = [row for row in rows if row.year <= LAST_YEAR]
    return Source(known, [row for row in rows if row.year > LAST_YEAR])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _json_rows(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _split(sentences: Sequence[Sentence]) -> Source:
    def held_out(sentence: Sentence) -> bool:
        digest = hashlib.sha256(sentence.text.encode()).hexdigest()
        return int(digest[:8], 16) % 5 < HELD_OUT * 5

    return Source(
        [sentence for sentence in sentences if not held_out(sentence)],
        [sentence for sentence in sentences if held_out(sentence)],
    )


def tone_value(sentence: Sentence) -> float:
    """Read the tone, towards what the label is about if it says so."""
    if sentence.name:
        return read_tone_of("", sentence.text, (sentence.name,), sentence.others).value
    return read_tone("", sentence.text).value


def stance_value(sentence: Sentence) -> float:
    """Read the stance of one sentence."""
    return read_sentence_stance(sentence.text)


def score_reader(
    read: Callable[[Sentence], float], sentences: Sequence[Sentence], curve: Curve
) -> Score:
    """Score a reader that gives values, by the curve that makes probabilities of them."""
    values = [read(sentence) for sentence in sentences]
    calls = [called(value, curve) for value in values]
    return _score(sentences, calls, [sides_of(value, curve) for value in values])


def score_vader(source: Source, fitted_on: Sequence[Sentence]) -> Score:
    """Score VADER; its curve is fitted on the same texts as ours."""
    compound = SentimentIntensityAnalyzer().polarity_scores

    def read(sentence: Sentence) -> float:
        return compound(sentence.text)["compound"]

    return score_reader(read, source.held_out, fit_curve(read, fitted_on, VADER_LEAST))


def fit_curve(
    read: Callable[[Sentence], float], sentences: Sequence[Sentence], least: float
) -> Curve:
    """Fit slope and offset by log loss."""
    value = np.array([read(sentence) for sentence in sentences])
    label = np.array([sentence.label for sentence in sentences])

    def loss(parameters: np.ndarray) -> float:
        slope, offset = parameters
        side = np.stack([offset - slope * value, np.zeros_like(value), offset + slope * value])
        return float(np.mean(np.logaddexp.reduce(side) - side[label + 1, np.arange(len(label))]))

    slope, offset = minimize(loss, np.array([2.0, -1.0]), method="Nelder-Mead").x
    return Curve(float(slope), float(offset), least)


def score_tfidf(learnt: Sequence[Sentence], held_out: Sequence[Sentence]) -> Score:
    """Score TF-IDF of words and pairs with logistic regression, in its better setting.

    Names are masked, own and others apart. Macro-F1 and accuracy are those of the setting
    (class weights balanced or not) with the higher macro-F1; log loss is the lower of both.
    """
    scores = [_tfidf(learnt, held_out, weights) for weights in ("balanced", None)]
    best = max(scores, key=lambda score: score.macro_f1)
    return best._replace(log_loss=min(score.log_loss for score in scores))


def _tfidf(
    learnt: Sequence[Sentence], held_out: Sequence[Sentence], class_weight: str | None
) -> Score:
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = LogisticRegression(C=C, class_weight=class_weight, max_iter=3000)
    model.fit(vectors.fit_transform(map(_masked, learnt)), [row.label for row in learnt])
    features = vectors.transform(map(_masked, held_out))
    return _score(held_out, model.predict(features), model.predict_proba(features))


def _masked(sentence: Sentence) -> str:
    text = sentence.text
    if sentence.name:
        text = text.replace(sentence.name, " ownname ")
        for other in sentence.others:
            text = text.replace(other, " othername ")
    return text


def _score(sentences: Sequence[Sentence], calls: Sequence[int], odds: Sequence) -> Score:
    labels = [sentence.label for sentence in sentences]
    return Score(
        float(accuracy_score(labels, calls)),
        float(f1_score(labels, calls, average="macro")),
        float(log_loss(labels, np.asarray(odds), labels=[-1, 0, 1])),
    )


def measure_tone(sources: dict[str, Source]) -> dict[str, dict[str, Score]]:
    """Score every method on the held-out part of every source."""
    known = [sentence for source in sources.values() for sentence in source.known]
    found = {}
    for name, source in sources.items():
        elsewhere = [
            sentence
            for other, texts in sources.items()
            if other != name
            for sentence in texts.known + texts.held_out
        ]
        found[name] = {
            "ours": score_reader(tone_value, source.held_out, TONE_CURVE),
            "vader": score_vader(source, known),
            "tfidf_other_sources": score_tfidf(elsewhere, source.held_out),
            "tfidf_same_source": score_tfidf(source.known, source.held_out),
        }
    return found


def measure_stance(source: Source) -> dict[str, Score]:
    """Score every method on sentences later than `LAST_YEAR`."""
    return {
        "ours": score_reader(stance_value, source.held_out, STANCE_CURVE),
        "vader": score_vader(source, source.known),
        "tfidf_earlier_years": score_tfidf(source.known, source.held_out),
    }


def measure_events(data: Path) -> dict[str, dict[str, float]]:
    """Score kinds of events; TF-IDF learns from one half and is tried on the other."""
    texts = _event_texts(data)
    rows = [(*texts[row["id"]], row["kind"]) for row in _rows(EVENTS) if row["id"] in texts]
    kinds = [kind for _, _, kind in rows]
    ours = [read_event(title, text).kind for title, text, _ in rows]
    theirs = [""] * len(rows)
    for half in (0, 1):
        learnt = [row for index, row in enumerate(rows) if index % 2 != half]
        vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        model = LogisticRegression(C=C, class_weight="balanced", max_iter=3000)
        model.fit(
            vectors.fit_transform(f"{title} {text}" for title, text, _ in learnt),
            [kind for _, _, kind in learnt],
        )
        tried = [f"{title} {text}" for title, text, _ in rows[half::2]]
        theirs[half::2] = model.predict(vectors.transform(tried))
    return {
        name: {
            "accuracy": float(accuracy_score(kinds, calls)),
            "macro_f1": float(f1_score(kinds, calls, average="macro", labels=sorted(set(kinds)))),
        }
        for name, calls in (("ours", ours), ("tfidf_other_half", theirs))
    }


def _event_texts(data: Path) -> dict[str, tuple[str, str]]:
    """Give title and text by id."""
    found = {
        row["id"]: (row.get("title", ""), row["text"])
        for name in ("news_2025.jsonl", "tweets_2014_2016.jsonl")
        for row in _json_rows(data / name)
    }
    for row in _rows(data / "labels_twitter_financial_news.csv"):
        digest = hashlib.sha256(row["text"].encode()).hexdigest()
        found[f"tf-{digest[:12]}"] = ("", row["text"])
    return found


def time_readers(sources: dict[str, Source], stance: Source) -> dict[str, float]:
    """Give milliseconds a text, uncached."""
    texts = [sentence.text for source in sources.values() for sentence in source.held_out]
    policy = [sentence.text for sentence in stance.held_out]
    return {
        "tone": _milliseconds(lambda text: read_tone.__wrapped__("", text), texts),
        "event": _milliseconds(lambda text: read_event.__wrapped__("", text), texts),
        "stance": _milliseconds(read_sentence_stance.__wrapped__, policy),
    }


def _milliseconds(read: Callable[[str], object], texts: Sequence[str]) -> float:
    start = time.perf_counter()
    for text in texts:
        read(text)
    return (time.perf_counter() - start) * 1000.0 / len(texts)


def measure(data: Path) -> dict:
    """Measure everything; the four keys first are what is watched over time.

    `sentiment_macro_f1` is ours, the mean over the held-out parts of three sources;
    `baseline_macro_f1` is TF-IDF's, taught on the other part of the same source, which is
    more than our reader was given: it learns from no labels.
    """
    sources, policy = read_sources(data), read_stance_source(data)
    tone, stance = measure_tone(sources), measure_stance(policy)
    took = time_readers(sources, policy)
    return {
        "sentiment_macro_f1": _mean_f1(tone, "ours"),
        "baseline_macro_f1": _mean_f1(tone, "tfidf_same_source"),
        "stance_macro_f1": stance["ours"].macro_f1,
        "ms_per_sentence": max(took.values()),
        "baseline_other_sources_macro_f1": _mean_f1(tone, "tfidf_other_sources"),
        "baseline_lexicon_macro_f1": _mean_f1(tone, "vader"),
        "ms_by_reader": took,
        "n_held_out": {name: len(source.held_out) for name, source in sources.items()}
        | {"stance": len(policy.held_out)},
        "tone": {name: _plain(scores) for name, scores in tone.items()},
        "stance": _plain(stance),
        "events": measure_events(data),
    }


def _plain(scores: dict[str, Score]) -> dict[str, dict[str, float]]:
    return {method: score._asdict() for method, score in scores.items()}


def _mean_f1(tone: dict[str, dict[str, Score]], method: str) -> float:
    return float(np.mean([scores[method].macro_f1 for scores in tone.values()]))


def _print_table(found: dict) -> None:
    print(f"{'held out':<12}{'method':<22}{'accuracy':>9}{'macro-F1':>9}{'log loss':>9}")
    for name, scores in (found["tone"] | {"stance": found["stance"]}).items():
        for method, score in scores.items():
            figures = "".join(f"{value:>9.3f}" for value in score.values())
            print(f"{name:<12}{method:<22}{figures}")
    for method, score in found["events"].items():
        print(f"{'events':<12}{method:<22}{score['accuracy']:>9.3f}{score['macro_f1']:>9.3f}")
    print()
    for key, value in found.items():
        if isinstance(value, float):
            print(f"{key:<34}{value:>8.3f}")


def _print_fit(data: Path) -> None:
    """Print the curves, fitted on the texts that the rules were made with."""
    known = [sentence for source in read_sources(data).values() for sentence in source.known]
    print("TONE_CURVE", fit_curve(tone_value, known, TONE_CURVE.least))
    print("STANCE_CURVE", fit_curve(stance_value, read_stance_source(data).known, 0.0))


def main() -> int:
    """Print a table, or with --json one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the labelled files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--fit", action="store_true", help="fit the curves of bench/sides.py")
    chosen = parser.parse_args()
    if not chosen.data.is_dir():
        print(f"bench/text.py: no folder {chosen.data}; name it with --data", file=sys.stderr)
        return 4
    warnings.simplefilter("ignore")
    if chosen.fit:
        _print_fit(chosen.data)
    elif chosen.json:
        print(json.dumps(measure(chosen.data), indent=2))
    else:
        _print_table(measure(chosen.data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
