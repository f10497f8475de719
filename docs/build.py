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
from entries import Entry, lines_of
from nbdev.config import get_config
from nbdev.doclinks import NbdevLookup
from nbdev.frontmatter import FrontmatterProc
from nbdev.process import NBProcessor
from nbdev.processors import add_links, hide_, rm_header_dash, strip_ansi
from shown import enough_is_shown

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
    'b': 'Appendix: the safeguards',
}
PROCESSORS = [FrontmatterProc, strip_ansi, rm_header_dash, hide_, add_links]
GENERATING = {'export', 'exports', 'default_exp'}       # of cells that make the module
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


def output_cell(cell, dialect) -> dict:
    "Code that is not exported, with its outputs; `#|` lines become tags and captions"
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


# -- pages

def hosted(path) -> str:
    "The address of a file of the project"
    config = get_config()
    return f'{config.git_url}/blob/{config.branch}/{path}'


class Page:
    "A chapter for Sphinx"

    def __init__(self, stem, dialect):
        self.stem = stem
        self.name = page_name(stem)
        self.dialect = dialect
        self.level = 2              # of the next entry's heading: below that of a section
        self.module = ''            # its file, where the notebook makes one
        self.lines = {}             # name -> line of a definition
        self.cells = []

    def write(self, text):
        if text:
            self.cells.append(markdown_cell(self.dialect(text)))

    def add(self, cell):
        "A cell as nbdev's processors leave it"
        made = re.match(r'#\| default_exp (\w+)', cell.source)
        if made:
            self.add_module(made[1])
        entry = Entry.of(cell)
        if entry:
            self.add_entry(entry)
        elif cell.cell_type == 'raw':
            self.add_title(cell.source)
        elif cell.cell_type == 'markdown':
            if re.search('(?m)^## ', cell.source):
                self.level = 3
            self.write(cell.source)
        elif not GENERATING & cell.directives_.keys():
            self.cells.append(output_cell(cell, self.dialect))

    def add_title(self, front_matter):
        "The title and the claim, which nbdev keeps as front matter"
        front = yaml.safe_load(front_matter.strip().strip('-'))
        self.write(f"# {front['title']}")
        if 'description' in front:
            self.write(f"> {front['description']}")

    def add_module(self, name):
        "Whose lines the entries link to"
        self.module = f'{get_config().lib_path.name}/{name}.py'
        self.lines = lines_of((ROOT/self.module).read_text())

    def source_links(self, names) -> str:
        "To the lines of definitions, as a code host shows them"
        targets = [(name, f'{self.module}#L{self.lines[name]}') for name in names]
        links = [f'[source]({hosted(target)} "{name}"){{.source}}' for name, target in targets]
        return ' '.join(links)

    def add_entry(self, entry):
        "The names that a cell exports, what they are, and the code, in full or folded"
        self.write(entry.heading(self.name, self.level))
        self.write(self.source_links(entry.names))
        self.write(NbdevLookup().linkify(entry.text()))
        tags = [] if entry.in_full else ['hide-input']
        self.cells.append(code_cell(entry.code, tags=tags))

    def add_origin(self):
        "Where the notebook is"
        address = hosted(f'nbs/{self.stem}.ipynb')
        self.write(f'*This page is a notebook: [{self.stem}.ipynb]({address}).*')

    def save(self):
        cells = [cell | dict(id=f'c{i}') for i, cell in enumerate(self.cells)]
        kernel = dict(kernelspec=KERNEL)
        notebook = dict(cells=cells, metadata=kernel, nbformat=4, nbformat_minor=5)
        (SOURCES/f'{self.name}.ipynb').write_text(json.dumps(notebook, indent=1))


# -- the book

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


LABEL = re.compile(r'(?m)\{#((?:eq|fig|sec)-[\w-]+)|^#\| label: (fig-\S+)')
CITATION = re.compile(r'(?<![\w`/])@[a-z]+\d{4}\b')


def faults(notebooks):
    "What Sphinx does not notice, a sentence for each"
    owners = {}
    for stem, cells in notebooks.items():
        for cell in cells:
            for written, drawn in LABEL.findall(cell.source):
                label = written or drawn
                if label in owners:
                    yield f'{stem}: {label} is defined in {owners[label]} already'
                owners[label] = stem
                if drawn and not cell.outputs:
                    yield f'{stem}: {label} has no picture: execute the notebook'
        text = '\n'.join(cell.source for cell in cells)
        if '{#refs}' in text and not CITATION.search(text):
            yield f'{stem}: references, and nothing is cited'


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


def copy_pictures():
    "The pictures of stored results, which some pages show"
    for file in NOTEBOOKS.glob('results/**/*.png'):
        copy = SOURCES/file.relative_to(NOTEBOOKS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)


def write_pages(notebooks):
    "The notebooks as Sphinx's sources"
    config = get_config()
    address = f'{config.doc_host}{config.doc_baseurl}'.rstrip('/') + '/'
    dialect = Dialect(address, all_entries(notebooks))

    shutil.rmtree(WORK, ignore_errors=True)
    SOURCES.mkdir(parents=True)
    copy_pictures()
    bibliography = '# Bibliography\n\n```{bibliography}\n:all:\n```\n'
    (SOURCES/'bibliography.md').write_text(bibliography)
    for stem, cells in notebooks.items():
        page = Page(stem, dialect)
        for cell in cells:
            page.add(cell)
        page.add_origin()
        if stem == 'index':
            page.write(contents(notebooks))
        page.save()


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
    notebooks = processed()
    wrong = list(faults(notebooks))
    for sentence in wrong:
        print(sentence)
    write_pages(notebooks)
    if run_sphinx() or wrong or not enough_is_shown(notebooks, ROOT/'infsubopt', HTML):
        return 1
    write_view(HTML/'view.html')
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.move(HTML, OUT)
    print(f'the book is in {OUT}: open index.html')
    return 0


if __name__ == '__main__':
    sys.exit(main())
