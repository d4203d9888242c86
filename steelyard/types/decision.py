"""The arrays that the five kernels of decide hand on to each other, one step at a time.

All of them are NamedTuples of arrays over instruments; N is the number of instruments, B
of horizon buckets, K of agents, R of rules.
"""

from enum import IntEnum
from typing import NamedTuple

from steelyard.types.arrays import Bools, Floats, Ints


class Said(NamedTuple):
    """The opinions of one step, and what has settled by it."""

    score: Floats
    """Shape (K, N); 0 where the agent did not speak at this step."""
    confidence: Floats
    """Shape (K, N)."""
    support: Floats
    """Shape (K, N)."""
    listed: Bools
    """Shape (N,)."""
    settled: Floats
    """Outcome of the rows that may be learnt from at this step, shape (N, B).

    Column b belongs to the row `settle_offset` of bucket b steps ago; NaN where nothing settled.
    """
    volatility: Floats
    """Trailing standard deviation of total return per step, as a fraction, shape (N,)."""


class Verdicts(NamedTuple):
    """What the arbiter says at one step."""

    probability: Floats
    """Pooled P(outcome > 0), shape (N, B); the base rate where nobody stands."""
    log_odds_sd: Floats
    """Standard deviation of its log-odds, shape (N, B)."""
    base_rate: Floats
    """Shape (B,)."""
    expected: Floats
    """Expected return over the bucket's horizon, as a fraction, shape (N, B)."""
    expected_sd: Floats
    """Standard deviation of that expectation (not of the return), shape (N, B)."""
    disagreement: Floats
    """Standard deviation of the standing opinions' recalibrated log-odds, shape (N, B)."""
    stands: Bools
    """Whether any opinion of support > 0 stands, shape (N, B)."""
    share: Floats
    """Additive share of each agent in the pooled log-odds, shape (N, B, K)."""
    n_voices: Ints
    """Agents with a standing opinion of support > 0, over all buckets, shape (N,)."""
    numeric: Bools
    """Whether one of them reads no text, shape (N,)."""
    quorate: Bools
    """Whether n_voices reaches the quorum, shape (N,)."""


class MarketView(NamedTuple):
    """What the constructor and the supervisor know of the market; all of shape (N,)."""

    price: Floats
    """Last known close in today's units (splits applied), currency per unit; NaN where none."""
    volatility: Floats
    """Per step, as a fraction; NaN where unknown."""
    step_return: Floats
    """Total return of the newest known step; NaN where none."""
    adv: Floats
    """Trailing mean volume per step, units; NaN where unknown."""
    half_spread_bps: Floats
    age: Ints
    """Steps since the newest bar; 0 if the newest known step has one."""
    listed: Bools
    halted: Bools
    """Whether trading is halted, as far as known."""


class BookView(NamedTuple):
    """Read-only view of the ledger, marked at `MarketView.price`."""

    equity: float
    """Currency."""
    weight: Floats
    """Signed value of each position as a fraction of equity, shape (N,)."""
    lots: Ints
    """Signed, shape (N,)."""
    held_steps: Ints
    """Steps since the position was opened, 0 where flat, shape (N,)."""
    entry_price: Floats
    """Mean price paid per unit in today's units, NaN where flat, shape (N,)."""
    session: int
    """Session of the step, days since 1970-01-01."""


class Purpose(IntEnum):
    """What an intent or order is for."""

    NONE = 0
    OPEN = 1
    """Adds risk: opens or grows a position."""
    REDUCE = 2
    """Moves a position towards zero, never past it."""
    PROTECT = 3
    """A stop or target that rests at the exchange."""


class Reason(IntEnum):
    """Why the constructor wants what it wants."""

    NONE = 0
    EDGE = 1
    """The edge pays for the trade."""
    COST = 2
    """Refused: the edge does not pay for the trade."""
    BAND = 3
    """On target: nothing worth moving."""
    ENTRY_RULE = 4
    """Refused by an entry rule."""
    EXIT_RULE = 5
    """An exit rule closes the position."""
    # 6 was a stop: those rest at the exchange, and never come from the constructor.
    TAKE_PROFIT = 7
    MAX_HOLDING = 8
    MIN_HOLDING = 9
    """Kept: younger than the minimum holding."""
    CADENCE = 10
    """Not a step on which the scenario rebalances."""
    NO_QUORUM = 11
    MANDATE = 12
    """A short is wanted and the mandate is long only."""
    NO_PRICE = 13
    """No price or no volatility is known."""


class Intents(NamedTuple):
    """What the constructor wants at one step; floats of shape (N,) unless said."""

    wanted: Floats
    """Target weight before costs."""
    target: Floats
    """Target weight after costs and rules: what is asked of the supervisor."""
    edge_bps: Floats
    """Expected gain of the first unit traded over the holding time, bps of its value, >= 0."""
    cost_bps: Floats
    """Expected cost of its round trip, bps of its value."""
    expected: Floats
    """Expected return per step over all buckets, as a fraction."""
    holding_steps: Floats
    """Steps over which it is expected, >= 1."""
    probability: Floats
    """Pooled P(outcome has the side wanted, else held, else expected), of the surest bucket."""
    disagreement: Floats
    """Of the same bucket; see `Verdicts`."""
    n_voices: Ints
    numeric: Bools
    quorate: Bools
    reason: Ints
    """A `Reason`."""


