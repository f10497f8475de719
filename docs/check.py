"""Read the built book in headless Chromium, offline: `python docs/check.py [--shots DIR]`.

Links, mathematics, figures, search and the interactive view, on a laptop's and a phone's width."""

import re
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag

from playwright.sync_api import Error, sync_playwright

OUT = Path(__file__).resolve().parent.parent/'_docs'
WIDTHS = dict(laptop=1280, phone=390)
BROWSERS = ('chromium', 'chromium-browser', 'google-chrome')
SHOTS = ('index', 'bounds', 'vae', 'the_search', 'gaps', 'plane')       # pages to take pictures of
LARGEST = 1_500_000                             # bytes of a page with its pictures
VIEW = 'view.html'


# -- links

POINTER = re.compile(r'<(?:a|img|iframe|script|link)\b[^>]*?\b(?:href|src)="([^"]+)"')
ELSEWHERE = re.compile(r'(https?|mailto|data|javascript):')
UNMADE = re.compile(r'\]\([\w/-]*\.ipynb\)')            # Markdown that never became a link


def broken_links(out):
    "Internal links and anchors that lead nowhere, a sentence for each"
    pages = {file: file.read_text() for file in out.glob('*.html')}
    anchors = {file: set(re.findall(r'\bid="([^"]+)"', text)) for file, text in pages.items()}
    for file, text in pages.items():
        for left in sorted(set(UNMADE.findall(text))):
            yield f'{file.name}: {left} is no link'
        for address in sorted(set(POINTER.findall(text))):
            if ELSEWHERE.match(address):
                continue
            path, fragment = urldefrag(unquote(address))
            path = path.split('?')[0]
            target = (file.parent/path).resolve() if path else file
            if not target.exists():
                yield f'{file.name}: {address} is not there'
            elif fragment and fragment not in anchors.get(target, {fragment}):
                yield f'{file.name}: {address} has no such anchor'


PICTURE = re.compile(r'<img\b[^>]*?\bsrc="(_images/[^"]+)"')


def large_pages(out):
    "Pages that are slow to load, a sentence for each"
    for file in out.glob('*.html'):
        pictures = [out/unquote(path) for path in set(PICTURE.findall(file.read_text()))]
        size = sum(part.stat().st_size for part in (file, *pictures))
        if size > LARGEST and file.name != VIEW:
            yield f'{file.name}: {size:,} bytes, more than {LARGEST:,}'


# -- a page

TYPESET = """() => !window.MathJax || !MathJax.startup
  || MathJax.startup.promise.then(() => true)"""

LOAD_IMAGES = """() => document.querySelectorAll('img[loading=lazy]')
  .forEach(image => image.loading = 'eager')"""

LOOK = """() => {
  const all = what => [...document.querySelectorAll(what)];
  const root = document.documentElement;
  const hidden = image => !image.complete || !image.naturalWidth
    || !image.getBoundingClientRect().width || !image.alt;
  return {
    raw: (document.querySelector('article') || document.body).innerText.includes('$$'),
    untyped: all('.math').filter(formula => !formula.querySelector('mjx-container')).length,
    bad: all('mjx-merror, [data-mml-node=merror]').length,
    images: all('article img').filter(hidden).map(image => image.src.slice(-60)),
    wide: root.scrollWidth - root.clientWidth}}"""


def look(page, name, label):
    "What is wrong on a loaded page, a sentence for each"
    page.wait_for_function(TYPESET)
    page.evaluate(LOAD_IMAGES)
    page.wait_for_timeout(150)
    seen = page.evaluate(LOOK)
    if seen['raw']:
        yield f'{name}: raw $$ on the page'
    if seen['untyped'] or seen['bad']:
        yield f"{name}: {seen['untyped']} formulas not typeset, {seen['bad']} with errors"
    if seen['images']:
        yield f"{name}: figures not visible or without alternative text: {seen['images']}"
    if seen['wide'] > 1:
        yield f"{name}, {label}: {seen['wide']} pixels too wide"


