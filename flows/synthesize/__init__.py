"""The synthesizer: a deterministic month of one practice, with what was planted and what must come of it."""
