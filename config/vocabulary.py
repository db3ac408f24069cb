"""The labels that data may name, as TAXONOMY.md spells them, by group."""

from collections.abc import Mapping
from types import MappingProxyType

STRATEGIES = (
    "scalping",
    "grid",
    "martingale",
    "hedging",
    "trend_following",
    "breakout",
    "mean_reversion",
    "momentum",
    "smc_ict",
    "price_action",
    "volume_flow",
    "volatility",
    "news",
    "arbitrage",
    "session_time",
    "machine_learning",
    "trade_management",
    "utility",
)
PROTECTIONS = (
    "stop_loss",
    "take_profit",
    "trailing_stop",
    "break_even",
    "risk_percent_sizing",
    "daily_loss_limit",
    "drawdown_limit",
    "max_positions",
    "session_filter",
    "news_filter",
    "spread_filter",
)
DANGERS = ("lot_multiplier", "adds_to_losers", "opposite_positions", "no_stop_loss")
HYGIENE = (
    "decompiled",
    "account_lock",
    "expiry_lock",
    "dll_import",
    "web_request",
    "truncated",
    "secret",
    "generated",
)

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "strategies": STRATEGIES,
        "risk": PROTECTIONS + DANGERS,
        "hygiene": HYGIENE,
    }
)
"""By the key of the record that holds them."""

LABELS = tuple(f"{group}.{code}" for group, codes in GROUPS.items() for code in codes)
"""Every label with its group: `risk.stop_loss`."""
