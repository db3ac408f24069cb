"""The names by which expressions are told: the platform's, indicators', the usual."""

import re


def _table(**kinds: str) -> dict[str, str]:
    return {name: kind for kind, names in kinds.items() for name in names.split()}


SOURCES = _table(
    average="iMA iMAOnArray iAMA iDEMA iTEMA iFrAMA iVIDyA iMAGet CiMA SimpleMA CiAMA"
    " CiDEMA CiTEMA ExponentialMA SmoothedMA LinearWeightedMA ExponentialMAOnBuffer"
    " SimpleMAOnBuffer LinearWeightedMAOnBuffer SmoothedMAOnBuffer",
    trend="iIchimoku iSAR iAlligator iGator CiSAR CiIchimoku CiAlligator",
    strength="iADX iADXWilder CiADX",
    oscillator="iRSI iStochastic iWPR iMFI iDeMarker iCCI iRSIOnArray iCCIOnArray CiRSI"
    " CiStochastic CiWPR CiMFI CiCCI CiDeMarker",
    momentum="iMACD iOsMA iMomentum iTriX iRVI iForce iBearsPower iBullsPower iAO iAC"
    " CiMACD CiOsMA CiMomentum CiAO CiAC CiRVI iMomentumOnArray",
    band="iBands iEnvelopes iBandsOnArray iEnvelopesOnArray CiBands CiEnvelopes",
    range="iATR iStdDev iStdDevOnArray CiATR CiStdDev",
    volume="iVolume Volume iOBV iVolumes iAD iChaikin CopyTickVolume CopyRealVolume"
    " tick_volume iBWMFI CiOBV iTickVolume iRealVolume real_volume",
    open="iOpen Open open CopyOpen",
    close="iClose Close close CopyClose",
    high="iHigh High high CopyHigh",
    low="iLow Low low CopyLow",
    highest="iHighest Highest ArrayMaximum",
    lowest="iLowest Lowest ArrayMinimum",
    pattern="iFractals CiFractals",
    quote="Ask Bid SYMBOL_ASK SYMBOL_BID MODE_ASK MODE_BID ask bid SYMBOL_LAST"
    " PriceCurrent POSITION_PRICE_CURRENT",
    hour="Hour TimeHour hour Minute TimeMinute StrToTime StringToTime",
    day="DayOfWeek TimeDayOfWeek day_of_week Day TimeDay",
    time="Time iTime TimeCurrent TimeLocal CopyTime",
    placed="OrderOpenPrice POSITION_PRICE_OPEN PriceOpen",
    profit="OrderProfit POSITION_PROFIT AccountProfit ACCOUNT_PROFIT AccountEquity"
    " AccountBalance ACCOUNT_EQUITY ACCOUNT_BALANCE AccountFreeMargin",
    count="OrdersTotal PositionsTotal OrderType OrderMagicNumber OrderSymbol",
    spread="MODE_SPREAD SYMBOL_SPREAD",
    object="ObjectGetDouble ObjectGet ObjectGetValueByShift",
)
"""What the platform's functions and variables give."""