class TradingState(IntEnum):
    """How much the supervisor lets through."""

    ACTIVE = 0
    REDUCING = 1
    HALTED = 2


class Verb(IntEnum):
    """What the supervisor did with an intent."""

    NONE = 0
    """Nothing was asked."""
    APPROVE = 1
    RESIZE = 2
    VETO = 3
    ENFORCE = 4
    """The supervisor acts on its own."""


class Rule(IntEnum):
    """Rules of the supervisor, in order of evaluation; the value is the column of the record."""

    TRADING_STATE = 0
    RESTRICTED = 1
    HALT = 2
    STALE_DATA = 3
    NO_PRICE = 4
    QUORUM = 5
    PROBABILITY = 6
    TEXT_ALONE = 7
    PRICE_COLLAR = 8
    RISK_PER_TRADE = 9
    MAX_ORDER = 10
    PARTICIPATION = 11
    MAX_POSITION = 12
    MAX_GROSS = 13
    MAX_NET = 14
    DAILY_LOSS = 15
    DRAWDOWN = 16
    MIN_SIZE = 17


N_RULES = len(Rule)


class Decisions(NamedTuple):
    """What the supervisor lets through at one step."""

    verb: Ints
    """A `Verb`, shape (N,)."""
    allowed: Floats
    """Allowed weight after the order, shape (N,)."""
    order_lots: Ints
    """Signed lots of the order to send, shape (N,)."""
    purpose: Ints
    """A `Purpose`, shape (N,)."""
    stop: Floats
    """Price of the protective stop that rests from the entry fill on, NaN for none, shape (N,)."""
    before: Floats
    """Change of weight before each rule that fired, NaN where it did not, shape (N, R)."""
    after: Floats
    """Change of weight after it, shape (N, R)."""
    trigger: Floats
    """The number that made it fire, in the rule's unit, shape (N, R)."""
    state: int
    """The `TradingState` in force for the step's orders."""


class OrderKind(IntEnum):
    """How an order meets the market."""

    MARKET = 0
    LIMIT = 1
    STOP = 2
    """A market order from the moment its stop is reached."""
    STOP_LIMIT = 3
    """A limit order from then on."""
    TRAILING_STOP = 4
    """A stop that follows the best price since it works."""


class TimeInForce(IntEnum):
    """How long an order works."""

    DAY = 0
    """To the end of its session."""
    GTC = 1
    """Until it is filled or cancelled."""
    IOC = 2
    """In one part of a bar; what is left is gone."""
    FOK = 3
    """In one part of a bar, all or nothing."""
    GTD = 4
    """To the end of the bar of step `UNTIL`."""
    ON_OPEN = 5
    """At the next open print alone."""
    ON_CLOSE = 6
    """At the next close print alone."""


class OrderState(IntEnum):
    """What a slot of the table of orders holds."""

    FREE = 0
    WORKING = 1
    ASLEEP = 2
    """Until its parent fills."""


class OrderColumn(IntEnum):
    """Columns of `Orders.table`."""

    STATE = 0
    """An `OrderState`."""
    ID = 1
    """>= 0, unique in a run."""
    LOTS = 2
    """Still to fill, signed."""
    KIND = 3
    LIMIT = 4
    """Ticks; 0 where the kind has none."""
    STOP = 5
    """Ticks; of a trailing stop the level at which it stands."""
    TRAIL = 6
    """Ticks between the best price and the level of a trailing stop."""
    FORCE = 7
    """A `TimeInForce`."""
    UNTIL = 8
    """Last step of a GTD order."""
    PURPOSE = 9
    """A `Purpose`."""
    PARENT = 10
    """Id of the order whose fill this one waits, or waited, for; -1 for none."""
    GROUP = 11
    """Orders of one group > 0 cancel each other; 0 for none."""
    ARRIVES = 12
    """First step in which it works."""
    BORN = 13
    """Ticks of the fill that woke it in the part at hand, 0 for none."""
    UNITS = 14
    """Filled so far."""
    VALUE = 15
    """Micros filled so far."""
    PAID = 16
    """Micros of fee paid so far."""
    PLACED_AS = 17
    """Its `KIND` when it was placed: a stop that was reached is a market order."""


class Orders(NamedTuple):
    """Working orders in slots by instrument."""

    table: Ints
    """Columns as `OrderColumn`, shape (n_instruments, n_slots, 18)."""
    used: Ints
    """By instrument: slots that may hold an order, counted from the first; lots filled and
    fills in the part of the bar at hand. Shape (n_instruments, 3)."""


class FillColumn(IntEnum):
    """Columns of `Fills.row`; money in micros of the currency."""

    STEP = 0
    ORDER_ID = 1
    INSTRUMENT = 2
    LOTS = 3
    """Signed."""
    PRICE_TICKS = 4
    FEE = 5
    SPREAD = 6
    SLIPPAGE = 7
    IMPACT = 8
    """< 0 where one's own earlier impact is got back."""
    PURPOSE = 9
    KIND = 10
    PART = 11
    """Part of the bar: 1 open, 2 inside, 4 close."""


class Fills(NamedTuple):
    """Fills in the order in which they happened; a kernel appends to them."""

    row: Ints
    """Columns as `FillColumn`, of which the first `n[0]` rows hold, shape (capacity, 12)."""
    n: Ints
    """Count of the fills in the first place, shape (>= 1,)."""
