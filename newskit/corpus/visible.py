"""Text that came from outside, as a terminal or a label shows it: characters that do something or that nobody sees are named."""

from __future__ import annotations

import re

# Controls (the terminal's escapes among them), halves of characters, ends of lines and paragraphs, what turns the direction of
# writing, and tags. Joiners stay: words of many languages are written with them.
_OBEYED = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f"
_IN_LINES, _IN_A_LINE = re.compile(f"[{_OBEYED}]"), re.compile(f"[{_OBEYED}\t\n]")


def visible(text: str, *, lines: bool = False) -> str:
    """The text in one line, with what could act on its reader written as in Python: `\\x1b`, `\\u202e`.

    Parameters
    ----------
    text : str
    lines : bool
        Whether it may have several lines, and tabs.

    Examples
    --------
    >>> visible("a\\x1b[2Jb\\nc")
    'a\\\\x1b[2Jb\\\\nc'
    """
    return (_IN_LINES if lines else _IN_A_LINE).sub(lambda found: ascii(found[0])[1:-1], text)
