"""The names that people read for the codes that records carry.

The names are English here and are translated where they are shown; a record keeps
its codes whatever the language of the screen.
"""

from collections.abc import Mapping
from types import MappingProxyType

from orquestrador.words import N_

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "mql4": N_("MQL4"),
        "mql5": N_("MQL5"),
        "mql": N_("MQL (4 and 5)"),
        "pine": N_("Pine Script"),
        "unknown": N_("Unknown"),
    }
)

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "expert": N_("Expert Advisor"),
        "indicator": N_("Indicator"),
        "script": N_("Script"),
        "service": N_("Service"),
        "library": N_("Library"),
        "include": N_("Include"),
        "strategy": N_("Strategy"),
        "unknown": N_("Unknown"),
    }
)

STRATEGIES: Mapping[str, str] = MappingProxyType(
    {
        "scalping": N_("Scalping"),
        "grid": N_("Grid"),
        "martingale": N_("Martingale"),
        "hedging": N_("Hedging"),
        "trend_following": N_("Trend following"),
        "breakout": N_("Breakout"),
        "mean_reversion": N_("Mean reversion"),
        "momentum": N_("Momentum"),
        "smc_ict": N_("SMC / ICT"),
        "price_action": N_("Price action"),
        "volume_flow": N_("Volume / flow"),
        "volatility": N_("Volatility"),
        "news": N_("News"),
        "arbitrage": N_("Arbitrage"),
        "session_time": N_("Time of day"),
        "machine_learning": N_("Machine learning"),
        "trade_management": N_("Trade management"),
        "utility": N_("Utility"),
    }
)

PROTECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "stop_loss": N_("Stop loss"),
        "take_profit": N_("Take profit"),
        "trailing_stop": N_("Trailing stop"),
        "break_even": N_("Break even"),
        "risk_percent_sizing": N_("Lot from a share of the account"),
        "daily_loss_limit": N_("Daily loss limit"),
        "drawdown_limit": N_("Drawdown limit"),
        "max_positions": N_("Limit of open positions"),
        "session_filter": N_("Session filter"),
        "news_filter": N_("News filter"),
        "spread_filter": N_("Spread filter"),
    }
)

DANGERS: Mapping[str, str] = MappingProxyType(
    {
        "lot_multiplier": N_("Raises the lot after losses (martingale)"),
        "adds_to_losers": N_("Adds to losing positions (grid, averaging)"),
        "opposite_positions": N_("Locks losses with opposite positions"),
        "no_stop_loss": N_("Trades without a stop loss"),
    }
)

HYGIENE: Mapping[str, str] = MappingProxyType(
    {
        "decompiled": N_("Decompiled source"),
        "account_lock": N_("Locked to an account"),
        "expiry_lock": N_("Stops after a date"),
        "dll_import": N_("Calls a DLL"),
        "web_request": N_("Uses the network"),
        "truncated": N_("Cut off or unbalanced"),
        "secret": N_("Holds a password or key"),
        "generated": N_("Written by a builder program"),
    }
)

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "ready": N_("ready"),
        "needs_work": N_("needs work"),
        "unsuitable": N_("unsuitable"),
        "not_applicable": N_("not applicable: it opens no trades"),
    }
)
"""What a prop firm's profile says of a program."""

EXPERT_DANGERS: Mapping[str, str] = MappingProxyType(
    {
        "martingale": N_("Raises the lot (martingale)"),
        "no_stop_loss": N_("Trades without a stop loss"),
        "dll_import": N_("Calls a DLL"),
        "web_request": N_("Uses the network"),
        "locks": N_("Locked to an account or a date"),
        "decompiled": N_("Decompiled source"),
    }
)
"""What a summary counts experts by; see `orquestrador.catalog.summary`."""

RISK: Mapping[str, str] = MappingProxyType({**DANGERS, **PROTECTIONS})

LABELS: Mapping[str, str] = MappingProxyType(
    {
        **EXPERT_DANGERS,
        **VERDICTS,
        **LANGUAGES,
        **KINDS,
        **STRATEGIES,
        **RISK,
        **HYGIENE,
    }
)
"""Every code's name."""


def label(code: str) -> str:
    """Return a code's English name; the code itself when it is a newer program's."""
    return LABELS.get(code, code)
