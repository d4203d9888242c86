"""From files to a world: bars, actions, documents and series, each by when it could be known."""
