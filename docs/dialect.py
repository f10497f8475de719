"""Quarto's Markdown, as far as the chapters use it, as MyST; and the names of pages and symbols."""

import re

TAKEN = dict(search='the_search')       # Sphinx writes search.html, the page that searches the book


def room(stem: str) -> str:
    "The module of a notebook: `bounds` for 11_bounds, `noise` for a1_noise"
    return re.sub(r'^[a\d]\d_', '', stem)


def page_name(stem: str) -> str:
    "The page of a notebook: as its module, unless Sphinx has a page of that name"
    return TAKEN.get(room(stem), room(stem))


def anchor(page: str, symbol: str) -> str:
    "The target of a symbol's entry; targets know no capitals, and Plan is not plan"
    spelled = re.sub('[A-Z]', lambda m: '0' + m[0].lower(), symbol)
    return f'sym-{page}-{spelled}'


# -- what Quarto writes otherwise

CODE = re.compile(r'(?ms)^(```|~~~)[^\n]*\n.*?^\1\s*$|`[^`\n]+`')
SYMBOL_LINK = re.compile(r'\[(`([\w.]+)(?:\(\))?`)\]\((https?:[^)\s]*?)([\w-]+)\.html#[\w.]+\)')
OWN_LINK = re.compile(r'\[([^\[\]\n]*)\[(`[^`\n]+`)\]\([^)\s]*\)([^\[\]\n]*)\]\(')
CHAPTER_LINK = re.compile(r'\]\((?:[\w-]+/)*([a\d]\d_[\w-]+)\.ipynb')


def callout(m):
    title = m[2] or m[1].title()
    return f':::{{admonition}} {title}\n:class: {m[1]}\n{m[3]}\n:::'


def equation(m):
    label = f' ({m[2]})' if m[2] else ''
    return f'\n$$\n{m[1]}\n$${label}\n'


def citations(m):
    keys = m[1].replace('@', '').replace(';', ',').replace(' ', '')
    return f'{{footcite:p}}`{keys}`'


RULES = [(re.compile(pattern), new) for pattern, new in (
    (r'<!--.*?-->', ''),                                                        # whose number it is
    (r'(?ms)^::: *\{\.callout-(\w+)(?: title="([^"]*)")?\}\n(.*?)\n:::\s*$', callout),
    (r'(?m)^(#+ .*?)\s*\{#([\w:.-]+)[^}]*\}\s*$', r'(\2)=\n\1'),                # heading {#label}
    (r'(?m)^(#+ .*?)\s*\{\.[^}]*\}\s*$', r'\1'),                                # heading {.class}
    (r'(?m)^(#+ .*?) -$', r'\1'),
    (r'(?ms)^\$\$\n(.+?)\n\$\$(?:\s*\{#(eq-[\w-]+)\})?[ \t]*$', equation),
    (r'(?<![\w`])@(eq-[\w-]*\w)', r'{eq}`\1`'),
    (r'(?<![\w`])@(fig-[\w-]*\w)', r'{numref}`\1`'),
    (r'(?<![\w`])@(sec-[\w-]*\w)', r'{ref}`\1`'),
    (r'\[(@[\w; @]+)\]', citations),
    (r'(?<![\w`/])@([a-z]+\d{4})\b', r'{footcite:t}`\1`'),
    (r'(?m)^::: *\{#refs\}\n:::', '```{footbibliography}\n```'),
)]


class Dialect:
    "Quarto's Markdown as MyST, with links to the entries of symbols; code is left alone"

    def __init__(self, address, entries):
        self.address = address      # where nbdev believes the book to be
        self.entries = entries      # the (page, symbol)s that have one

    def __call__(self, text):
        aside = []

        def put_aside(m):
            aside.append(m[0])
            return f'\0{len(aside) - 1}\0'

        text = CODE.sub(put_aside, text)
        for pattern, new in RULES:
            text = pattern.sub(new, text)
        text = re.sub(r'\0(\d+)\0', lambda m: aside[int(m[1])], text)
        text = OWN_LINK.sub(r'[\1\2\3](', text)        # the author's link, not nbdev's inside it
        text = SYMBOL_LINK.sub(self.symbol_link, text)
        return CHAPTER_LINK.sub(lambda m: f']({page_name(m[1])}.ipynb', text)

    def symbol_link(self, m):
        "To the symbol's entry, or to that of its class; plain code where neither has one"
        shown, symbol, address, file = m.groups()
        if not address.startswith(self.address):
            return m[0]
        page = page_name(file)
        owner = symbol.rpartition('.')[0]
        for name in (symbol, owner):
            if (page, name) in self.entries:
                return f'[{shown}](#{anchor(page, name)})'
        return shown
