"""Filling: as much of an order as volume, position and account allow, posted at once."""

from steelyard.kernel import inlined, leaf
from steelyard.sim import accounts
from steelyard.sim import ledger as books
from steelyard.sim import orders as desk
from steelyard.sim import prints as seen
from steelyard.sim.costs import Conditions, Costs, Filled, costs_of, shift_of
from steelyard.sim.floor import INSIDE, Floor, Meeting
from steelyard.sim.orders import COUNT, FOK, FREE, LOTS, OPENS, SLOTS, STATE, TAKEN
from steelyard.types.decision import FillColumn


@inlined
def fill(floor: Floor, i: int, slot: int, meeting: Meeting) -> None:
    """Fill as much of an order as volume, position and account allow, and post it."""
    flow, row = floor.flow[meeting.step, i], floor.orders.table[i, slot]
    wanted = row[LOTS]
    lots = _fillable(floor, i, slot, meeting)
    if lots == 0 or (row[desk.FORCE] == FOK and lots != wanted):
        return
    shift = floor.ledger.shift
    trailing, spread = flow[seen.TRAILING], flow[seen.HALF_SPREAD_BPS]
    now = Conditions(trailing, spread, flow[seen.VOLATILITY], shift[i])
    lots, costs = _afford(floor, i, slot, lots, meeting, now)
    if lots == 0 or (row[desk.FORCE] == FOK and lots != wanted):
        return
    _record(floor, i, slot, lots, meeting, costs)
    books.post_trade(floor.ledger, i, lots, meeting.ticks, meeting.step)
    books.post_costs(floor.ledger, i, costs)
    units = lots * floor.ledger.position[i, accounts.LOT_UNITS]
    shift[i] += shift_of(float(units), now, floor.terms)
    floor.orders.used[i, TAKEN] += abs(lots)
    floor.orders.used[i, COUNT] += 1
    row[desk.UNITS] += abs(units)
    row[desk.VALUE] += abs(lots) * meeting.ticks * floor.ledger.position[i, accounts.LOT_VALUE]
    row[desk.PAID] += costs.fee
    row[LOTS] -= lots
    if row[LOTS] == 0:
        row[STATE] = FREE
    if floor.orders.used[i, SLOTS] > 1:
        used = floor.orders.used[i, SLOTS]
        desk.note_fill(floor.orders.table[i], used, slot, lots, meeting.born)


@leaf
def fill_apart(floor: Floor, i: int, slot: int, meeting: Meeting) -> None:
    """Fill an order as `fill` does, called and not made part of its caller."""
    fill(floor, i, slot, meeting)


@inlined
def _fillable(floor: Floor, i: int, slot: int, meeting: Meeting) -> int:
    """Give the signed lots that volume, price limits and position allow."""
    flow, terms = floor.flow[meeting.step, i], floor.terms
    units, wanted = flow[seen.TRAILING], int(floor.orders.table[i, slot, LOTS])
    if not units > 0.0:  # also where it is NaN
        return 0
    limit = flow[seen.HIGH_LIMIT] if wanted > 0 else flow[seen.LOW_LIMIT]
    if (meeting.ticks >= limit) if wanted > 0 else (meeting.ticks <= limit):
        return 0
    share = terms.auction_share
    if meeting.part == INSIDE:
        units, share = min(units, flow[seen.VOLUME]), terms.bar_share
    room = (
        int(share * units) // floor.ledger.position[i, accounts.LOT_UNITS]
        - floor.orders.used[i, TAKEN]
    )
    if room <= 0:
        return 0
    held = int(floor.ledger.position[i, accounts.LOTS])
    if terms.cash_account and wanted < 0:
        wanted = max(wanted, -max(0, held))
    if floor.orders.table[i, slot, desk.PURPOSE] != OPENS:
        if held == 0 or (held > 0) == (wanted > 0):
            return 0
        wanted = max(wanted, -held) if wanted < 0 else min(wanted, -held)
    return int(max(wanted, -room) if wanted < 0 else min(wanted, room))


