"""Tests of the claim files."""
