"""An agent and a feed for Steelyard."""