# -- the interactive view and the search

BOKEH_READY = """() => window.Bokeh && Bokeh.index
  && [...(Bokeh.index.roots || Object.values(Bokeh.index))].length"""

FIRST_POINT = """() => {
  const view = [...(Bokeh.index.roots || Object.values(Bokeh.index))][0];
  const data = view.model.renderers[0].data_source.data;
  const box = view.el.getBoundingClientRect();
  const frame = view.frame || view.plot_view.frame;
  return [box.x + frame.x_scale.compute(data.z1[0]), box.y + frame.y_scale.compute(data.z2[0])]}"""


def try_view(page):
    "The interactive view answers the mouse; what is wrong, if anything"
    try:
        page.goto((OUT/VIEW).as_uri())
        page.wait_for_function(BOKEH_READY)
        page.wait_for_timeout(500)
        x, y = page.evaluate(FIRST_POINT)
        page.mouse.move(x - 30, y - 30)
        page.mouse.move(x, y, steps=5)
        answer = page.locator('img[alt="image and posterior"]').first
        answer.wait_for(state='visible', timeout=5000)
    except Error as error:
        yield f'the interactive view does not answer: {str(error).splitlines()[0]}'


def try_search(page, word='amortization'):
    "The search finds a word; what is wrong, if anything"
    page.goto((OUT/'search.html').as_uri() + f'?q={word}')
    try:
        page.wait_for_selector('#search-results li a', timeout=10_000)
    except Error:
        yield f'the search finds nothing for {word}'


# -- the book

class Reader:
    "A browser window that notes what goes wrong, and on which page"

    def __init__(self, browser, label):
        self.label = label
        self.at = ''
        self.wrong = []
        size = dict(width=WIDTHS[label], height=900)
        self.page = browser.new_page(viewport=size)
        self.page.route('**/*', self.request)
        self.page.on('console', self.message)
        self.page.on('pageerror', self.note)

    def note(self, what):
        self.wrong.append(f'{self.at}: {what}')

    def message(self, message):
        if message.type == 'error':
            self.note(message.text)

    def request(self, route):
        url = route.request.url
        if url.startswith(('file:', 'data:', 'blob:')):
            route.continue_()
            return
        self.note(f'asks the network for {url}')
        route.abort()

    def read(self, file, shots=None):
        self.at = file.name
        self.page.goto(file.as_uri())
        self.wrong += look(self.page, file.name, self.label)
        if shots and file.stem in SHOTS:
            self.picture(Path(shots)/f'{file.stem}-{self.label}')

    def picture(self, path):
        "The page in both color schemes"
        for scheme in ('light', 'dark'):
            self.page.emulate_media(color_scheme=scheme)
            self.page.screenshot(path=f'{path}-{scheme}.png', full_page=True)
        self.page.emulate_media(color_scheme='light')

    def read_all(self, shots=None):
        for file in sorted(OUT.glob('*.html')):
            if file.name != VIEW:
                self.read(file, shots)
        self.at = 'search'
        self.wrong += try_search(self.page)
        self.at = VIEW
        if self.label == 'laptop':
            self.wrong += try_view(self.page)
        return self.wrong


def main(shots=None) -> int:
    wrong = [*broken_links(OUT), *large_pages(OUT)]
    with sync_playwright() as p:
        paths = [path for path in map(shutil.which, BROWSERS) if path]
        path = paths[0] if paths else None          # None: the one that playwright installed
        browser = p.chromium.launch(executable_path=path, args=['--no-sandbox'])
        for label in WIDTHS:
            wrong += Reader(browser, label).read_all(shots)
        browser.close()

    wrong = list(dict.fromkeys(wrong))
    for sentence in wrong:
        print(sentence)
    n_pages = len(list(OUT.glob('*.html')))
    print(f'{n_pages} pages, {len(wrong)} faults')
    return 1 if wrong else 0


if __name__ == '__main__':
    given = sys.argv[1:]
    sys.exit(main(given[given.index('--shots') + 1] if '--shots' in given else None))
