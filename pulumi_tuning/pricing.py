"""From tokens to US dollars: what training costs, estimated before and billed after.

Pure: no I/O, no time, no Pulumi. Amounts are `Decimal` and rounded to cents only when
they are written. Prices are list prices of one day and may be overridden per model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final

PRICES_AS_OF: Final = date(2026, 9, 27)
"""The day on which these prices stood on the page."""

PRICES_SOURCE: Final = (
    "https://cloud.google.com/products/gemini-enterprise-agent-platform/pricing"
)

USD_PER_MILLION_TOKENS: Final[Mapping[str, Decimal]] = MappingProxyType(
    {
        "gemini-3.5-flash": Decimal(10),
        "gemini-3.1-flash-lite": Decimal(3),
        "gemini-2.5-pro": Decimal(25),
        "gemini-2.5-flash": Decimal(5),
        "gemini-2.5-flash-lite": Decimal("1.50"),
        "gemini-2.0-flash-001": Decimal(3),
    }
)
"""Price of a million training tokens, the same for supervised and preference tuning.

A model that is missing has no price that could be confirmed: `translation-llm-002` was
free in its preview, and the page names none for it since.
"""

_MILLION: Final = Decimal(1_000_000)
_CENT: Final = Decimal("0.01")
_TIMES: Final = "\N{MULTIPLICATION SIGN}"

Price = Decimal | int | float | str
"""A price in an override: USD per million training tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimate:
    """What a job would cost; per epoch where the service chooses their number."""

    model: str
    tokens_per_epoch: int
    epochs: int | None
    """None where the program leaves them to the service."""

    usd_per_million: Decimal | None
    """None where no price is known."""

    margin: float
    """Share by which the tokens may be off, in both directions."""

    @property
    def tokens(self) -> int:
        """Training tokens: of all epochs, or of one where their number is open."""
        return self.tokens_per_epoch * (self.epochs or 1)

    @property
    def amount(self) -> Decimal | None:
        """US dollars, not rounded; None where no price is known."""
        price = self.usd_per_million
        return None if price is None else _amount(self.tokens, price)

    @property
    def low(self) -> Decimal | None:
        """The amount when the tokens are as few as the margin allows."""
        return None if self.amount is None else self.amount * _share(1 - self.margin)

    @property
    def high(self) -> Decimal | None:
        """The amount when the tokens are as many as the margin allows."""
        return None if self.amount is None else self.amount * _share(1 + self.margin)

    @property
    def is_per_epoch(self) -> bool:
        """Whether the amount is that of one epoch."""
        return self.epochs is None

    def exceeds(self, limit_usd: Price) -> bool:
        """Return whether the estimate is above a limit.

        An estimate per epoch is above it as soon as one epoch is; one without a price
        never is.
        """
        return self.amount is not None and self.amount > _price(limit_usd)

    def text(self) -> str:
        """Return the estimate in one line."""
        each = " per epoch" if self.is_per_epoch else ""
        if self.usd_per_million is None:
            return (
                f"estimated cost: unknown ({_tokens(self.tokens)} tokens{each}; no "
                f"training price of {self.model} is known as of {PRICES_AS_OF})"
            )
        margin = f", ±{self.margin * 100:.0f} %" if self.margin else ""
        amount = _usd(_amount(self.tokens, self.usd_per_million))
        product = _product(self.tokens, self.usd_per_million)
        return f"estimated cost: {amount}{each} ({product}{margin})"


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledCost:
    """What a job has cost, from the statistics that the service reports."""

    tokens: int
    """Billed tokens of all epochs."""

    usd_per_million: Decimal | None
    """None where no price is known."""

    @property
    def amount(self) -> Decimal | None:
        """US dollars, not rounded; None where no price is known."""
        price = self.usd_per_million
        return None if price is None else _amount(self.tokens, price)

    def text(self) -> str:
        """Return the cost in one line."""
        if self.usd_per_million is None:
            return f"billed: {_tokens(self.tokens)} tokens"
        amount = _usd(_amount(self.tokens, self.usd_per_million))
        return f"billed: {amount} ({_product(self.tokens, self.usd_per_million)})"


def usd_per_million_tokens(
    model: str, overrides: Mapping[str, Price] = MappingProxyType({})
) -> Decimal | None:
    """Return the price of a million training tokens, or None where none is known."""
    if model in overrides:
        return _price(overrides[model])
    return USD_PER_MILLION_TOKENS.get(model)


def estimate(
    tokens_per_epoch: int,
    epochs: int | None,
    model: str,
    *,
    margin: float = 0.0,
    overrides: Mapping[str, Price] = MappingProxyType({}),
) -> CostEstimate:
    """Return what training would cost.

    Args:
        tokens_per_epoch: Training tokens of the data set.
        epochs: Number of epochs; None where the service chooses it.
        model: The `baseModel` of the API.
        margin: Share by which the tokens may be off.
        overrides: USD per million training tokens, by model, instead of the table's.
    """
    return CostEstimate(
        model=model,
        tokens_per_epoch=tokens_per_epoch,
        epochs=epochs,
        usd_per_million=usd_per_million_tokens(model, overrides),
        margin=margin,
    )


def billed(
    total_billable_tokens: int,
    epochs: int,
    model: str,
    *,
    overrides: Mapping[str, Price] = MappingProxyType({}),
) -> BilledCost:
    """Return what a job has cost.

    Args:
        total_billable_tokens: `totalBillableTokenCount`, which is of one epoch.
        epochs: `epochCount` of the job, as the service reports it.
        model: The `baseModel` of the API.
        overrides: USD per million training tokens, by model, instead of the table's.
    """
    return BilledCost(
        tokens=total_billable_tokens * epochs,
        usd_per_million=usd_per_million_tokens(model, overrides),
    )


def _amount(tokens: int, usd_per_million: Decimal) -> Decimal:
    return tokens * usd_per_million / _MILLION


def _price(value: Price) -> Decimal:
    """Return a price as it is written, so that 0.1 is a tenth."""
    return Decimal(str(value))


def _share(value: float) -> Decimal:
    return Decimal(str(round(value, 6)))


def _usd(amount: Decimal) -> str:
    if 0 < amount < _CENT / 2:
        return "under 0.01 USD"
    return f"{amount.quantize(_CENT, ROUND_HALF_UP):,} USD"


def _product(tokens: int, usd_per_million: Decimal) -> str:
    cents = usd_per_million.quantize(_CENT)
    price = cents if cents == usd_per_million else usd_per_million
    return f"{_tokens(tokens)} tokens {_TIMES} {price:f} USD/M"


def _tokens(number: int) -> str:
    """Return a number of tokens, in millions where it has that many."""
    if number < _MILLION / 100:
        return f"{number:,}"
    return f"{number / _MILLION:,.2f} M"
