"""Processes killed in the middle of a month, and what the next run makes of what they left."""
