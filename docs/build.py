"Build the book into `_docs`: `python docs/build.py`. nbdev's own processing, then its Markdown as MyST, then Sphinx, every warning an error; no network."
import json, re, shutil, subprocess, sys
from pathlib import Path

import yaml
from nbdev.config import get_config
from nbdev.serve import proc_nbs

ROOT = Path(__file__).resolve().parent.parent
WORK,OUT = ROOT/'docs'/'_build',ROOT/'_docs'
SRC = WORK/'src'

def anchor(name): return 'sym-'+re.sub('[A-Z]', lambda m: '0'+m[0].lower(), name)                 # targets know no capitals: Gaussian is not gaussian
def page(name): return re.sub(r'^\d+[a-z]?_', '', name)                            # 00_elbo.ipynb -> elbo.ipynb, as nbdev names pages

# -- Markdown: the part of Quarto's dialect that the chapters use
def myst(s, base):
    "Quarto's Markdown as MyST; code is left alone"
    kept = []
    def keep(m): kept.append(re.sub(r'\[(`[\w.]+`)\]\([^)]*\)', r'\1', m[0])); return f'\0{len(kept)-1}\0'           # nbdev links symbols in signatures too
    s = re.sub(r'^(```|~~~)[^\n]*\n.*?^\1\s*$|`[^`\n]+`', keep, s, flags=re.M|re.S)
    s = re.sub(r'^::: *\{\.callout-(\w+)(?: title="([^"]*)")?\}\n(.*?)\n:::\s*$', lambda m: f':::{{admonition}} {m[2] or m[1].title()}\n:class: {m[1]}\n{m[3]}\n:::', s, flags=re.M|re.S)
    s = re.sub(r'^(#+ .*?)\s*\{#([\w:.-]+)[^}]*\}\s*$', r'(\2)=\n\1', s, flags=re.M)
    s = re.sub(r'^(#+ .*?)\s*\{\.[^}]*\}\s*$|^(#+ .*?) -$', lambda m: m[1] or m[2], s, flags=re.M)
    s = re.sub(r'^\$\$\n(.+?)\n\$\$(?:\s*\{#(eq-[\w-]+)\})?[ \t]*$', lambda m: f'\n$$\n{m[1]}\n$$' + (f' ({m[2]})' if m[2] else '') + '\n', s, flags=re.M|re.S)
    for role,kind in (('eq', 'eq'), ('numref', 'fig'), ('ref', 'sec')): s = re.sub(rf'(?<![\w`])@({kind}-[\w-]*\w)', rf'{{{role}}}`\1`', s)
    s = re.sub(r'\[(@[\w; @]+)\]', lambda m: '{footcite:p}`'+m[1].replace('@', '').replace(';', ',').replace(' ', '')+'`', s)
    s = re.sub(r'(?<![\w`/])@([a-z]+\d{4})\b', r'{footcite:t}`\1`', s)
    s = re.sub(r'^::: *\{#refs\}\n:::', '```{footbibliography}\n```', s, flags=re.M)
    s = re.sub(r'\0(\d+)\0', lambda m: kept[int(m[1])], s)
    s = re.sub(r'\[`([\w.]+)`\]\('+re.escape(base)+r'[\w/-]+\.html#[\w.]+\)', lambda m: f'`{m[1]}`' if m[1].startswith('_') else f'[`{m[1]}`](#{anchor(m[1])})', s)      # to symbols
    return re.sub(r'\]\((?:[\w-]+/)*(\d+[a-z]?_[\w-]+\.ipynb)', lambda m: f']({page(m[1])}', s)

# -- cells
def show_doc(c, base):
    "The entry of a public symbol: a heading that can be linked and stands in the contents"
    for o in c['outputs']:
        t = ''.join(o.get('data', {}).get('text/markdown', []))
        m = re.search(r'^(?:\[source\]\((?P<src>\S+?)\)\{[^}]*\}\s+)?^#+ (?P<name>\S+)$\n(?P<body>.*)', t, flags=re.M|re.S)
        if m: return markdown(f"({anchor(m['name'])})=\n### `{m['name']}`\n\n{m['body'].strip()}" + (f"\n\n[source]({m['src']})" if m['src'] else ''), base)

