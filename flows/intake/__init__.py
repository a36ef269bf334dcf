"""Bytes to patient-months, with rejects: the one room that reads what practices and contact centers send."""
