"""Build the book into `_docs`: `python docs/build.py`.

nbdev reads the notebooks and links symbols, their Markdown becomes MyST, and Sphinx writes the
pages. Every warning is an error; nothing is executed but the interactive view, and nothing asks
the network."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from dialect import Dialect, page_name
from entries import Entry
from nbdev.config import get_config
from nbdev.doclinks import NbdevLookup
from nbdev.frontmatter import FrontmatterProc
from nbdev.process import NBProcessor
from nbdev.processors import add_links, hide_, rm_header_dash, strip_ansi

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT/'nbs'
WORK = ROOT/'docs'/'_build'
SOURCES = WORK/'src'
HTML = WORK/'html'
OUT = ROOT/'_docs'

PARTS = {
    '1': 'The bound',
    '2': 'The model',
    '3': 'The search',
    '4': 'log p(x)',
    '5': 'The gaps',
    '6': 'The plane',
    '7': 'The table',
    '8': 'Trust',
    '9': 'Other systems',
    'a': 'Appendix: the plumbing',
}
PROCESSORS = [FrontmatterProc, strip_ansi, rm_header_dash, hide_, add_links]
KERNEL = dict(name='python3', display_name='python3', language='python')


# -- cells

HIDDEN_BY = dict(
    echo=('false', 'remove-input'),
    output=('false', 'remove-output'),
    include=('false', 'remove-cell'),
)


def markdown_cell(text) -> dict:
    return dict(cell_type='markdown', metadata={}, source=text)


def code_cell(code, outputs=(), **metadata) -> dict:
    common = dict(cell_type='code', execution_count=None)
    return common | dict(source=code, outputs=list(outputs), metadata=metadata)


def title_cell(cell, dialect):
    "The title and the claim of a chapter, which nbdev keeps as front matter"
    front = yaml.safe_load(cell.source.strip().strip('-')) or {}
    text = f"# {front['title']}\n"
    if 'description' in front:
        text += f"\n> {front['description']}"
    return markdown_cell(dialect(text))


def entry_cells(entry, page, dialect):
    "An exported cell: its names, what they are, and its code, in full or folded"
    text = entry.text(page)
    if text:
        yield markdown_cell(dialect(NbdevLookup().linkify(text)))
    tags = [] if entry.in_full else ['hide-input']
    yield code_cell(entry.code, tags=tags)


def shown_cell(cell, dialect):
    "Any other code with its outputs; `#|` lines become tags and captions"
    found = re.findall(r'(?m)^#\|\s*([\w-]+):\s*(.*?)\s*$', cell.source)
    options = {name: value.strip('"\'') for name, value in found}
    tags = [tag for name, (value, tag) in HIDDEN_BY.items() if options.get(name) == value]
    metadata = dict(tags=tags)
    label = options.get('label', '')
    if label.startswith('fig-'):
        caption = options['fig-cap']
        figure = dict(name=label, caption=dialect(caption))
        image = dict(alt=options.get('fig-alt', caption))
        metadata['mystnb'] = dict(figure=figure, image=image)
    code = re.sub(r'(?m)^#\|.*\n?', '', cell.source)
    return code_cell(code, cell.get('outputs', []), **metadata)


def converted(cell, page, dialect):
    "The cells of Sphinx that a cell of nbdev becomes"
    entry = Entry.of(cell)
    if entry:
        yield from entry_cells(entry, page, dialect)
    elif cell.cell_type == 'raw':
        yield title_cell(cell, dialect)
    elif cell.cell_type == 'markdown':
        yield markdown_cell(dialect(cell.source))
    elif not {'export', 'exports', 'default_exp'} & cell.directives_.keys():
        yield shown_cell(cell, dialect)


# -- pages

def processed() -> dict:
    "The cells of each notebook as nbdev's processors leave them, by the notebook's stem"
    notebooks = {}
    for file in sorted(NOTEBOOKS.glob('*.ipynb')):
        notebook = NBProcessor(file, procs=PROCESSORS, process=True).nb
        notebooks[file.stem] = notebook.cells
    return notebooks


def all_entries(notebooks) -> set:
    "The (page, symbol) of every entry in the book"
    every = set()
    for stem, cells in notebooks.items():
        entries = [Entry.of(cell) for cell in cells]
        every |= {(page_name(stem), name) for e in entries if e for name in e.names}
    return every


def toctree(caption, pages) -> str:
    lines = ['```{toctree}', ':hidden:', f':caption: {caption}', *pages, '```']
    return '\n'.join(lines)


def contents(stems) -> str:
    "The table of contents: a toctree for each part, then the bibliography"
    trees = []
    for digit, caption in PARTS.items():
        pages = [page_name(stem) for stem in stems if stem.startswith(digit)]
        trees.append(toctree(caption, pages))
    trees.append(toctree('Sources', ['bibliography']))
    return '\n\n'.join(trees)


def where_from(stem) -> str:
    "Where the notebook of a page is"
    config = get_config()
    address = f'{config.git_url}/blob/{config.branch}/nbs/{stem}.ipynb'
    return f'---\n\nThis page is a notebook: [{stem}.ipynb]({address}).'


def notebook_text(cells) -> str:
    "A notebook for Sphinx, as JSON"
    cells = [cell | dict(id=f'c{i}') for i, cell in enumerate(cells)]
    whole = dict(cells=cells, metadata=dict(kernelspec=KERNEL), nbformat=4, nbformat_minor=5)
    return json.dumps(whole, indent=1)


def copy_pictures():
    "The pictures of stored results, which some pages show"
    for file in NOTEBOOKS.glob('results/**/*.png'):
        copy = SOURCES/file.relative_to(NOTEBOOKS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)


def write_pages():
    "The notebooks as Sphinx's sources"
    config = get_config()
    address = f'{config.doc_host}{config.doc_baseurl}'.rstrip('/') + '/'
    notebooks = processed()
    dialect = Dialect(address, all_entries(notebooks))

    shutil.rmtree(WORK, ignore_errors=True)
    SOURCES.mkdir(parents=True)
    copy_pictures()
    bibliography = '# Bibliography\n\n```{bibliography}\n:all:\n```\n'
    (SOURCES/'bibliography.md').write_text(bibliography)
    for stem, cells in notebooks.items():
        page = page_name(stem)
        new = [made for cell in cells for made in converted(cell, page, dialect)]
        new.append(markdown_cell(where_from(stem)))
        if stem == 'index':
            new.append(markdown_cell(contents(notebooks)))
        (SOURCES/f'{page}.ipynb').write_text(notebook_text(new))


def run_sphinx() -> int:
    "Sphinx's exit status"
    options = ['-W', '--keep-going', '-q', '-b', 'html']
    folders = ['-d', WORK/'doctrees', '-c', ROOT/'docs', SOURCES, HTML]
    command = [sys.executable, '-m', 'sphinx', *options, *folders]
    return subprocess.run([str(part) for part in command]).returncode


def write_view(path):
    "The interactive view that `63_plane_view` embeds"
    from infsubopt.plane import explore, load_stored
    from infsubopt.plane_view import write_interactive
    stored = NOTEBOOKS/'results'/'latent2d-mnist'/'model.safetensors'
    vae, x, _ = load_stored(stored)
    plane = explore(vae, x[:200], flows=False)
    write_interactive(plane, path)


def main() -> int:
    write_pages()
    status = run_sphinx()
    if status:
        return status
    write_view(HTML/'view.html')
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.move(HTML, OUT)
    print(f'the book is in {OUT}: open index.html')
    return 0


if __name__ == '__main__':
    sys.exit(main())
