"""Pricing: tokens to US dollars, before a job and after it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_tuning.dataset.models import MODELS
from pulumi_tuning.pricing import (
    USD_PER_MILLION_TOKENS,
    billed,
    estimate,
    usd_per_million_tokens,
)


@pytest.mark.parametrize(
    ("tokens", "epochs", "model", "text"),
    [
        pytest.param(
            620_000,
            4,
            "gemini-2.5-flash",
            "estimated cost: 12.40 USD (2.48 M tokens \N{MULTIPLICATION SIGN} "
            "5.00 USD/M, ±25 %)",
            id="epochs known",
        ),
        pytest.param(
            620_000,
            None,
            "gemini-2.5-flash",
            "estimated cost: 3.10 USD per epoch (0.62 M tokens "
            "\N{MULTIPLICATION SIGN} 5.00 USD/M, ±25 %)",
            id="epochs left to the service",
        ),
        pytest.param(
            2_000,
            1,
            "gemini-2.5-flash-lite",
            "estimated cost: under 0.01 USD (2,000 tokens \N{MULTIPLICATION SIGN} "
            "1.50 USD/M, ±25 %)",
            id="less than a cent",
        ),
        pytest.param(
            0,
            1,
            "gemini-2.5-pro",
            "estimated cost: 0.00 USD (0 tokens \N{MULTIPLICATION SIGN} 25.00 USD/M, "
            "±25 %)",
            id="no tokens at all",
        ),
        pytest.param(
            620_000,
            4,
            "translation-llm-002",
            "estimated cost: unknown (2.48 M tokens; no training price of "
            "translation-llm-002 is known as of 2026-09-27)",
            id="no price",
        ),
        pytest.param(
            620_000,
            None,
            "gemini-9",
            "estimated cost: unknown (0.62 M tokens per epoch; no training price of "
            "gemini-9 is known as of 2026-09-27)",
            id="neither price nor epochs",
        ),
    ],
)
def test_estimate_reads_as_one_line(
    tokens: int, epochs: int | None, model: str, text: str
) -> None:
    """An estimate says amount, tokens, price and margin."""
    cost = estimate(tokens, epochs, model, margin=0.25)

    assert cost.text() == text


def test_exact_estimate_has_no_margin() -> None:
    """Tokens that are known exactly are written without a margin."""
    cost = estimate(1_000_000, 2, "gemini-2.5-flash")

    assert cost.text().endswith("(2.00 M tokens \N{MULTIPLICATION SIGN} 5.00 USD/M)")


def test_margin_spans_the_amount() -> None:
    """The lowest and the highest amount are the margin away from the estimate."""
    cost = estimate(1_000_000, 4, "gemini-2.5-flash", margin=0.25)

    assert (cost.low, cost.amount, cost.high) == (
        Decimal(15),
        Decimal(20),
        Decimal(25),
    )


def test_no_price_gives_no_amount() -> None:
    """A model without a price has neither an amount nor bounds of it."""
    cost = estimate(1_000_000, 4, "gemini-9", margin=0.25)

    assert (cost.low, cost.amount, cost.high) == (None, None, None)


@pytest.mark.parametrize(
    ("price", "written"),
    [
        pytest.param(0.1, "0.10 USD (1.00 M tokens", id="a float means its digits"),
        pytest.param("2.50", "2.50 USD (1.00 M tokens", id="text"),
        pytest.param(7, "7.00 USD (1.00 M tokens", id="a whole number"),
        pytest.param(Decimal("0.125"), "0.13 USD (1.00 M tokens", id="a decimal"),
    ],
)
def test_override_wins(price: float | str | Decimal, written: str) -> None:
    """A price of the user replaces that of the table."""
    cost = estimate(
        1_000_000, 1, "gemini-2.5-flash", overrides={"gemini-2.5-flash": price}
    )

    assert written in cost.text()


def test_override_is_written_with_all_its_digits() -> None:
    """A price below a cent is not rounded away."""
    cost = estimate(1_000_000, 1, "mine", overrides={"mine": "0.125"})

    assert "0.125 USD/M" in cost.text()


def test_other_models_keep_their_price() -> None:
    """An override speaks of its own model alone."""
    price = usd_per_million_tokens("gemini-2.5-pro", {"gemini-2.5-flash": 1})

    assert price == Decimal(25)


@pytest.mark.parametrize(
    ("limit", "is_above"),
    [
        pytest.param(20, False, id="exactly the limit"),
        pytest.param(19.99, True, id="a cent less"),
        pytest.param("100", False, id="far above"),
    ],
)
def test_limit_is_compared_with_the_estimate(
    limit: float | str, *, is_above: bool
) -> None:
    """A job is above a limit when the estimate is, not when the margin is."""
    cost = estimate(1_000_000, 4, "gemini-2.5-flash", margin=0.25)

    assert cost.exceeds(limit) is is_above


def test_unknown_price_is_above_no_limit() -> None:
    """Without a price nothing can be said about a limit."""
    assert estimate(10**12, 4, "gemini-9").exceeds(0) is False


def test_bill_counts_every_epoch() -> None:
    """The statistics count one epoch; the bill counts all."""
    cost = billed(255_243, 10, "gemini-2.5-flash")

    assert cost.amount == Decimal("12.76215")
    assert cost.text() == (
        "billed: 12.76 USD (2.55 M tokens \N{MULTIPLICATION SIGN} 5.00 USD/M)"
    )


def test_published_bill_is_met() -> None:
    """A user's published bill of 17.5 M tokens of gemini-3.1-flash-lite is met."""
    assert billed(437_500, 40, "gemini-3.1-flash-lite").amount == Decimal("52.5")


def test_bill_without_a_price_counts_tokens() -> None:
    """A model without a price has a bill of tokens."""
    cost = billed(1_000_000, 3, "gemini-9")

    assert (cost.amount, cost.text()) == (None, "billed: 3.00 M tokens")


def test_every_price_is_of_a_known_model() -> None:
    """A price for a name that is in no table of models would never be used."""
    assert set(USD_PER_MILLION_TOKENS) <= {model.name for model in MODELS}


@settings(deadline=None, database=None)
@given(
    tokens=st.integers(0, 10**13),
    epochs=st.none() | st.integers(1, 10**6),
    model=st.sampled_from([*USD_PER_MILLION_TOKENS, "gemini-9"]),
    margin=st.floats(0, 1),
)
def test_any_estimate_can_be_written(
    tokens: int, epochs: int | None, model: str, margin: float
) -> None:
    """Whatever the numbers, the estimate is one line and its bounds are in order."""
    cost = estimate(tokens, epochs, model, margin=margin)

    assert "\n" not in cost.text()
    if cost.amount is not None:
        assert cost.low is not None
        assert cost.high is not None
        assert 0 <= cost.low <= cost.amount <= cost.high
