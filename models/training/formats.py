"""What plates say, by country: patterns, sizes and colours as data.

A pattern is a string of marks: `a` a letter, `d` a digit, other capitals and digits stand for themselves,
`-` a dash, `.` a dot, ` ` a gap, `*` an emblem or seal, `|` the start of the second line.
Belgium has all its series since 1973; neighbours have theirs; the rest of Europe has its current series.
"""
from __future__ import annotations

from dataclasses import dataclass

WHITE, YELLOW, BLACK = (238, 238, 235), (240, 190, 30), (22, 22, 24)
RUBY, EU_BLUE, RED, GREEN, BLUE = (140, 22, 40), (20, 60, 150), (190, 25, 30), (10, 110, 60), (25, 60, 160)


@dataclass(frozen=True)
class Look:
    """Colours, size and furniture of one kind of plate."""

    background: tuple[int, int, int] = WHITE
    ink: tuple[int, int, int] = BLACK
    size_mm: tuple[int, int] = (520, 110)
    two_line_mm: tuple[int, int] = (340, 220)
    band: str = "left"
    """Country band: 'left', 'both', 'right' or ''."""
    letters: str = ""
    """Country letters in the band; empty: those of the country."""
    border: tuple[int, int, int] | None = BLACK
    emblem: str = "any"
    """'seals' (two round ones, stacked), 'shield' or 'any'."""
    char_mm: float = 76.0
    headings: float = 0.0
    """Chance of a slogan or a state's name above the characters, and of one below."""
    top: tuple[int, int, int] | None = None
    """Colour of a band along the upper edge, with a country's name in it."""
    scenery: bool = False
    """A picture is printed behind the characters."""


@dataclass(frozen=True)
class Country:
    """One country: how often each pattern with its look is drawn."""

    code: str
    series: tuple[tuple[float, Look, tuple[str, ...]], ...]
    weight: float = 1.0
    letters: str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    """Those that `a` may be."""


# Letters that a country leaves out of its series, for their likeness to digits or to avoid words.
_WITHOUT = {"NL": "AEIOUCQ", "F": "IOU", "GB": "IQ", "E": "AEIOUQ", "I": "IOQU", "CZ": "GOQW", "LT": "QWX", "TR": "QWX",
            "A": "Q", "PL": "Q", "RO": "Q", "S": "IQV", "DK": "IOQ", "N": "GIMOQ", "LV": "Q", "H": "Q", "EST": "QW"}
_ONLY = {"BG": "ABEKMHOPCTYX", "GR": "ABEZHIKMNOPTYX", "UA": "ABCEHIKMOPTX"}


def _country(code: str, *series: tuple[float, Look, str], weight: float = 1.0) -> Country:
    letters = _ONLY.get(code) or "".join(c for c in Country.letters if c not in _WITHOUT.get(code, ""))
    return Country(code, tuple((w, look, tuple(p.split(","))) for w, look, p in series), weight, letters)


_B = Look(ink=RUBY, border=RUBY)
_B_OLD = Look(ink=RUBY, border=RUBY, size_mm=(340, 110), band="", char_mm=72)
_B_SQUARE = Look(ink=RUBY, border=RUBY, two_line_mm=(340, 210))
_B_MOTO = Look(ink=RUBY, border=RUBY, two_line_mm=(210, 140))
_NL = Look(background=YELLOW, two_line_mm=(340, 210))
_D = Look(emblem="seals")
_GB = Look(background=WHITE, band="", border=None, two_line_mm=(285, 203), char_mm=79)
_GB_REAR = Look(background=YELLOW, band="", border=None, two_line_mm=(285, 203), char_mm=79)
_GB_BAND = Look(background=WHITE, letters="UK", border=None, char_mm=79)
_PLAIN = Look(band="")

