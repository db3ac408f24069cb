"""The headers that MetaTrader brings itself: neither a library's own nor missing."""

_WHOLE_FOLDERS = (
    "canvas/dx/",
    "expert/money/",
    "expert/signal/",
    "expert/trailing/",
    "generic/interfaces/",
    "generic/internal/",
    "math/alglib/",
    "math/fuzzy/",
    "math/stat/",
    "winapi/",
)
"""Nobody gives folders of their own these names."""

_FILES = {
    "": "hash MovingAverages Object StdLib StdErr StdError StdLibErr VirtualKeys "
    "WinUser32",
    "Arrays": "Array ArrayChar ArrayDouble ArrayFloat ArrayInt ArrayLong ArrayObj "
    "ArrayShort ArrayString List Tree TreeNode",
    "Canvas": "Canvas Canvas3D FlameCanvas",
    "Canvas/Charts": "ChartCanvas HistogramChart LineChart PieChart",
    "ChartObjects": "ChartObject ChartObjectPanel ChartObjectSubChart "
    "ChartObjectsArrows ChartObjectsBmpControls ChartObjectsChannels "
    "ChartObjectsElliott ChartObjectsFibo ChartObjectsGann ChartObjectsLines "
    "ChartObjectsShapes ChartObjectsTxtControls",
    "Charts": "Chart",
    "Controls": "BmpButton Button CheckBox CheckGroup ComboBox DateDropList DatePicker "
    "Defines Dialog Edit Label ListView Panel Picture RadioButton RadioGroup Rect "
    "Scrolls SpinEdit Wnd WndClient WndContainer WndObj",
    "Expert": "Expert ExpertBase ExpertMoney ExpertSignal ExpertTrade ExpertTrailing",
    "Files": "File FileBMP FileBin FilePipe FileTxt",
    "Generic": "ArrayList HashMap HashSet LinkedList Queue RedBlackTree SortedMap "
    "SortedSet Stack",
    "Graphics": "Axis ColorGenerator Curve Graphic",
    "Indicators": "BillWilliams Custom Indicator Indicators Oscilators Series "
    "TimeSeries Trend Volumes",
    "OpenCL": "OpenCL",
    "Strings": "String",
    "Tools": "DateTime",
    "Trade": "AccountInfo DealInfo HistoryOrderInfo OrderInfo PositionInfo SymbolInfo "
    "TerminalInfo Trade",
}
"""Names of `.mqh` files by folder of `Include`."""

_STANDARD = frozenset(
    f"{folder}/{name}.mqh".lstrip("/").lower()
    for folder, names in _FILES.items()
    for name in names.split()
)


def is_standard(name: str) -> bool:
    """Whether an include is MetaTrader's own, as `Trade/Trade.mqh` is.

    Args:
        name: as the source has it, in any case, with `/`.

    """
    lower = name.lower().lstrip("/")
    return lower in _STANDARD or lower.startswith(_WHOLE_FOLDERS)
