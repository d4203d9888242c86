"""What decide leaves behind: one row per step, and one per fill."""

import hashlib
from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import N_RULES, FillColumn


class Record(NamedTuple):
    """Every verdict, intent, decision and fill of a course.

    T is the number of steps, N of instruments, B of buckets, K of agents, R of rules, F of
    fills. The fields are few and wide, since compiling a kernel costs time for each array
    it is handed; the properties give them by name, as views that may be written to. Rows
    of steps before the first one decided are 0 (floats: NaN).
    """

    voice: Floats
    """Columns as `VOICE_COLUMNS`, shape (T, N, B, 6)."""
    base_rate: Floats
    """Shape (T, B)."""
    share: Floats
    """Additive share of each agent in the pooled log-odds, shape (T, N, B, K)."""
    intent: Floats
    """Columns as `INTENT_COLUMNS`, shape (T, N, 9)."""
    code: Ints
    """Columns as `CODE_COLUMNS`, shape (T, N, 7)."""
    rule: Floats
    """Before, after and trigger of each rule that fired, shape (T, N, R, 3)."""
    position: Ints
    """Columns as `POSITION_COLUMNS`, at the end of the step, shape (T, N, 5)."""
    account: Ints
    """Columns as `ACCOUNT_COLUMNS`, shape (T, 5)."""
    fill: Ints
    """Columns as `FILL_COLUMNS`; only the first `n_fills` rows hold, shape (F, 12)."""
    counter: Ints
    """Fills, and the first step at which the ledger did not balance (-1: none), shape (2,)."""

    @property
    def probability(self) -> Floats:
        """Pooled probability, shape (T, N, B); see `Verdicts`."""
        return self.voice[..., 0]

    @property
    def log_odds_sd(self) -> Floats:
        """Its uncertainty in log-odds, shape (T, N, B)."""
        return self.voice[..., 1]

    @property
    def expected(self) -> Floats:
        """Expected return over the horizon, shape (T, N, B)."""
        return self.voice[..., 2]

    @property
    def expected_sd(self) -> Floats:
        """Its uncertainty, shape (T, N, B)."""
        return self.voice[..., 3]

    @property
    def disagreement(self) -> Floats:
        """Spread of the standing opinions, shape (T, N, B)."""
        return self.voice[..., 4]

    @property
    def wanted(self) -> Floats:
        """Target weight before costs, shape (T, N); see `Intents`."""
        return self.intent[..., 0]

    @property
    def target(self) -> Floats:
        """Target weight after costs and rules, shape (T, N)."""
        return self.intent[..., 1]

    @property
    def edge_bps(self) -> Floats:
        """Expected gain of the trade, shape (T, N)."""
        return self.intent[..., 2]

    @property
    def cost_bps(self) -> Floats:
        """Expected cost of its round trip, shape (T, N)."""
        return self.intent[..., 3]

    @property
    def holding_steps(self) -> Floats:
        """Expected holding time, shape (T, N)."""
        return self.intent[..., 4]

    @property
    def intent_probability(self) -> Floats:
        """Probability of the side wanted, shape (T, N)."""
        return self.intent[..., 5]

    @property
    def weight(self) -> Floats:
        """Held weight when the step decided, shape (T, N)."""
        return self.intent[..., 6]

    @property
    def allowed(self) -> Floats:
        """Weight that the supervisor allows, shape (T, N); see `Decisions`."""
        return self.intent[..., 7]

    @property
    def stop(self) -> Floats:
        """Price of the stop of an entry, shape (T, N)."""
        return self.intent[..., 8]

    @property
    def n_voices(self) -> Ints:
        """Agents with a standing opinion, shape (T, N)."""
        return self.code[..., 0]

    @property
    def reason(self) -> Ints:
        """A `Reason`, shape (T, N)."""
        return self.code[..., 1]

    @property
    def verb(self) -> Ints:
        """A `Verb`, shape (T, N)."""
        return self.code[..., 2]

    @property
    def order_lots(self) -> Ints:
        """Signed lots ordered, shape (T, N)."""
        return self.code[..., 3]

    @property
    def purpose(self) -> Ints:
        """A `Purpose`, shape (T, N)."""
        return self.code[..., 4]

    @property
    def order_id(self) -> Ints:
        """Id of the order, -1 for none, shape (T, N)."""
        return self.code[..., 5]

    @property
    def numeric(self) -> Ints:
        """Whether a numeric voice stands, 0 or 1, shape (T, N)."""
        return self.code[..., 6]

    @property
    def before(self) -> Floats:
        """Change of weight before each rule that fired, shape (T, N, R)."""
        return self.rule[..., 0]

    @property
    def after(self) -> Floats:
        """Change of weight after it, shape (T, N, R)."""
        return self.rule[..., 1]

    @property
    def trigger(self) -> Floats:
        """The number that made it fire, shape (T, N, R)."""
        return self.rule[..., 2]

    @property
    def lots(self) -> Ints:
        """Signed position, shape (T, N); see `Ledger`."""
        return self.position[..., 0]

    @property
    def mark_ticks(self) -> Ints:
        """Price it is valued at, shape (T, N)."""
        return self.position[..., 1]

    @property
    def price_result(self) -> Ints:
        """Micros gained by price moves since the start, shape (T, N)."""
        return self.position[..., 2]

    @property
    def carry(self) -> Ints:
        """Micros of dividends less borrow fees since the start, shape (T, N)."""
        return self.position[..., 3]

    @property
    def cost(self) -> Ints:
        """Micros of fee, spread, slippage and impact since the start, shape (T, N)."""
        return self.position[..., 4]

    @property
    def cash(self) -> Ints:
        """Micros, shape (T,)."""
        return self.account[..., 0]

    @property
    def equity(self) -> Ints:
        """Micros, shape (T,)."""
        return self.account[..., 1]

    @property
    def state(self) -> Ints:
        """A `TradingState`, shape (T,)."""
        return self.account[..., 2]

    @property
    def interest(self) -> Ints:
        """Micros of interest on idle cash since the start, shape (T,)."""
        return self.account[..., 3]

    @property
    def margin_call(self) -> Ints:
        """Whether the broker closed everything after the step, 0 or 1, shape (T,)."""
        return self.account[..., 4]

    @property
    def stands(self) -> Bools:
        """Whether any opinion of support > 0 stands, shape (T, N, B)."""
        return self.voice[..., 5] > 0

    @property
    def n_fills(self) -> int:
        """Number of fills."""
        return int(self.counter[0])

    @property
    def broken_step(self) -> int:
        """First step at which the ledger did not balance, -1 for none."""
        return int(self.counter[1])


