"""The tape: every opinion and abstention of a run with its support, append-only."""

import hashlib
import json
from typing import Final, Literal, NamedTuple

import numpy as np

from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.opinion import QUANTUM, Claim

Result = Literal["supported", "unverifiable", "contradicted"]
SUPPORTED: Final = "supported"
UNVERIFIABLE: Final = "unverifiable"
CONTRADICTED: Final = "contradicted"


class ClaimCheck(NamedTuple):
    """A claim with what became of it."""

    step: int
    agent_index: int
    instrument_index: int
    claim: Claim
    result: Result
    found: float | None
    """The value found at the source, in the claim's unit and scale; None where none was."""


class Tape(NamedTuple):
    """Opinions of all steps; matrices have shape (n_steps, n_agents, n_instruments)."""

    agents: tuple[str, ...]
    instruments: tuple[str, ...]
    horizon: Ints
    """Of each agent in steps, shape (n_agents,)."""
    reads_text: Bools
    """Shape (n_agents,)."""
    score: Floats
    """In [-1, 1]; 0 where the agent did not speak."""
    confidence: Floats
    """In [0.5, 1]; 0 where the agent did not speak."""
    support: Floats
    """In [0, 1]; 0 where the agent did not speak."""
    cause: Ints
    """A `Cause`; 0 where the agent spoke."""
    checks: tuple[ClaimCheck, ...]
    """In (step, agent, instrument) order."""


def tape_digest(tape: Tape) -> str:
    """Hash opinions, abstentions, checks and support; equal tapes have equal digests."""
    digest = hashlib.sha256()
    head = [tape.agents, tape.instruments, tape.horizon.tolist(), tape.reads_text.tolist()]
    digest.update(json.dumps(head).encode())
    for matrix in (tape.score, tape.confidence, tape.support):
        digest.update(np.round(matrix / QUANTUM).astype("<i8").tobytes())
    digest.update(tape.cause.astype("<i8").tobytes())
    for check in tape.checks:
        digest.update(repr(check).encode())
    return digest.hexdigest()
