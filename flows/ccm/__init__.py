"""The core: what a patient-month comes to, and why. Standard library only, no I/O, no clock."""
