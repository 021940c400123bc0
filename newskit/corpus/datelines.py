"""Agency datelines at the head of an article: `WASHINGTON (Reuters) - `, `MOSCOW, March 20. /TASS/. `, and scrubbed ones."""

from __future__ import annotations

import re

_AGENCIES = (
    "Reuters|Thomson Reuters Foundation|AP|AFP|UPI|CNN|CNNMoney|dpa|DPA|ANSA|EFE|TASS|ITAR-TASS|Interfax|Sputnik|RIA Novosti"
    "|Xinhua|Kyodo|Yonhap|PTI|ANI|IANS|AAP|Bloomberg|Associated Press|Agence France-Presse"
)
# Each of these reads a text in one way only (no two alternatives begin alike, and `++` gives nothing back): with two ways for
# each word, a head in capitals that is no dateline takes years.
_CAPITALS = r"[A-ZÀ-Þ][A-ZÀ-Þ.'’\-]+"  # a word of a place name in capitals
_STATE = r"\([A-Z]{2}\)?|[A-Z]{2}\)"
_PLACE = rf"(?:St\.? )?{_CAPITALS}(?:[ /,]+(?:{_CAPITALS}|[A-Z][a-z]{{1,12}}\.?|{_STATE}|(?:of|de|the|and)\b|\d{{1,2}}))*"
_TITLED = r"(?:[A-ZÀ-Þ][\w.'’\-]++[ ,/]*+){1,6}(?:\d{1,2}\s)?"  # a place in small letters, only trusted before a known agency
_DASH = r"[-–—_]"
# Cities that stand in a dateline without their country; any other place needs one, or an agency, to be told from a headline.
_ALONE = (
    "ATLANTA|BAGHDAD|BEIJING|BERLIN|BOSTON|BRUSSELS|CAIRO|CHICAGO|DALLAS|DENVER|DETROIT|DUBAI|GENEVA|HAVANA|HONG KONG|HOUSTON"
    "|ISTANBUL|JERUSALEM|KABUL|KIEV|KYIV|LONDON|LOS ANGELES|MADRID|MEXICO CITY|MIAMI|MOSCOW|NAIROBI|NEW DELHI|NEW YORK|PARIS"
    "|PHILADELPHIA|ROME|SAN FRANCISCO|SEATTLE|SEOUL|SHANGHAI|SINGAPORE|SYDNEY|TEHRAN|TOKYO|TORONTO|UNITED NATIONS|VATICAN CITY"
    "|VIENNA|WASHINGTON"
)

_WRITTEN = re.compile(
    rf"""\s*(?:
        (?:(?:{_PLACE}|{_TITLED})[\s,]*)?\((?:{_AGENCIES})\)\s*{_DASH}+\s*
      | (?:{_TITLED})?\(CNN\)\s*
      | {_PLACE},?\s*\([A-Z][\w .&\-]{{1,30}}\)\s*{_DASH}+\s*
      | {_PLACE},?[^/.\n]{{0,30}}\.?\s*/(?:{_AGENCIES})[\s.]*/\.?\s*{_DASH}*\s*
      | (?:{_AGENCIES})\s+{_DASH}+\s+
      | (?:{_ALONE}|{_CAPITALS}(?:\ {_CAPITALS})*,\ [A-Z][A-Za-z.]+(?:\ [A-Z][a-z]+)?)\s+(?:[–—]|--)\s+(?=["“‘']?[A-ZÀ-Þ])
    )(?=\S)""",
    re.VERBOSE,
)

_FEW_WORDS = r"[^\W\d_]+(?: {1,2}[^\W\d_]+){0,6}"
_PLACE_AND_STATE = r"[^\W\d_]+(?: [^\W\d_]+){0,2} {2}[^\W\d_]+(?: [^\W\d_]+)?"
_NAMES = "|".join(n.lower() for n in _AGENCIES.split("|") if n not in ("CNN", "CNNMoney", "Bloomberg") and "-" not in n)
# "(Reuters) - The": a space and a parenthesis before the name (two characters; three after "Ala."), four behind it;
# ", March 20. /TASS/. The": four before it, three behind it.
_SCRUBBED = re.compile(
    rf" *(?:(?:{_FEW_WORDS} {{2}}|{_PLACE_AND_STATE} {{3}})?(?<![^ ])(?:{_NAMES}) {{3,6}}|{_FEW_WORDS} {{2,6}}tass {{2,4}})(?=\S)"
)
_COLLAPSED = re.compile(
    r" ?(?:(?!(?:a|an|the|in|on|by|to|at|for|from|with|as|that|told|said|according|copyright|images?|photo\w*)\b)"
    r"[^\W\d_]+ ){0,4}?"
    r"(?:reuters|afp|xinhua|tass|upi) (?!(?:getty|reported|said|poll|file|images?|photo\w*) )(?=\S)"
)
_LONGEST = 160  # characters that can belong to a dateline


def split_dateline(text: str) -> tuple[str, str]:
    """Cut an agency dateline off the head of a text.

    Parameters
    ----------
    text : str
        Written or scrubbed (with or without gap evidence).

    Returns
    -------
    dateline, rest : str
        The dateline without the dash behind it ("" where there is none), and the text without it.

    Examples
    --------
    >>> split_dateline("WASHINGTON (Reuters) - The head of")
    ('WASHINGTON (Reuters)', 'The head of')
    >>> split_dateline(" reuters    u s  attorney general")
    ('reuters', 'u s  attorney general')
    """
    if not isinstance(text, str):
        raise TypeError(f"split_dateline takes one text, not {text!r}; nk.clean takes a table of articles.")
    head = text[:_LONGEST]
    if not head.islower() and any(c.isupper() for c in head):
        found = _WRITTEN.match(head)
    elif "  " in text.strip():
        found = _SCRUBBED.match(head)
    else:
        found = _COLLAPSED.match(head)
    if not found:
        return "", text
    return found.group().strip().rstrip(" -–—_"), text[found.end() :]
