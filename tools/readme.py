"Make README.md from nbs/index.ipynb without Quarto: `python tools/readme.py`; with `--check`, fail when the two differ."
import json, re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

def render():
    parts = ['<!-- Made from nbs/index.ipynb by tools/readme.py. Edit the notebook, not this file. -->']
    for c in json.loads((ROOT/'nbs/index.ipynb').read_text())['cells']:
        src = ''.join(c['source']).strip()
        if not src or re.search(r'^#\|\s*hide\s*$', src, flags=re.M): continue
        if c['cell_type']=='markdown':
            src = re.sub(r'\]\((?!https?:|#)([\w/.-]+\.(?:ipynb|png|svg))', r'](nbs/\1', src)
            parts.append(re.sub(r'^(#.*?)\s*\{.*\}$', r'\1', src, flags=re.M))
            continue
        code = re.sub(r'^#\|.*\n?', '', src, flags=re.M).strip()
        if not re.search(r'^#\|\s*echo:\s*false', src, flags=re.M): parts.append(f'```python\n{code}\n```')
        for o in c['outputs']:
            data = o.get('data', {})
            text = ''.join(data.get('text/markdown', []))
            if text: parts.append(text.strip()); continue
            text = ''.join(o.get('text') or data.get('text/plain', []))
            if text and 'image/png' not in data: parts.append('```text\n' + text.strip('\n') + '\n```')
    return '\n\n'.join(parts) + '\n'

if __name__=='__main__':
    out,text = ROOT/'README.md',render()
    if '--check' in sys.argv: sys.exit(0 if out.exists() and out.read_text()==text else 'README.md differs from nbs/index.ipynb: run python tools/readme.py')
    out.write_text(text)
