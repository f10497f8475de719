"""Make README.md from nbs/index.ipynb without Quarto: `python tools/readme.py`.

With `--check`, fail when the two differ."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT/'nbs'/'index.ipynb'
README = ROOT/'README.md'

NOTE = 'Made from nbs/index.ipynb by tools/readme.py. Edit the notebook, not this file.'


def markdown_part(text):
    "Markdown for GitHub: links lead into nbs/, headings lose their attributes, numbers their source"
    text = re.sub('<!--.*?-->', '', text)
    text = re.sub(r'\]\((?!https?:|#)([\w/.-]+\.(?:ipynb|png|svg))', r'](nbs/\1', text)
    return re.sub(r'(?m)^(#.*?)\s*\{.*\}$', r'\1', text)


def output_part(output):
    "An output as Markdown, or as text; None for a picture"
    data = output.get('data', {})
    rich = ''.join(data.get('text/markdown', []))
    if rich:
        return rich.strip()
    text = ''.join(output.get('text') or data.get('text/plain', []))
    if not text or 'image/png' in data:
        return None
    plain = text.strip('\n')
    return f'```text\n{plain}\n```'


def code_parts(cell, source):
    "The code, unless it is not to be shown, and its outputs"
    if not re.search(r'(?m)^#\|\s*echo:\s*false', source):
        code = re.sub(r'(?m)^#\|.*\n?', '', source).strip()
        yield f'```python\n{code}\n```'
    for output in cell['outputs']:
        part = output_part(output)
        if part:
            yield part


def render():
    "The text of README.md"
    parts = [f'<!-- {NOTE} -->']
    for cell in json.loads(NOTEBOOK.read_text())['cells']:
        source = ''.join(cell['source']).strip()
        hidden = re.search(r'(?m)^#\|\s*hide\s*$', source)
        if not source or hidden:
            continue
        if cell['cell_type'] == 'markdown':
            parts.append(markdown_part(source))
        else:
            parts += code_parts(cell, source)
    return '\n\n'.join(parts) + '\n'


def check():
    "None where README.md is up to date, else what to do"
    if README.exists() and README.read_text() == render():
        return None
    return 'README.md differs from nbs/index.ipynb: run python tools/readme.py'


if __name__ == '__main__':
    if '--check' in sys.argv:
        sys.exit(check())
    README.write_text(render())
