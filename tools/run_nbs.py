"""Execute notebooks in place and clean them: `python tools/run_nbs.py nbs/11_bounds.ipynb ...`.

Writes the values of numbers into their sentences (see prose.py).

Honors `#| eval: false`, `skip_exec` and the test flags: `--slow` runs the slow cells too."""

import sys
from pathlib import Path

from execnb.nbio import read_nb, write_nb
from execnb.shell import CaptureShell
from fastcore.xtras import working_directory
from nbdev.clean import clean_nb
from nbdev.config import get_config
from nbdev.frontmatter import FrontmatterProc
from nbdev.process import NBProcessor
from prose import insert

class Skip:
    "Which cells of a notebook are not executed"

    def __init__(self, parsed, flags):
        self.flags = set(get_config().tst_flags.split()) - set(flags)
        code = [cell for cell in parsed.cells if cell.cell_type == 'code' and cell.get('id')]
        self.directives = {cell.id: cell.directives_ or {} for cell in code}

    def __call__(self, cell):
        if cell.cell_type != 'code' or 'nbdev_export(' in cell.source:
            return True
        directives = self.directives.get(cell.get('id'), {})
        evaluated = directives.get('eval:', [''])[0].lower() != 'false'
        return not evaluated or bool(self.flags & directives.keys())


def run(path, flags=()):
    "Execute one notebook, unless its front matter says not to"
    path = Path(path).resolve()
    parsed = NBProcessor(path, procs=FrontmatterProc, process=True).nb
    front = getattr(parsed, 'frontmatter_', {})
    if str(front.get('skip_exec', '')).lower() == 'true':
        return
    notebook = read_nb(path)
    with working_directory(path.parent):
        CaptureShell(path).run_all(notebook, exc_stop=True, preproc=Skip(parsed, flags))
    insert(notebook)
    clean_nb(notebook, clean_ids=True)
    write_nb(notebook, path)
    print(f'{path.name}: every cell ran')


def main(arguments):
    flags = [given.removeprefix('--') for given in arguments if given.startswith('--')]
    for given in arguments:
        if not given.startswith('--'):
            run(given, flags)


if __name__ == '__main__':
    main(sys.argv[1:])
