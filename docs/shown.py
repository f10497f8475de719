"""Does the book show the package's code?  For every function and class: is its source on the page
of the notebook that defines it, below its own heading and before the next one?"""

import ast
import re

from bs4 import BeautifulSoup
from dialect import page_name, room
from entries import DEFINITION, is_public

HEADINGS = {'h1', 'h2', 'h3', 'h4', 'h5', 'h6'}
LEAST = 0.9


def squeezed(code) -> str:
    "Code without white space, and with imports as modules and notebooks both may write them"
    return re.sub(r'\s+', '', code).replace('frominfsubopt.', 'from.')


def definitions(module) -> list:
    "Every function and class of a module's text: name, source with decorators, is it public"
    lines = module.splitlines()
    found = []
    for node in ast.parse(module).body:
        if isinstance(node, DEFINITION):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            source = '\n'.join(lines[first - 1:node.end_lineno])
            found.append((node.name, source, is_public(node)))
    return found


def sections(html) -> list:
    "A page as (heading, the code below it and before the next heading), in order"
    found = [('', '')]
    for tag in BeautifulSoup(html, 'html.parser').find_all([*HEADINGS, 'pre']):
        if tag.name in HEADINGS:
            found.append((tag.get_text(), ''))
        else:
            heading, code = found[-1]
            found[-1] = (heading, code + squeezed(tag.get_text()))
    return found


def not_shown(module, html):
    "Names of definitions whose source is not where a reader looks for it"
    page = sections(html)
    for name, source, public in definitions(module):
        wanted = re.compile(rf'\b{name}\b' if public else '')
        if not any(wanted.search(heading) and squeezed(source) in code for heading, code in page):
            yield name


def enough_is_shown(notebooks, package, pages) -> bool:
    "Print how much of the package the pages show; is it enough?"
    total = 0
    missing = []
    for stem in notebooks:
        module = package/f'{room(stem)}.py'
        if not module.exists():
            continue
        html = (pages/f'{page_name(stem)}.html').read_text()
        total += len(definitions(module.read_text()))
        missing += [f'{stem}: {one}' for one in not_shown(module.read_text(), html)]
    share = 1 - len(missing)/total
    print(f'source on its page: {total - len(missing)} of {total} definitions ({share:.1%})')
    for one in missing:
        print(f'  not on its page: {one}')
    return share >= LEAST
