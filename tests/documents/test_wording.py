"""Texts cut to fit a row: nothing lost, nothing longer than asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flows.outbox.wording import portions


@given(st.text(alphabet="ab \n", max_size=200), st.integers(5, 50))
def test_portions_lose_nothing_but_the_blanks_they_break_at(text, size):
    cut = portions(text, size)
    assert "".join(cut).replace(" ", "") == text.replace(" ", "")
    assert all(len(piece) <= size for piece in cut)


def test_a_short_text_is_left_as_it_is():
    assert portions("Walk  more ", 20) == ("Walk  more ",)


def test_a_word_is_kept_whole_unless_it_is_longer_than_a_row():
    assert portions("walk to the market", 10) == ("walk to", "the market")
    assert portions("x" * 25, 10) == ("x" * 10, "x" * 10, "x" * 5)