def markdown(s, base): return dict(cell_type='markdown', metadata={}, source=myst(s, base))

HIDE = dict(echo=('false', 'remove-input'), output=('false', 'remove-output'), include=('false', 'remove-cell'))

def convert(c, base):
    "A cell for Sphinx, or None"
    src = ''.join(c['source'])
    if c['cell_type']=='raw':
        front = yaml.safe_load(src.strip().strip('-')) or {}
        return markdown(f"# {front['title']}\n\n" + (f"> {front['description']}" if 'description' in front else ''), base) if 'title' in front else None
    if c['cell_type']=='markdown': return None if src.startswith('<!-- WARNING') else markdown(src, base)
    if re.search(r'^show_doc\(', src, flags=re.M): return show_doc(c, base)
    opts = {k:v.strip('"\'') for k,v in re.findall(r'^#\|\s*([\w-]+):\s*(.*?)\s*$', src, flags=re.M)}
    meta = dict(tags=[tag for k,(v,tag) in HIDE.items() if opts.get(k)==v])
    code = re.sub(r'^#\|.*\n?', '', src, flags=re.M)
    if opts.get('label', '').startswith('fig-'):
        meta['mystnb'] = dict(figure=dict(name=opts['label'], caption=myst(opts['fig-cap'], base)), image=dict(alt=opts.get('fig-alt', opts['fig-cap'])))
    return dict(cell_type='code', metadata=meta, source=code, outputs=c.get('outputs', []), execution_count=None)

def write_pages():
    "The notebooks, processed, as Sphinx's sources"
    cfg = get_config(); base = f'{cfg.doc_host}{cfg.doc_baseurl}'.rstrip('/')+'/'
    cache = proc_nbs(force=True)
    shutil.rmtree(WORK, ignore_errors=True); SRC.mkdir(parents=True)
    for f in (ROOT/'nbs').rglob('results/**/*.png'): (SRC/f.relative_to(ROOT/'nbs')).parent.mkdir(parents=True, exist_ok=True); shutil.copy(f, SRC/f.relative_to(ROOT/'nbs'))
    (SRC/'bibliography.md').write_text('# Bibliography\n\n```{bibliography}\n:all:\n```\n')
    pages = sorted(cache.rglob('*.ipynb')); chapters = [*(page(f.stem) for f in pages if f.stem!='index'), 'bibliography']
    for f in pages:
        cells = [convert(c, base) for c in json.loads(f.read_text())['cells']]
        if f.stem=='index': cells.append(markdown('```{toctree}\n:hidden:\n:caption: Chapters\n'+'\n'.join(chapters)+'\n```', base))
        cells = [c | dict(id=f'c{i}') for i,c in enumerate(cells) if c]
        (SRC/page(f.name)).write_text(json.dumps(dict(cells=cells, metadata=dict(kernelspec=dict(name='python3', display_name='python3', language='python')), nbformat=4, nbformat_minor=5), indent=1))

def write_view(path):
    "The interactive view that `09_latent_2d` embeds"
    from infsubopt.latent2d import explore, load_stored, write_interactive
    vae,x,_ = load_stored(ROOT/'nbs/results/latent2d-mnist/model.safetensors')
    write_interactive(explore(vae, x[:200], flows=False), path)

if __name__=='__main__':
    write_pages()
    sphinx = [sys.executable, '-m', 'sphinx', '-W', '--keep-going', '-q', '-b', 'html', '-d', WORK/'doctrees', '-c', ROOT/'docs', SRC, WORK/'html']
    if code := subprocess.run(list(map(str, sphinx))).returncode: sys.exit(code)
    write_view(WORK/'html'/'plane.html')
    shutil.rmtree(OUT, ignore_errors=True); shutil.move(WORK/'html', OUT)
    print(f'the book is in {OUT}: open index.html')
