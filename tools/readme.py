"""Make README.md and its pictures from nbs/index.ipynb without Quarto: `python tools/readme.py`.

With `--check`, fail when they differ."""

import base64
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT/'nbs'/'index.ipynb'
README = ROOT/'README.md'
PICTURES = ROOT/'nbs'/'index_files'

NOTE = 'Made from nbs/index.ipynb by tools/readme.py. Edit the notebook, not this file.'


def markdown_part(text):
    "Markdown for GitHub: links lead into nbs/, headings lose attributes, numbers their source"
    text = re.sub('<!--.*?-->', '', text)
    text = re.sub(r'\]\((?!https?:|#)([\w/.-]+\.(?:ipynb|png|svg))', r'](nbs/\1', text)
    return re.sub(r'(?m)^(#.*?)\s*\{.*\}$', r'\1', text)


def option(source, name):
    "The value of a `#|` line, or None"
    found = re.search(rf'(?m)^#\|\s*{name}:\s*"?(.*?)"?\s*$', source)
    return found[1] if found else None


def output_part(output, source):
    "An output as Markdown, or as text"
    data = output.get('data', {})
    if 'image/png' in data:
        label = option(source, 'label')
        return f"![{option(source, 'fig-cap')}](nbs/{PICTURES.name}/{label}.png)"
    rich = ''.join(data.get('text/markdown', []))
    if rich:
        return rich.strip()
    text = ''.join(output.get('text') or data.get('text/plain', []))
    if not text:
        return None
    plain = text.strip('\n')
    return f'```text\n{plain}\n```'


def code_parts(cell, source):
    "The code, unless it is not to be shown, and its outputs"
    if option(source, 'echo') != 'false':
        code = re.sub(r'(?m)^#\|.*\n?', '', source).strip()
        yield f'```python\n{code}\n```'
    for output in cell['outputs']:
        part = output_part(output, source)
        if part:
            yield part


def cells():
    "The notebook's cells and their sources"
    for cell in json.loads(NOTEBOOK.read_text())['cells']:
        yield cell, ''.join(cell['source']).strip()


def pictures():
    "file -> content of the pictures that the notebook draws"
    found = {}
    for cell, source in cells():
        for output in cell.get('outputs', []):
            if 'image/png' in output.get('data', {}):
                file = PICTURES/f"{option(source, 'label')}.png"
                found[file] = base64.b64decode(output['data']['image/png'])
    return found


def render():
    "The text of README.md"
    parts = [f'<!-- {NOTE} -->']
    for cell, source in cells():
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
    drawn = pictures().items()
    same = all(file.exists() and file.read_bytes() == content for file, content in drawn)
    if same and README.exists() and README.read_text() == render():
        return None
    return 'README.md differs from nbs/index.ipynb: run python tools/readme.py'


if __name__ == '__main__':
    if '--check' in sys.argv:
        sys.exit(check())
    README.write_text(render())
    PICTURES.mkdir(exist_ok=True)
    for file, content in pictures().items():
        file.write_bytes(content)
