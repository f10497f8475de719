"Read the built book in headless Chromium, offline: `python docs/check.py [--shots DIR]`. Links, mathematics, figures, search and the interactive view, on a laptop's and a phone's width."
import re, shutil, sys
from pathlib import Path
from urllib.parse import unquote, urldefrag

from playwright.sync_api import sync_playwright

OUT = Path(__file__).resolve().parent.parent/'_docs'
WIDTHS = dict(laptop=1280, phone=390)

def links(out):
    "Internal links and anchors that lead nowhere"
    html = {f:f.read_text() for f in out.glob('*.html')}
    ids = {f:set(re.findall(r'\bid="([^"]+)"', s)) for f,s in html.items()}
    for f,s in html.items():
        for href in set(re.findall(r'<(?:a|img|iframe|script|link)\b[^>]*?\b(?:href|src)="([^"]+)"', s)):
            if re.match(r'(https?|mailto|data|javascript):', href): continue
            path,frag = urldefrag(unquote(href)); target = (f.parent/path.split('?')[0]).resolve() if path else f
            if not target.exists(): yield f'{f.name}: {href} is not there'
            elif frag and target in ids and frag not in ids[target]: yield f'{f.name}: {href} has no such anchor'

LOOK = """() => ({
  raw: (document.querySelector('article') || document.body).innerText.includes('$$'),
  untyped: [...document.querySelectorAll('.math')].filter(e => !e.querySelector('mjx-container')).length,
  bad: [...document.querySelectorAll('mjx-merror, [data-mml-node=merror]')].length,
  images: [...document.querySelectorAll('article img')].filter(i => !i.complete || !i.naturalWidth || !i.getBoundingClientRect().width || !i.alt).map(i => i.src.slice(-60)),
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth})"""

def look(page, name, width):
    "What is wrong on a loaded page"
    page.wait_for_function("() => !window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)")
    page.evaluate("() => document.querySelectorAll('img[loading=lazy]').forEach(i => i.loading = 'eager')"); page.wait_for_timeout(150)
    r = page.evaluate(LOOK)
    if r['raw']: yield f'{name}: raw $$ on the page'
    if r['untyped'] or r['bad']: yield f"{name}: {r['untyped']} formulas not typeset, {r['bad']} with errors"
    if r['images']: yield f"{name}: figures not visible or without alternative text: {r['images']}"
    if r['wide']>1: yield f"{name}, {width}: {r['wide']} pixels too wide"

def hover(page):
    "The interactive view answers the mouse"
    page.goto((OUT/'plane.html').as_uri()); page.wait_for_function("() => window.Bokeh && Bokeh.index && [...(Bokeh.index.roots || Object.values(Bokeh.index))].length")
    page.wait_for_timeout(500)
    x,y = page.evaluate("""() => { const v = [...(Bokeh.index.roots || Object.values(Bokeh.index))][0], s = v.model.renderers[0].data_source.data, box = v.el.getBoundingClientRect();
        const f = v.frame || v.plot_view.frame; return [box.x + f.x_scale.compute(s.z1[0]), box.y + f.y_scale.compute(s.z2[0])] }""")
    page.mouse.move(x-30, y-30); page.mouse.move(x, y, steps=5)
    tip = page.locator('img[alt="image and posterior"]').first
    tip.wait_for(state='visible', timeout=5000)

def main(shots=None):
    wrong = list(links(OUT))
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome'), args=['--no-sandbox'])
        for label,width in WIDTHS.items():
            page = browser.new_page(viewport=dict(width=width, height=900)); state = dict(at='')
            page.route('**/*', lambda r: r.continue_() if r.request.url.startswith(('file:', 'data:', 'blob:')) else (wrong.append(f"{state['at']} asks the network for {r.request.url}"), r.abort()))
            page.on('console', lambda m: m.type=='error' and wrong.append(f"{state['at']}: {m.text}")); page.on('pageerror', lambda e: wrong.append(f"{state['at']}: {e}"))
            for f in sorted(OUT.glob('*.html')):
                if f.name=='plane.html': continue
                state['at'] = f.name; page.goto(f.as_uri()); wrong += look(page, f.name, label)
                if shots and f.stem in ('index', 'gaps', 'latent_2d'): page.screenshot(path=str(Path(shots)/f'{f.stem}-{label}.png'), full_page=True)
            state['at'] = 'search'; page.goto((OUT/'search.html').as_uri()+'?q=amortization')
            try: page.wait_for_selector('#search-results li a', timeout=10_000)
            except Exception: wrong.append('search finds nothing for amortization')
            state['at'] = 'plane.html'
            if label=='laptop':
                try: hover(page)
                except Exception as e: wrong.append(f'the interactive view does not answer: {str(e).splitlines()[0]}')
        browser.close()
    for w in dict.fromkeys(wrong): print(w)
    print(f"{len(list(OUT.glob('*.html')))} pages, {len(set(wrong))} faults")
    return 1 if wrong else 0

if __name__=='__main__': sys.exit(main(sys.argv[sys.argv.index('--shots')+1] if '--shots' in sys.argv else None))
