"""What happens: a course of prices, the exchange and its costs, the ledger."""
