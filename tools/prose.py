"""Numbers in sentences are the page's own: `python tools/prose.py` lists those that are not.

A number in Markdown is followed by a comment that says where it comes from:

    the gap is 0.83<!--= gap.mean():.2f --> nats        what follows = is a field of an f-string
    it took 41<!--~ seconds:.0f --> s                   ~ for what differs from machine to machine
    the poster says 1.57<!--from @cremer2018 -->        a fact of someone else's, with its source
    active above $v>0.01$<!--setting -->                a choice or a definition, not a result

The last hidden cell of such a notebook prints the values,

    import runpy
    runpy.run_path('../tools/prose.py')['show_values']('NAME.ipynb', globals())

`tools/run_nbs.py` writes them into the sentences, and `nbdev_test` fails where one has moved."""

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent/'nbs'

NUMBER = r'[-+−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?%?'
MARKED = re.compile(rf'({NUMBER})<!--([=~]) *(.*?) *-->')
VOUCHED = re.compile(rf'(?:{NUMBER}|\$[^$\n]+\$)<!--(?:[=~]|from @|setting).*?-->')
EQUATION = re.compile(r'(?s)\$\$.*?\$\$')
DECIMAL = re.compile(r'(?<![\w.])\d[\d,]*\.\d+')
CODE = re.compile(r'(?ms)^(```|~~~)[^\n]*\n.*?^\1\s*$|`[^`\n]+`')
ADDRESS = re.compile(r'\]\([^)\s]*\)')
ARROW = '  <-  '


@dataclass(frozen=True)
class Marked:
    "A number in a sentence that a cell gives"
    text: str
    kind: str           # '=', or '~' where machines differ
    source: str         # a field of an f-string

    @classmethod
    def all(cls, markdown):
        return [cls(*found) for found in MARKED.findall(markdown)]

    def evaluated(self, names) -> str:
        return eval(f'f"""{{{self.source}}}"""', names)

    def agrees(self, value) -> bool:
        "Up to two units of the last digit and a twentieth: chance differs between machines"
        if self.kind == '~':
            return True
        unit = 10.**-len(self.text.strip('%').partition('.')[2])
        allowed = 2*unit + abs(number(self.text))/20
        return abs(number(value) - number(self.text)) <= allowed*(1 + 1e-9)


def number(text) -> float:
    return float(text.replace(',', '').replace('−', '-').strip('%'))


# -- a notebook

def read(file):
    return json.loads(Path(file).read_text())


def sentences(notebook):
    "The Markdown of a notebook's cells"
    cells = [cell for cell in notebook['cells'] if cell['cell_type'] == 'markdown']
    return [''.join(cell['source']) for cell in cells]


def computed(notebook):
    "The numbers in sentences that a cell gives"
    return [marked for text in sentences(notebook) for marked in Marked.all(text)]


def printed(notebook):
    "Values by source, as the notebook's last run printed them"
    values = {}
    for cell in notebook['cells']:
        if 'tools/prose.py' in ''.join(cell['source']) and cell['cell_type'] == 'code':
            text = ''.join(''.join(output.get('text', '')) for output in cell['outputs'])
            lines = [line.split(ARROW, 1) for line in text.splitlines() if ARROW in line]
            values |= {source: value for value, source in lines}
    return values


def show_values(file, names):
    "Print the values of a notebook's numbers; in a test, fail where a sentence says otherwise"
    values = {}
    wrong = []
    for marked in computed(read(file)):
        values[marked.source] = marked.evaluated(names)
        if not marked.agrees(values[marked.source]):
            wrong.append(f'{marked.text}, and {marked.source} is {values[marked.source]}')
    for source, value in values.items():
        print(f'{value}{ARROW}{source}')
    if wrong and os.environ.get('IN_TEST'):
        raise AssertionError('\n'.join(['sentences that say otherwise:', *wrong]))


def insert(notebook):
    "Write the printed values into the sentences of a notebook just executed, in place"
    values = printed(notebook)

    def renewed(m):
        text, _, source = m.groups()
        return m[0].replace(text, values.get(source, text), 1)

    for cell in notebook['cells']:
        if cell['cell_type'] == 'markdown':
            cell['source'] = MARKED.sub(renewed, cell['source'])


# -- the gate

def typed(markdown):
    "Decimals that nobody vouches for, each with the words before it"
    text = markdown
    for pattern, left in ((CODE, ''), (EQUATION, ''), (VOUCHED, '…'), (ADDRESS, ']')):
        text = pattern.sub(left, text)
    for m in DECIMAL.finditer(text):
        yield text[max(0, m.start() - 40):m.end()].replace('\n', ' ')


def faults(notebook):
    "What is wrong with the numbers of a notebook, a sentence for each"
    for text in sentences(notebook):
        for words in typed(text):
            yield f'typed: …{words}'
    values = printed(notebook)
    for marked in computed(notebook):
        value = values.get(marked.source)
        if value is None:
            yield f'{marked.text} <- {marked.source}: the last run printed no value'
        elif value != marked.text:
            yield f'{marked.text} <- {marked.source}: the last run printed {value}'


def check() -> int:
    "The number of faults in the book, each printed"
    found = [
        f'{file.stem}: {fault}'
        for file in sorted(NOTEBOOKS.glob('*.ipynb'))
        for fault in faults(read(file))
    ]
    for line in found:
        print(line)
    print(f'numbers in sentences: {len(found)} faults')
    return len(found)


if __name__ == '__main__':
    sys.exit(min(check(), 1))
