"""Keys of names: what two writings of one name have in common, and which shorter forms a longer name has.

A key has small letters and single spaces: no article, no possessive, no title, no accents, and acronyms in one piece, so that
"The U.S." and "u s", or "President Trump's" and "trump", have the same.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_TOKENS = re.compile(r"[^\W_]+")
_TITLES = re.compile(
    r"(?:(?:former|acting|then|vice|deputy|first|prime|attorney|secretary|press|lt|major|foreign|interior|finance|defense|defence"
    r"|president|presidents|minister|premier|chancellor|general|gen|secretary of state|state secretary|elect|senator|sen"
    r"|representative|rep|congressman|congresswoman|governor|gov|mayor|judge|justice|chief|ambassador|director|chairman|chairwoman"
    r"|spokesman|spokeswoman|counselor|adviser|advisor|speaker|lady|mr|mrs|ms|miss|dr|prof|professor|sir|lord|dame|rev|reverend"
    r"|col|colonel|capt|captain|sgt|sergeant|lieutenant|taoiseach|tanaiste|garda|detective|superintendent|inspector)\s)+"
)
_KEPT = ("lady", "miss", "lord", "dame", "sir")  # before one word they are part of the name: Lady Gaga
_REGAL = re.compile(r"(?:(?:crown|grand|pope|king|queen|prince|princess|duke|duchess|sheikh|saint|st|ayatollah)\s)+(?=\S+\s)")
_OFFICE = re.compile(r"(department|ministry) (?:of|for) (?:the )?(.+)")
_COMPANY = re.compile(r"(.+) (?:inc|incorporated|corp|corporation|co|company|ltd|limited|llc|plc|ag|sa|group|holdings)")
_GENERATIONS = {"jr", "sr", "ii", "iii", "iv"}
_SMALL = {"of", "the", "and", "for", "to", "in", "on", "at", "de", "du", "des", "s", "a"}

# Other names of countries, as news text has them, with the key they are counted and written under.
_COUNTRIES = {
    "united states": "america|us|usa|united states of america|us of a",
    "united kingdom": "uk|britain|great britain|united kingdom of great britain and northern ireland",
    "united arab emirates": "uae|emirates",
    "netherlands": "holland|kingdom of the netherlands",
    "north korea": "dprk|democratic people s republic of korea",
    "south korea": "rok|republic of korea",
    "china": "prc|people s republic of china|mainland china",
    "russia": "russian federation",
    "germany": "federal republic of germany",
    "iran": "islamic republic of iran",
    "syria": "syrian arab republic",
    "democratic republic of the congo": "drc|dr congo|democratic republic of congo|congo kinshasa",
    "republic of the congo": "republic of congo|congo brazzaville",
    "ireland": "republic of ireland|irish republic",
    "bosnia and herzegovina": "bosnia|bosnia herzegovina",
    "vatican": "vatican city|holy see",
    "south africa": "rsa|republic of south africa",
}
# The same for cities and for countries that changed their names: written as most articles have them.
_RENAMED = {
    "myanmar": "burma",
    "czech republic": "czechia",
    "ivory coast": "cote d ivoire",
    "turkey": "turkiye|republic of turkey",
    "macedonia": "north macedonia|fyrom",
    "east timor": "timor leste",
    "cape verde": "cabo verde",
    "eswatini": "swaziland",
    "washington": "washington dc|dc",
    "new york city": "nyc",
    "saint petersburg": "st petersburg|leningrad",
    "kiev": "kyiv",
    "beijing": "peking",
    "mumbai": "bombay",
    "yangon": "rangoon",
    "ho chi minh city": "saigon",
    "tehran": "teheran",
    "mecca": "makkah",
}


class Key(NamedTuple):
    """A name's key, its key with titles and offices as they stand, and the part of the text that the key is of."""

    key: str
    plain: str
    core: str


