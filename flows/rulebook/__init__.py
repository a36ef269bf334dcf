"""The billing expert's room: dated rules with citations, and the one loader that reads them."""
