"Execute notebooks in place and clean them: `python tools/run_nbs.py nbs/00_elbo.ipynb ...`; honours `#| eval: false`, test flags and `skip_exec`."
import sys
from pathlib import Path
from execnb.nbio import read_nb, write_nb
from execnb.shell import CaptureShell
from fastcore.xtras import working_directory
from nbdev.clean import clean_nb
from nbdev.config import get_config
from nbdev.frontmatter import FrontmatterProc
from nbdev.process import NBProcessor

def run(path, flags=()):
    path = Path(path).resolve()
    parsed = NBProcessor(path, procs=FrontmatterProc, process=True).nb
    if str(getattr(parsed, 'frontmatter_', {}).get('skip_exec', '')).lower()=='true': return
    skip_flags = set(get_config().tst_flags.split()) - set(flags)
    directives = {c.id: c.directives_ or {} for c in parsed.cells if c.cell_type=='code' and c.get('id')}
    def skip(c):
        d = directives.get(c.get('id'), {})
        return c.cell_type!='code' or 'nbdev_export(' in c.source or d.get('eval:', [''])[0].lower()=='false' or bool(skip_flags & d.keys())
    nb = read_nb(path)
    with working_directory(path.parent): CaptureShell(path).run_all(nb, exc_stop=True, preproc=skip)
    clean_nb(nb, clean_ids=True)
    write_nb(nb, path)

if __name__=='__main__':
    flags = [a[2:] for a in sys.argv[1:] if a.startswith('--')]
    for a in sys.argv[1:]:
        if not a.startswith('--'): run(a, flags)
