"""Which 8-bit or East Asian code page a text is in, by what it would say.

Each page is tried on the lines that are not ASCII; the page under which most
characters are ones that people of that language write all the time wins. The
expected share is what ordinary text reaches, so that the pages can be compared.
"""

import re

SAMPLE_BYTES = 4096

CYRILLIC = frozenset("оеаинтсрвлкмдпуяыьгзбчй")
KANA = frozenset(map(chr, [*range(0x3041, 0x3097), *range(0x30A1, 0x30FD)]))
HANGUL = frozenset(
    "이다는을를의에가한로고하지기서도은자어사시인정으대일리아라전제부수과보그해스나있"
    "들구만조주문원장비게관유와개공면성화안여발방상위신경동회것할된니않합용음격간선트변"
    "매량현데중당때값계산입력호거종료차출설최추행래내세치실"
)
SIMPLIFIED = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去"
    "之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手用方又如前所"
    "本见经头面公同三已老从动两长行样现意很实些单仓价止损盈数量平均线点周期交易订号信参"
    "空最高低值计算指标买卖始结束间段间置设取加减位比"
)
TRADITIONAL = frozenset(
    "的一是不了在人有我他這中大來上個國到說們為子和你地出道也時年得就那要下以生會自著去"
    "之過家學對可裡後小麼心多天而能好都然沒日於起還發成事只作當想看文無開手用方又如前所"
    "本見經頭面公同三已老從動兩長行樣現意很實些單倉價止損盈數量平均線點週期交易訂號信參"
    "空最高低值計算指標買賣始結束間段間置設取加減位比"
)
ARABIC = frozenset("المنيوتربعدهسفكقحجشصطخةأإذىغض")

HIGH_BYTES = re.compile(rb"[\x80-\xff]")
HIGH = re.compile(r"[^\x00-\x7f]")
WORD = re.compile(r"[^\x00-\x7f]{3,}")
WESTERN_BETWEEN_LATIN = re.compile(
    rb"(?<=[A-Za-z])[\xc0-\xff]{1,2}(?=[A-Za-z\s.,:;!?)\"]|$)"
    rb"|(?<![\x80-\xff])[\xc0-\xff](?=[A-Za-z])"
)

PAGES: tuple[tuple[str, frozenset[str], float], ...] = (
    ("cp1251", CYRILLIC, 0.85),
    ("koi8-r", CYRILLIC, 0.85),
    ("cp866", CYRILLIC, 0.85),
    ("cp932", KANA, 0.5),
    ("euc-jp", KANA, 0.5),
    ("gb18030", SIMPLIFIED, 0.4),
    ("big5", TRADITIONAL, 0.4),
    ("cp949", HANGUL, 0.6),
    ("cp1256", ARABIC, 0.85),
)
"""Codec, the characters that its language writes most, their usual share."""

SPELLED = (CYRILLIC, ARABIC)
"""Written in words of several letters: a lone one is a sign such as ©."""

LEAST_SCORE = 0.4
CERTAIN_SCORE = 0.9


def guess_codepage(data: bytes) -> str:
    """Return Python's name of the page that reads `data` best; never raises."""
    sample = _lines_with_high_bytes(data)
    if _is_damaged_utf8(sample):
        return "utf-8"
    score, codec = max((_score(sample, *page), page[0]) for page in PAGES[:3])
    if score < CERTAIN_SCORE:
        score, codec = max((_score(sample, *page), page[0]) for page in PAGES)
    if score >= LEAST_SCORE and score > _western_score(sample):
        return codec
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _lines_with_high_bytes(data: bytes) -> bytes:
    chosen: list[bytes] = []
    size = 0
    for line in data.splitlines():
        if not line.isascii():
            chosen.append(line[:SAMPLE_BYTES])
            size += len(line)
            if size > SAMPLE_BYTES:
                break
    return b"\n".join(chosen)


def _is_damaged_utf8(sample: bytes) -> bool:
    """Tell whether most of the high bytes form characters of UTF-8."""
    text = sample.decode("utf-8", "replace")
    return text.count("\ufffd") * 10 < len(sample) - len(text)


def _score(sample: bytes, codec: str, common: frozenset[str], usual: float) -> float:
    """Return how near the share of common characters comes to the usual one."""
    text = sample.decode(codec, "replace")
    high = HIGH.findall(text)
    if not high:
        return 0.0
    words = WORD.findall(text) if common in SPELLED else high
    said = sum(map(common.__contains__, "".join(words)))
    # A character that the page does not have speaks against it, and loudly.
    return (said - 4 * high.count("\ufffd")) / (usual * len(high))


def _western_score(sample: bytes) -> float:
    """Return the share of high bytes that are accents inside Latin words."""
    high = len(HIGH_BYTES.findall(sample))
    letters = sum(map(len, WESTERN_BETWEEN_LATIN.findall(sample)))
    return letters / high
