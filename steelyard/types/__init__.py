"""What every other part speaks in: values, arrays and protocols, no behaviour that acts."""
