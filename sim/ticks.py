"""What a split makes of ticks and lots."""

from steelyard.kernel import leaf


@leaf
def split_ticks(ticks: int, new: int, old: int) -> int:
    """Give the nearest tick price after every `old` units became `new`."""
    return (2 * ticks * old + new) // (2 * new)


@leaf
def split_lots(lots: int, new: int, old: int) -> int:
    """Give the whole lots, signed, that lots become in a split, rounded towards zero."""
    whole = abs(lots) * new // old
    return whole if lots >= 0 else -whole