BELGIUM = _country(
    "B",
    (42, _B, "1-aaa-ddd,2-aaa-ddd,1-aaa-ddd,d-aaa-ddd"),
    (10, _B_OLD, "aaa-ddd"),
    (6, _B_OLD, "ddd-aaa"),
    (5, _B, "aaa-ddd,ddd-aaa"),
    (6, _B, "Q-aaa-ddd,QAa-ddd,1-Qaa-ddd,Qaa-ddd,U-aaa-ddd"),
    (4, _B, "T-aaa-ddd,1-Taa-ddd,T-Xaa-ddd,T-Laa-ddd,O-aaa-ddd,1-Oaa-ddd,Oaa-ddd"),
    (2, Look(ink=GREEN, border=GREEN), "Z-aaa-ddd,ZZaa-ddd,1-Zaa-ddd,Zaa-ddd,Y-aaa-ddd"),
    (2, Look(ink=RED, border=RED), "CD-aa-ddd,CD-ddda,1-CDa-ddd,CDa-ddd"),
    (2, _B, "A-ddd,E-ddd,P-ddd,G-aaa-ddd,S-aaa-ddd,W-aaa-ddd,8-aaa-ddd,9-aaa-ddd"),
    (2, Look(background=BLUE, ink=WHITE, border=WHITE), "1-EUR-ddd,EUR-dddd,8-aaa-ddd"),
    (9, _B_SQUARE, "1-aaa|ddd,2-aaa|ddd,aaa|ddd,ddd|aaa,Q-aaa|ddd,1-Qaa|ddd"),
    (7, _B_MOTO, "1-Maa|ddd,M-aaa|ddd,Maa|ddd,1-aaa|ddd,S-aaa|ddd,Saa|ddd"),
    (7, _B, "PERSONAL"),
    weight=34)

NETHERLANDS = _country(
    "NL",
    (30, _NL, "aa-ddd-a,a-ddd-aa,d-aaa-dd,dd-aaa-d,aaa-dd-d,d-aa-ddd,aa-aa-dd,dd-aa-aa"),
    (8, _NL, "aa-dd-dd,dd-dd-aa,dd-aa-dd,aa-dd-aa"),
    (2, Look(background=BLUE, ink=WHITE, border=WHITE, band=""), "aa-dd-dd,dd-dd-aa,dd-aa-dd"),
    (2, Look(background=(90, 170, 220)), "aa-ddd-a,d-aaa-dd"),
    (6, _NL, "aa-ddd|a-dd,aa-dd|dd,dd-aa|aa,aa|ddd-a,d-aaa|dd,aaa|dd-d"),
    weight=13)

FRANCE = _country(
    "F",
    (30, Look(band="both"), "aa-ddd-aa"),
    (5, Look(band="left"), "dddd aa dd,ddd aaa dd,ddd aa dd"),
    (4, Look(background=YELLOW, band=""), "dddd aa dd,ddd aaa dd,ddd aa dd"),
    (2, Look(background=BLACK, ink=(215, 215, 210), border=None, band=""), "dddd aa dd,ddd aa dd"),
    (6, Look(band="both", two_line_mm=(210, 130)), "aa-ddd|aa,aa|ddd-aa"),
    weight=11)

GERMANY = _country(
    "D",
    (30, _D, "a*aa dddd,aa*aa dddd,aaa*aa ddd,a*a dddd,aa*a ddd,aaa*a dd,aa*aa ddd,a*aa ddd"),
    (3, _D, "aa*aa dddE,a*aa dddH,aa*a ddH,a*a ddddE"),
    (2, Look(ink=GREEN, border=GREEN, emblem="seals"), "aa*aa ddd,a*a dddd"),
    (6, Look(emblem="seals", two_line_mm=(280, 200)), "aaa|*aa ddd,aa*|aa ddd,a*|aa dddd,aa|*a dddd"),
    weight=12)

LUXEMBOURG = _country(
    "L", (10, Look(background=YELLOW), "aa dddd,aa dddd,ddddd,dddd,aa dddd,aad"),
    (2, Look(background=YELLOW, two_line_mm=(340, 220)), "aa|dddd,aad|ddd"), weight=4)

BRITAIN = _country(
    "GB",
    (12, _GB, "aadd aaa"), (12, _GB_REAR, "aadd aaa"), (6, _GB_BAND, "aadd aaa"),
    (4, _GB_REAR, "addd aaa,aaa ddda,add aaa,aaa dda,aaa dda,aaa ddd"),
    (1, Look(background=BLACK, ink=(220, 220, 215), border=None, band="", char_mm=79), "aaa ddd,aa dddd,addd"),
    (5, _GB_REAR, "aadd|aaa,addd|aaa,aaa|ddda"),
    weight=9)


def _plain(code: str, patterns: str, look: Look = Look(), two: str = "", weight: float = 1.0) -> Country:
    series = [(10.0, look, patterns)]
    if two:
        series.append((2.0, look, two))
    return _country(code, *series, weight=weight)


