"""Documents of the fourteen-name world: posts, filings, calls, and the committee's words."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.fourteen.days import END, NAMES, day_of
from tests.fourteen.prices import SPLITS
from tests.shared import shared_path

BILLION = 1e9
FIGURES = {
    "revenues": ("revenue", "USD", BILLION),
    "net_income_loss": ("net_income", "USD", BILLION),
    "diluted_earnings_per_share": ("eps_diluted", "USD/share", 1.0),
}
"""Tags of the filings, and what they are called here: metric, unit, scale."""
WORDS = {"revenue": "revenue", "net_income": "net income", "eps_diluted": "diluted EPS"}
COMMITTEE_KINDS = frozenset({"statement", "minutes"})
"""Press conferences stay out: when their transcripts were published is not told."""


def write_documents(data: Path) -> None:
    """Write one file for each source, of what was published by the end."""
    _write(data / "tweets.jsonl", _tweets())
    _write(data / "filings.jsonl", _filings())
    _write(data / "calls.jsonl", _calls())
    _write(data / "committee.jsonl", _committee())


def _tweets() -> Iterator[dict]:
    for post in _lines("tweets_2014_2016.jsonl"):
        yield _document(post, "social")


def _filings() -> Iterator[dict]:
    """Give quarterly and annual reports; a fourth quarter was never filed by itself."""
    for filing in _lines("fundamentals_filings.jsonl"):
        if filing["published_at"] is None or filing["symbol"] not in NAMES:
            continue
        figures = list(_figures(filing))
        period = _period(filing)
        name = "annual" if filing["timeframe"] == "annual" else "quarterly"
        yield _document(filing, "company") | {
            "kind": "results",
            "symbols": [filing["symbol"]],
            "title": f"{filing['symbol']} files its {name} report for {period}",
            "text": f"{filing['symbol']} for {period}: {'; '.join(map(_sentence, figures))}.",
            "source": "XBRL figures of the filing, worded by this file's builder",
            "figures": figures,
        }


def _figures(filing: dict) -> Iterator[dict]:
    split_day, _ = SPLITS.get(filing["symbol"], ("", 1))
    for tag, (metric, unit, scale) in FIGURES.items():
        if tag not in filing["values"]:
            continue
        if metric == "eps_diluted" and filing["published_at"] < split_day:
            continue  # some are restated on the units after the split: nobody knew those
        yield {
            "entity": filing["symbol"],
            "metric": metric,
            "value": round(filing["values"][tag]["value"] / scale, 6),
            "unit": unit,
            "scale": scale,
            "period": _period(filing),
        }


def _period(filing: dict) -> str:
    return f"{filing['fiscal_year']}{filing['fiscal_period']}"


def _sentence(figure: dict) -> str:
    unit = "billion USD" if figure["scale"] == BILLION else "USD"
    return f"{WORDS[figure['metric']]} {figure['value']:g} {unit}"


def _calls() -> Iterator[dict]:
    for name in ("transcripts_full_2016_2020.jsonl", "transcripts_partial_maec_2015_2018.jsonl"):
        for call in _lines(name):
            yield _document(call, "company")


def _committee() -> Iterator[dict]:
    for text in _lines("fomc_documents.jsonl"):
        if text["subkind"] in COMMITTEE_KINDS:
            yield _document(text, "official") | {"kind": text["subkind"]}


def _document(row: dict, channel: str) -> dict:
    """Give what the feed reads of a source's row, with who speaks in it."""
    dated = row["time_precision"] == "date"
    return {
        "id": row["id"],
        "published_at": day_of(row) if dated else row["published_at"],
        "time_precision": row["time_precision"],
        "kind": row.get("kind", ""),
        "channel": channel,
        "symbols": row.get("symbols", []),
        "title": row.get("title", ""),
        "text": row.get("text", ""),
        "source": row.get("source", ""),
    }


def _lines(name: str) -> Iterator[dict]:
    with shared_path(f"data/{name}").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _write(path: Path, documents: Iterator[dict]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for document in documents:
            if document["published_at"][: len(END)] <= END:
                file.write(json.dumps(document, ensure_ascii=False) + "\n")