_STEMS = (
    (
        "trend",
        (
            r"trend|hull|\bhma|jma|jurik|slope|heik[ei]n|alligator|kama|nrtr|chandelier|vidya|frama|dema|tema|regress|lrc\b|vortex"
            r"|step_?ma|nonlag|t3|average|\b[a-z]{0,4}ma\b|renko|ichimoku|sar\b|_ma\b|tma"
        ),
    ),
    (
        "pattern",
        r"zig|zz(?![a-z])|fractal|pivot|support|resist|fibo|pattern|candle|supply|engulf",
    ),
    (
        "momentum",
        (
            r"macd|momentum|qqe|(?<!ma)trix|roc\b|awesome|tsi\b|osma|laguerre|schaff|stc"
            r"|coppock|fish|ftlm|jrsx|\brsx|bulls|bears|waddah|cmo\b|wave_?trend|accel"
        ),
    ),
    ("oscillator", r"rsi|stoch|cci\b|wpr|williams|demark"),
    ("band", r"bands?\b|bollinger|envelope|\btma|(?-i:BB(?![a-z]))|\bbb\b"),
    ("volume", r"volume|vwap|obv"),
    ("highest", r"donchian|price.?channel|breakout"),
    ("range", r"atr\b|volatil|stddev"),
)
CUSTOM = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _STEMS)
CALLED = (
    (
        "average",
        re.compile(
            r"(?:^|_)[efslwg]?ma(?:\d|_|$)|(?:fast|slow|[a-z])_?[ES]?MA(?:\d|_|$|[A-Z])|^MA[_\d]|[Mm]oving_?[Aa]v|EMA|SMA|[Ee]ma[FSA\d_]|[a-z]Ema|[a-z]Ma\d?$"
        ),
    ),
    (
        "trend",
        re.compile(
            r"[Tt]rend(?!_?[Ll]ine)|TREND|[Kk]ijun|[Tt]enkan|[Ss]enkou|[Ss]lope|[Ss]ar(?:$|[A-Z_\[])|\bhull",
        ),
    ),
    (
        "strength",
        re.compile(
            r"^adx|[aA]dx(?:$|[A-Z_])|ADX|[pP]lusD[iI]|[mM]inusD[iI]|[dD]i_?[pP]lus|[dD]i_?[mM]inus"
        ),
    ),
    (
        "oscillator",
        re.compile(
            r"[Rr]si(?:$|[A-Z_\d])|RSI|[Ss]toch|STOCH|CCI|[Cc]ci(?:$|[A-Z_\d])|[Ww]pr|WPR|[Ww]illiams|[Oo]ver(?:[bB]ought|[sS]old)"
        ),
    ),
    ("momentum", re.compile(r"[Mm]acd|MACD|[Mm]oment|[Oo]sma|OsMA")),
    (
        "upper",
        re.compile(
            r"(?:[Uu]pper|[Uu]p|[Tt]op)_?[Bb]and|[Bb]and_?[Uu]p|BB_?[Uu]p|bb_?[Uu]p|[Bb]oll\w{0,9}[Uu]p|[Uu]pper_?BB"
        ),
    ),
    (
        "lower",
        re.compile(
            r"(?:[Ll]ower|[Ll]ow|[Dd]own|[Dd]n|[Bb]ot\w{0,3})_?[Bb]and|[Bb]and_?(?:[Ll]ow|[Dd])|BB_?(?:[Ll]o|[Dd](?!i|e))|bb_?(?:[Ll]o|[Dd](?!i|e))|[Bb]oll\w{0,9}[Ll]ow|[Ll]ower_?BB"
        ),
    ),
    ("range", re.compile(r"^atr|ATR|[a-z_]Atr(?:$|[A-Z_])|[Ss]td_?[Dd]ev|[Vv]olatil")),
    ("volume", re.compile(r"[Vv]wap|VWAP|[Tt]ick_?[Vv]ol|[Oo]bv")),
    (
        "pattern",
        re.compile(
            r"[Tt]rend_?[Ll]ine|[Ee]ngulf|[Pp]in_?[Bb]ar|[Dd]oji|[Hh]ammer|[Ff]ractal|[Zz]ig_?[Zz]ag|[Pp]ivot|[Ss]upport|[Rr]esist|[Ff]ibo|[Pp]attern|[Ss]wing_?(?:[Hh]igh|[Ll]ow)|[Ii]nside_?[Bb]ar|[a-z_]?[Ww]ick(?![a-z]*ed)|[Bb]ody_?[Cc]andle|[Cc]andle_?[Bb]ody"
        ),
    ),
    (
        "highest",
        re.compile(
            r"(?:[Rr]ange|[Bb]ox|[Ss]ession|[Aa]sian?|[Dd]ay|[Cc]hannel|[Dd]onchian)_?(?:[Hh]igh|[Tt]op|[Uu]p|[Mm]ax)|[Hh]igh(?:est)?_?(?:[Rr]ange|[Bb]ox|[Hh]igh|[Pp]rice)|[Hh]ighest|[Bb]reak_?[Oo]ut|[Mm]ax_?[Pp]rice"
        ),
    ),
    (
        "lowest",
        re.compile(
            r"(?:[Rr]ange|[Bb]ox|[Ss]ession|[Aa]sian?|[Dd]ay|[Cc]hannel|[Dd]onchian)_?(?:[Ll]ow|[Bb]ot|[Dd]own|[Mm]in)|[Ll]ow(?:est)?_?(?:[Rr]ange|[Bb]ox|[Ll]ow|[Pp]rice)|[Ll]owest|[Mm]in_?[Pp]rice"
        ),
    ),
    ("deviation", re.compile(r"[Zz]_?[Ss]core")),
    ("hour", re.compile(r"[Hh]our")),
)
