"""The plug-in keeps Steelyard's contracts."""

from steelyard_template.agents import rebound

from steelyard.testing import contract_faults, made_world


def test_the_agent_keeps_the_contract():
    """Types, abstention, determinism, look-ahead, fast path."""
    assert contract_faults(rebound(span=3), made_world(0)) == []