@inlined
def _cost(
    floor: Floor, i: int, slot: int, lots: int, meeting: Meeting, now: Conditions
) -> tuple[float, Costs]:
    """Give value, micros, and costs of a fill of so many lots."""
    row, size = floor.orders.table[i, slot], abs(lots)
    value = float(size) * float(meeting.ticks) * float(floor.ledger.position[i, accounts.LOT_VALUE])
    side = 1.0 if lots > 0 else -1.0
    filled = Filled(
        floor.ledger.position[i, accounts.KEY],
        size * floor.ledger.position[i, accounts.LOT_UNITS],
        value,
        side,
        meeting.part,
        floor.orders.used[i, COUNT],
        meeting.step,
        row[desk.UNITS],
        row[desk.VALUE],
        row[desk.PAID],
    )
    return value, costs_of(filled, now, floor.terms)


@inlined
def _afford(
    floor: Floor, i: int, slot: int, lots: int, meeting: Meeting, now: Conditions
) -> tuple[int, Costs]:
    """Give the most lots that the account can carry, up to `lots`, and what they cost."""
    value, costs = _cost(floor, i, slot, lots, meeting, now)
    if _carries(floor, i, lots, meeting, value, costs):
        return lots, costs
    if floor.terms.cash_account and lots < 0:
        return 0, costs
    side, low, high = 1 if lots > 0 else -1, 0, abs(lots)
    while high - low > 1:
        middle = (low + high) // 2
        value, costs = _cost(floor, i, slot, side * middle, meeting, now)
        if _carries(floor, i, side * middle, meeting, value, costs):
            low = middle
        else:
            high = middle
    value, costs = _cost(floor, i, slot, side * low, meeting, now)
    return side * low, costs


@inlined
def _carries(floor: Floor, i: int, lots: int, meeting: Meeting, value: float, costs: Costs) -> bool:
    """Say whether the account may hold what it would after a fill."""
    ledger, terms = floor.ledger, floor.terms
    total = float(costs.fee + costs.spread + costs.slippage + costs.impact)
    if terms.cash_account:
        cash = float(ledger.accounts[accounts.CASH])
        return bool(total - value <= cash if lots < 0 else value + total <= cash)
    held = ledger.position[i, accounts.LOTS]
    if terms.initial_margin == 0.0 or abs(held + lots) <= abs(held):
        return True
    worth = float(ledger.position[i, accounts.LOT_VALUE])
    before = float(held) * float(ledger.position[i, accounts.MARK]) * worth
    at_price = float(held) * float(meeting.ticks) * worth
    after = float(held + lots) * float(meeting.ticks) * worth
    equity = float(books.equity(ledger)) + (at_price - before) - total
    gross = float(ledger.state[books.GROSS]) - abs(before) + abs(after)
    return bool(terms.initial_margin * gross <= equity)


@inlined
def _record(floor: Floor, i: int, slot: int, lots: int, meeting: Meeting, costs: Costs) -> None:
    fills, order = floor.fills, floor.orders.table[i, slot]
    k = fills.n[0]
    if k >= len(fills.row):
        floor.ledger.state[books.FAULT] = books.OVERFULL
        return
    row = fills.row[k]
    row[FillColumn.STEP.value] = meeting.step
    row[FillColumn.ORDER_ID.value] = order[desk.ID]
    row[FillColumn.INSTRUMENT.value] = i
    row[FillColumn.LOTS.value] = lots
    row[FillColumn.PRICE_TICKS.value] = meeting.ticks
    row[FillColumn.FEE.value] = costs.fee
    row[FillColumn.SPREAD.value] = costs.spread
    row[FillColumn.SLIPPAGE.value] = costs.slippage
    row[FillColumn.IMPACT.value] = costs.impact
    row[FillColumn.PURPOSE.value] = order[desk.PURPOSE]
    row[FillColumn.KIND.value] = order[desk.PLACED_AS]
    row[FillColumn.PART.value] = meeting.part
    fills.n[0] = k + 1
