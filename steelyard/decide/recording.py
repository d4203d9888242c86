"""What a step leaves in the record, and verdicts recalled from one."""

from steelyard.kernel import inlined
from steelyard.sim import accounts
from steelyard.sim import ledger as books
from steelyard.types.arrays import Floats, Ints
from steelyard.types.decision import Decisions, Intents, Verdicts
from steelyard.types.record import CODE_COLUMNS, Record

NUMERIC = CODE_COLUMNS.index("numeric")


@inlined
def recall(verdicts: Verdicts, source: Record, row: int, quorum: int) -> None:
    """Lay out the verdicts of a step of another record."""
    voice, code, share = source.voice[row], source.code[row], source.share[row]
    for i in range(len(voice)):
        verdicts.n_voices[i] = code[i, 0]
        verdicts.numeric[i] = code[i, NUMERIC] == 1
        verdicts.quorate[i] = code[i, 0] >= quorum
        for bucket in range(voice.shape[1]):
            verdicts.probability[i, bucket] = voice[i, bucket, 0]
            verdicts.log_odds_sd[i, bucket] = voice[i, bucket, 1]
            verdicts.expected[i, bucket] = voice[i, bucket, 2]
            verdicts.expected_sd[i, bucket] = voice[i, bucket, 3]
            verdicts.disagreement[i, bucket] = voice[i, bucket, 4]
            verdicts.stands[i, bucket] = voice[i, bucket, 5] == 1.0
            for agent in range(share.shape[2]):
                verdicts.share[i, bucket, agent] = share[i, bucket, agent]
    for bucket in range(voice.shape[1]):
        verdicts.base_rate[bucket] = source.base_rate[row, bucket]


@inlined
def write_verdicts(voice: Floats, base_rate: Floats, share: Floats, verdicts: Verdicts) -> None:
    """Write the verdicts of a step."""
    n_instruments, n_buckets, n_agents = share.shape
    for bucket in range(n_buckets):
        base_rate[bucket] = verdicts.base_rate[bucket]
        for i in range(n_instruments):
            row = voice[i, bucket]
            row[0] = verdicts.probability[i, bucket]
            row[1] = verdicts.log_odds_sd[i, bucket]
            row[2] = verdicts.expected[i, bucket]
            row[3] = verdicts.expected_sd[i, bucket]
            row[4] = verdicts.disagreement[i, bucket]
            row[5] = 1.0 if verdicts.stands[i, bucket] else 0.0
            for k in range(n_agents):
                share[i, bucket, k] = verdicts.share[i, bucket, k]


@inlined
def write_intents(intent: Floats, code: Ints, intents: Intents, held: Floats) -> None:
    """Write what the constructor wants, and the weights held."""
    for i in range(len(intent)):
        row = intent[i]
        row[0] = intents.wanted[i]
        row[1] = intents.target[i]
        row[2] = intents.edge_bps[i]
        row[3] = intents.cost_bps[i]
        row[4] = intents.holding_steps[i]
        row[5] = intents.probability[i]
        row[6] = held[i]
        code[i, 0] = intents.n_voices[i]
        code[i, 1] = intents.reason[i]
        code[i, NUMERIC] = 1 if intents.numeric[i] else 0


@inlined
def write_decisions(intent: Floats, code: Ints, decisions: Decisions) -> None:
    """Write what the supervisor lets through."""
    for i in range(len(intent)):
        intent[i, 7] = decisions.allowed[i]
        intent[i, 8] = decisions.stop[i]
        code[i, 2] = decisions.verb[i]
        code[i, 3] = decisions.order_lots[i]
        code[i, 4] = decisions.purpose[i]


@inlined
def write_rules(rule: Floats, decisions: Decisions) -> None:
    """Write the rules that fired, with before, after and trigger."""
    for i in range(rule.shape[0]):
        for k in range(rule.shape[1]):
            rule[i, k, 0] = decisions.before[i, k]
            rule[i, k, 1] = decisions.after[i, k]
            rule[i, k, 2] = decisions.trigger[i, k]


@inlined
def write_position(position: Ints, account: Ints, ledger: books.Ledger) -> None:
    """Write positions and account at the end of a step."""
    held = ledger.position
    for i in range(len(position)):
        position[i, 0] = held[i, accounts.LOTS]
        position[i, 1] = held[i, accounts.MARK]
        position[i, 2] = held[i, accounts.PRICE_RESULT]
        position[i, 3] = held[i, accounts.CARRY]
        position[i, 4] = held[i, accounts.COST]
    account[0] = ledger.accounts[accounts.CASH]
    account[1] = books.equity(ledger)
    account[3] = -ledger.accounts[accounts.INTEREST]