OTHERS = (
    _plain("E", "dddd aaa,dddd aaa,a-dddd-aa,aa-dddd-a", two="dddd|aaa"),
    _plain("I", "aa ddd aa,aa*ddd aa,aa ddd aa", Look(band="both"), "aa|ddd aa,aa d|ddd"),
    _plain("P", "aa-dd-aa,dd-dd-aa,dd-aa-dd,aa dd aa", Look(band="both"), "aa-dd|aa,dd-aa|dd"),
    _plain("A", "aa*dddda,a*ddddda,aa*ddd aa,a ddddaa,aa*dda,a*dddddd", Look(emblem="shield", border=RED), "aa*|dddda"),
    _plain("CH", "*aa.dddddd*,*aa.ddddd*,*aa dddddd*,*aa.dddd*",
           Look(band="", border=None, emblem="shield", two_line_mm=(300, 160)), "*aa*|dddddd,aa*|ddddd"),
    _plain("PL", "aa ddddd,aaa dddd,aaa*ddaa,aa*dddda,aa ddd aa,aaa adda", two="aa|ddddd,aaa|dddd,aaa|ddaa"),
    _plain("CZ", "dad dddd,daa dddd,dad*dddd,daa*dddd", two="dad|dddd,daa|dddd"),
    _plain("SK", "aa*dddaa,aa*ddd aa,aa ddd aa,aa*dddaa", Look(emblem="shield"), "aa*|dddaa"),
    _plain("H", "aaa-ddd,aa*aa-ddd,aaa ddd", Look(emblem="shield"), "aaa|ddd"),
    _plain("RO", "aa dd aaa,B dd aaa,B ddd aaa,aa dd aaa", two="aa dd|aaa,B ddd|aaa"),
    _plain("BG", "aa dddd aa,a dddd aa,aa dddd aa", two="aa dd|dd aa"),
    _plain("HR", "aa*ddd-aa,aa*dddd-aa,aa*dddd-a", Look(emblem="shield"), "aa*|ddd-aa"),
    _plain("SLO", "aa*aa-ddd,aa*dd-aaa,aa*ad-ddd,aa*ddd-aa", Look(emblem="shield", border=GREEN), "aa*|aa-ddd"),
    _plain("S", "aaa ddd,aaa dda", two="aaa|ddd"),
    _plain("N", "aa ddddd", two="aa|ddddd"),
    _plain("DK", "aa dd ddd", Look(border=RED), "aa|ddddd"),
    _plain("FIN", "aaa-ddd,aa-ddd,aaa-dd", two="aaa|ddd"),
    _plain("EST", "ddd aaa,dd aaa", two="ddd|aaa"),
    _plain("LV", "aa-dddd,aa-ddd,aa-dd", two="aa|dddd"),
    _plain("LT", "aaa ddd,aaa*ddd", two="aaa|ddd"),
    _plain("IRL", "ddd-a-ddddd,ddd-aa-dddd,ddd-a-dddd,dd-a-ddddd,dd-aa-dddd,ddd-a-ddd", two="ddd-a|ddddd"),
    _plain("GR", "aaa-dddd,aaa dddd", two="aaa|dddd"),
    _plain("CY", "aaa ddd", two="aaa|ddd"),
    _plain("M", "aaa ddd", two="aaa|ddd"),
    _plain("IS", "aa*add,aa*ddd,aa add", Look(border=BLUE, ink=BLUE, band="", emblem="shield"), "aa*|add"),
    _plain("FL", "FL*ddddd,FL*dddd", Look(background=BLACK, ink=(225, 225, 220), band="", emblem="shield")),
    _plain("UA", "aa dddd aa", two="aa dd|dd aa"),
    _plain("TR", "dd aa ddd,dd aaa dd,dd a dddd,dd aaa ddd,dd aa dddd", two="dd|aa ddd,dd aa|dddd"),
    _plain("SRB", "aa*ddd-aa,aa*dddd-aa", Look(emblem="shield"), "aa*|ddd-aa"),
)

COUNTRIES: dict[str, Country] = {
    c.code: c for c in (BELGIUM, NETHERLANDS, FRANCE, GERMANY, LUXEMBOURG, BRITAIN, *OTHERS)}

COUNTRY_CODES: tuple[str, ...] = ("unknown", *COUNTRIES)
"""The order of the reader's country scores."""