VOICE_COLUMNS = (
    "probability",
    "log_odds_sd",
    "expected",
    "expected_sd",
    "disagreement",
    "stands",
)
INTENT_COLUMNS = (
    "wanted",
    "target",
    "edge_bps",
    "cost_bps",
    "holding_steps",
    "intent_probability",
    "weight",
    "allowed",
    "stop",
)
CODE_COLUMNS = ("n_voices", "reason", "verb", "order_lots", "purpose", "order_id", "numeric")
ACCOUNT_COLUMNS = ("cash", "equity", "state", "interest", "margin_call")
POSITION_COLUMNS = ("lots", "mark_ticks", "price_result", "carry", "cost")
FILL_COLUMNS = tuple(column.name.lower() for column in FillColumn)
"""Lots are signed; fee, spread, slippage and impact are micros of the currency."""
MOST_FILLS = 8
"""Of one instrument in one step: two slots of orders, each filled in three parts of a bar at
most, and once more at its worst price."""


def empty_record(n_steps: int, n_instruments: int, n_buckets: int, n_agents: int) -> Record:
    """Give a record to fill in."""

    def floats(*shape: int) -> Floats:
        return np.full((n_steps, *shape), np.nan)

    def ints(*shape: int) -> Ints:
        return np.zeros((n_steps, *shape), dtype=np.int64)

    record = Record(
        voice=floats(n_instruments, n_buckets, len(VOICE_COLUMNS)),
        base_rate=floats(n_buckets),
        share=np.zeros((n_steps, n_instruments, n_buckets, n_agents)),
        intent=floats(n_instruments, len(INTENT_COLUMNS)),
        code=ints(n_instruments, len(CODE_COLUMNS)),
        rule=floats(n_instruments, N_RULES, 3),
        position=ints(n_instruments, len(POSITION_COLUMNS)),
        account=ints(len(ACCOUNT_COLUMNS)),
        fill=np.zeros((n_steps * n_instruments * MOST_FILLS, len(FILL_COLUMNS)), dtype=np.int64),
        counter=np.array([0, -1], dtype=np.int64),
    )
    record.order_id[:] = -1
    return record


def run_digest(tape_digest: str, record: Record) -> str:
    """Hash tape, verdicts, decisions, orders, fills and ledger.

    Neither the seed nor a time, host, path or counter is in it: the seed acts through what
    it draws.
    """
    digest = hashlib.sha256(tape_digest.encode())
    n_fills = record.n_fills
    for name, column in zip(Record._fields, record, strict=True):
        digest.update(name.encode())
        part = column[:n_fills] if name == "fill" else column
        if part.dtype == np.float64:
            part = np.where(np.isnan(part), np.nan, part)  # one pattern of bits for every NaN
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
