"""Texts that want to be more than text, by what they would be taken for. None of them may do anything anywhere."""

from __future__ import annotations

HTML = [
    "<script>window.pwned=1</script>",
    '<img src=x onerror="window.pwned=1">',
    "<svg/onload=window.pwned=1>",
    '"><iframe src="https://evil.example/frame"></iframe>',
    "<a href='javascript:window.pwned=1'>click</a>",
    "javascript:window.pwned=1",
    "<style>*{display:none}</style>",
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<link rel="stylesheet" href="https://evil.example/a.css">',
    "</td></table></section><h1>mine",
    "<details open ontoggle=window.pwned=1>",
    "' onmouseover='window.pwned=1",
    "&lt;b&gt; &amp; &#60;b>",
    "<!-- <textarea> ]]> <?x",
]
MARKDOWN = [
    "[click](javascript:window.pwned=1)",
    "![x](https://evil.example/a.png)",
    "**bold** _it_ `code` ~~no~~",
    "# heading\n\n- item",
    "| a | b |\n|---|---|",
    "```\nfence",
    "<https://evil.example/>",
]
MATH = [
    "$\\alpha$",
    "$5 and $6",
    "$$\\int_0^1$$",
    "\\(x^2\\) \\[y\\]",
    "$\\href{javascript:window.pwned=1}{x}$",
    "\\begin{equation}x\\end{equation}",
    "$\\undefined{",
    "\\$a$b$ c_d^e",
]
TERMINAL = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example/\x07link\x1b]8;;\x07",
    "\x1b[2J\x1b[Hgone",
    "\x9b31mred",
    "one\rtwo",
    "back\x08\x08\x7f",
    "nul\0byte",
    "line\nUserWarning: forged",
]
BIDI = ["\u202egnp.exe", "\u2067\u202dabc", "a\u200fb\u200e", "one\u2028two", "tag\U000e0041", "\ufeffmark"]
FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example/","x")',
    '=WEBSERVICE("https://evil.example/")',
    "+1+1",
    "-2+3+cmd|' /C calc'!D2",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\ttext",
    " =1+1",
    "\xa0=1+1",
    "\u200b=1+1",
    "'=1+1",
    "''=1+1",
    '"=1+1"',
    "one;=1+1;two",
    'one;"=1+1"',
    "one\t=1+1\ttwo",
    "one\n=1+1\ntwo",
    "one\r\n-1+1",
    "one; ; @SUM(1)",
    "one|=1+1",
    "\uff1d1+1",
    "\uff20SUM(1)",
]
PLAIN = ["'tis", "-5", "+3.5%", "it's; he said", "x = y", "a-b", "'", '"', "NA", "0123", "1e5", "--", "True", "2017-02-07", "; ;"]
HOSTILE = [*HTML, *MARKDOWN, *MATH, *TERMINAL, *BIDI, *FORMULAS]
