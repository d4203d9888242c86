"""The same orders, sent through other simulators, fill alike and end at the same equity.

They run in environments of their own (`bench/peers/`), made here where they are missing;
none of them is ever imported. Where they and we differ by choice: `docs/peers.md`.
"""

from pathlib import Path

import numpy as np
import pytest

from bench.peers.environments import MissingPeerError, peer_python, run_in
from tests.differential.lists import (
    N_LISTS,
    bracket_lists,
    lone_limits,
    market_lists,
    mixed_lists,
    read,
    write,
)
from tests.differential.ours import replayed

SCRIPTS = Path(__file__).resolve().parents[2] / "bench" / "peers"
SEED = 4
RELATIVE = 1e-9
PER_POSTING = 1e-6
"""Of the currency: each cost is a whole number of millionths here."""
KINDS = {
    "market": market_lists,
    "mixed": mixed_lists,
    "lone limits": lambda seed: lone_limits(mixed_lists(seed)),
    "bracket": bracket_lists,
}
CASES = [
    ("backtesting", "market"),
    ("backtesting", "mixed"),
    ("backtesting", "bracket"),
    ("vectorbt", "market"),
    ("nautilus", "market"),
    ("nautilus", "lone limits"),
]


def through(peer, lists, folder):
    """Send lists through a peer, in one process of its own; skip where it cannot be had."""
    try:
        python = peer_python(peer)
    except MissingPeerError as error:
        pytest.skip(f"{peer}: {error}")
    write(lists, folder / "lists.npz")
    run_in(python, SCRIPTS / f"replay_{peer}.py", str(folder / "lists.npz"), str(folder / "f.npz"))
    return read(folder / "f.npz")


@pytest.mark.peers
@pytest.mark.parametrize(("peer", "kind"), CASES)
def test_a_peer_fills_the_same_orders_alike(peer, kind, tmp_path):
    """On 200 random lists: the same units at the same prices in the same bars, the same equity."""
    lists = KINDS[kind](SEED)
    ours = replayed(lists)

    theirs = through(peer, lists, tmp_path)

    assert ours.fills == theirs.fills
    postings = 3 * ours.n_fills + 1  # a fill posts its price, fee and half-spread
    allowed = np.maximum(RELATIVE * ours.equity, PER_POSTING * postings)
    assert np.flatnonzero(np.abs(ours.equity - theirs.equity) > allowed).tolist() == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_lists_fill_often(kind):
    """Every kind of list brings fills, on most lists many."""
    ours = replayed(KINDS[kind](SEED))

    assert len(ours.fills) == N_LISTS
    assert np.median(ours.n_fills) >= 8