def name_key(text: str, label: str) -> Key:
    """The key of a name.

    Examples
    --------
    >>> name_key("President Donald Trump's", "PER")
    Key(key='donald trump', plain='president donald trump', core='Donald Trump')
    >>> name_key("the u s  department of justice", "ORG").key
    'us department of justice'
    >>> name_key("Department of Justice", "ORG").key
    'justice department'
    """
    text = unicodedata.normalize("NFC", text)
    found = list(_TOKENS.finditer(text))
    words = [m.group().lower() for m in found]
    first, last = 0, len(words)
    if last > 1 and words[0] == "the":
        first = 1
    if last - first > 1 and words[-1] == "s" and len(words[-2]) > 1 and found[-1].start() - found[-2].end() == 1:
        last -= 1
    if first == last or has_marks(text):
        return Key(text.strip().lower(), text.strip().lower(), text.strip())
    plain = _joined(words[first:last])
    if label == "PER":
        spoken = " ".join(words[first:last])
        for titles in (_TITLES, _REGAL):
            if (match := titles.match(spoken)) and not _swallows(match.group(), spoken[match.end() :]):
                first += match.group().count(" ")
                spoken = spoken[match.end() :]
    key = _joined(words[first:last])
    if label == "ORG" and (office := _OFFICE.fullmatch(key)):
        key = f"{office[2]} {office[1]}"
    return Key(key, plain, " ".join(text[found[first].start() : found[last - 1].end()].split("\n")))


def has_marks(text: str) -> bool:
    """Whether a text has marks that are no part of a letter (as in Devanagari): such words are left in one piece."""
    return not text.isascii() and any(unicodedata.category(c)[0] == "M" for c in text)


def _swallows(titles: str, rest: str) -> bool:
    """Whether titles belong to the name, for what they leave is none: Attorney General, Miss America, Lady Gaga."""
    place = rest in OTHER_PLACES and titles not in ("mr ", "mrs ", "ms ")
    return place or bool(_TITLES.fullmatch(rest + " ")) or (titles[:-1] in _KEPT and " " not in rest)


def _joined(words: list[str]) -> str:
    """Words without accents, and with single letters in a row made one: `u s senate` is `us senate`."""
    key = re.sub(r"\b(\w) (?=\w\b)", r"\1", " ".join(words))
    if key.isascii():
        return key
    return "".join(c for c in unicodedata.normalize("NFKD", key) if not unicodedata.combining(c))


def short_forms(key: str, label: str) -> list[tuple[str, str]]:
    """The shorter forms that a longer name's key can have in the same article: (key, reason).

    Persons: surnames, the name without what stands in the middle, first names. Other names: initials, and for
    organisations what follows a place or a chamber (`supreme court`; one word only behind `us`), and the name without Inc.
    """
    words = key.split()
    if len(words) < 2:
        return []
    if label == "PER":
        if words[-1] in _GENERATIONS:
            return [(" ".join(words[k:]), "surname") for k in range(1, len(words) - 1)]
        forms = [(" ".join(words[k:]), "surname") for k in range(1, len(words))]
        if len(words) > 2 and "o" not in words[1:-1]:  # not O'Sullivan
            forms.append((f"{words[0]} {words[-1]}", "middle name"))
        forms.append((words[0], "first name"))
        if words[0] not in _KEPT:
            forms += [(f"{t} {word}", why) for t in _KEPT for word, why in ((words[-1], "surname"), (words[0], "first name"))]
        return forms
    forms = [(letters, "initials") for letters in sorted(initials(words, label))]
    if label == "ORG":
        forms += [(" ".join(words[k:]), "rest of a longer name") for k in range(1, len(words) - (words[0] != "us"))]
        if company := _COMPANY.fullmatch(key):
            forms.append((company[1], "company form"))
    return forms


def initials(words: list[str], label: str) -> set[str]:
    """The initials of a name, with and without its small words: at least two letters."""
    orders = [words]
    if label == "ORG" and words[-1] in ("department", "ministry"):
        orders.append([words[-1], "of", *words[:-1]])
    orders += [[w for w in order if w not in _SMALL] for order in orders]
    letters = {"".join(w if w == words[0] == "us" else w[0] for w in order) for order in orders}  # `us navy` is no `un`
    return {x for x in letters if len(x) > 1}


COUNTRIES = frozenset(_COUNTRIES)
OTHER_PLACES = {key: name for name, keys in (_COUNTRIES | _RENAMED).items() for key in keys.split("|")}
"""Other names of countries and cities: key to key of the usual name. Adjectives (Russian) are none."""
