"""What happens: exchange, costs, ledger, synthetic paths, shocks."""
