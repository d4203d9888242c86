"""What decide leaves behind: one row per step, and one per fill."""

import hashlib
from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import N_RULES


class Record(NamedTuple):
    """Every verdict, intent, decision and fill of a course.

    T is the number of steps, N of instruments, B of buckets, K of agents, R of rules, F of
    fills. Rows of steps that did not decide are 0 (floats: NaN).
    """

    probability: Floats
    """Shape (T, N, B), as all up to `stands`; see `Verdicts`."""
    log_odds_sd: Floats
    expected: Floats
    expected_sd: Floats
    disagreement: Floats
    stands: Bools
    base_rate: Floats
    """Shape (T, B)."""
    share: Floats
    """Shape (T, N, B, K)."""
    n_voices: Ints
    """Shape (T, N), as all up to `order_id`; see `Intents` and `Decisions`."""
    wanted: Floats
    target: Floats
    edge_bps: Floats
    cost_bps: Floats
    holding_steps: Floats
    intent_probability: Floats
    reason: Ints
    verb: Ints
    allowed: Floats
    order_lots: Ints
    purpose: Ints
    stop: Floats
    order_id: Ints
    before: Floats
    """Shape (T, N, R), as the next two; see `Decisions`."""
    after: Floats
    trigger: Floats
    weight: Floats
    """Held weight when the step decided, shape (T, N)."""
    lots: Ints
    """Position at the end of the step, shape (T, N)."""
    mark_ticks: Ints
    price_result: Ints
    """Micros since the start, shape (T, N), as the next two; see `Ledger`."""
    carry: Ints
    cost: Ints
    cash: Ints
    """Micros at the end of the step, shape (T,)."""
    equity: Ints
    """Micros at the end of the step, shape (T,)."""
    state: Ints
    """The `TradingState` in force for the step's orders, shape (T,)."""
    fill: Ints
    """Shape (F, 10); columns as `FILL_COLUMNS`."""
    n_fills: Ints
    """Shape (1,)."""
    broken_step: Ints
    """First step at which the ledger did not balance, -1 for none, shape (1,)."""


FILL_COLUMNS = (
    "step",
    "order_id",
    "instrument",
    "lots",
    "price_ticks",
    "fee",
    "spread",
    "slippage",
    "purpose",
    "kind",
)
"""Lots are signed; fee, spread and slippage are micros of the currency."""


def empty_record(n_steps: int, n_instruments: int, n_buckets: int, n_agents: int) -> Record:
    """Give a record to fill in."""

    def floats(*shape: int) -> Floats:
        return np.full((n_steps, *shape), np.nan)

    def ints(*shape: int) -> Ints:
        return np.zeros((n_steps, *shape), dtype=np.int64)

    cell, voice = (n_instruments,), (n_instruments, n_buckets)
    return Record(
        probability=floats(*voice),
        log_odds_sd=floats(*voice),
        expected=floats(*voice),
        expected_sd=floats(*voice),
        disagreement=floats(*voice),
        stands=np.zeros((n_steps, *voice), dtype=np.bool_),
        base_rate=floats(n_buckets),
        share=np.zeros((n_steps, *voice, n_agents)),
        n_voices=ints(*cell),
        wanted=floats(*cell),
        target=floats(*cell),
        edge_bps=floats(*cell),
        cost_bps=floats(*cell),
        holding_steps=floats(*cell),
        intent_probability=floats(*cell),
        reason=ints(*cell),
        verb=ints(*cell),
        allowed=floats(*cell),
        order_lots=ints(*cell),
        purpose=ints(*cell),
        stop=floats(*cell),
        order_id=ints(*cell) - 1,
        before=floats(n_instruments, N_RULES),
        after=floats(n_instruments, N_RULES),
        trigger=floats(n_instruments, N_RULES),
        weight=floats(*cell),
        lots=ints(*cell),
        mark_ticks=ints(*cell),
        price_result=ints(*cell),
        carry=ints(*cell),
        cost=ints(*cell),
        cash=ints(),
        equity=ints(),
        state=ints(),
        fill=np.zeros((n_steps * 4 * n_instruments, len(FILL_COLUMNS)), dtype=np.int64),
        n_fills=np.zeros(1, dtype=np.int64),
        broken_step=np.full(1, -1, dtype=np.int64),
    )


def run_digest(tape_digest: str, record: Record) -> str:
    """Hash tape, verdicts, decisions, orders, fills and ledger.

    Neither the seed nor a time, host, path or counter is in it: the seed acts through what
    it draws.
    """
    digest = hashlib.sha256(tape_digest.encode())
    n_fills = int(record.n_fills[0])
    for name, column in zip(Record._fields, record, strict=True):
        digest.update(name.encode())
        part = column[:n_fills] if name == "fill" else column
        if part.dtype == np.float64:
            part = np.where(np.isnan(part), np.nan, part)  # one pattern of bits for every NaN
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
