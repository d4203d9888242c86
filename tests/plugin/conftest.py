"""The packages here are built and installed by a test; their own tests run then, not before."""

collect_ignore_glob = ["steelyard-*"]
