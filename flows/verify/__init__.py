"""A packet proved from its own files: hashes, balances, claims against decisions, attestations against what they list."""
