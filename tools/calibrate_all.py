"""Measure models whose answers are known with `decompose`, each kind into a CSV that grows.

`python tools/calibrate_all.py measure RUNS LABEL [KIND ...]` writes RUNS/LABEL-KIND.csv, a model at
a time, and goes on where it was. Kinds: trained-small, trained-large; trained-flow, six cells whose
local flow is held against a longer search; small, large, modes; fifth, every fifth of small. What
is true of trained cells is worked out once, and kept in RUNS/truths; `... keep RUNS` joins it to
nbs/results/calibration/trained/truths.safetensors, and copies the tables to
nbs/results/calibration/compared; those `after`, of the whole panels, are the book's own and go to
nbs/results/calibration, as `calibrate` would write them."""
import shutil
import sys
import time
from pathlib import Path

import torch

from infsubopt.calibration import calibrate, panel, stream_of
from infsubopt.files import load_tensors, save_tensors
from infsubopt.ladder import fit_local
from infsubopt.quadrature import grid_posterior
from infsubopt.search import SearchSettings
from infsubopt.trained import Seen, cell_file, known_cells, large_cells, small_cells
from infsubopt.truths import GRID

RESULTS = Path(__file__).resolve().parent.parent/'nbs'/'results'/'calibration'
KEPT = RESULTS/'trained'
ASKED = {
    'trained-small': dict(images=30, bracket=False, families=('ffg',)),
    'trained-flow': dict(images=20, bracket=False),
    'trained-large': dict(images=20, bracket=False, families=('ffg',)),
    'fifth': dict(bracket=False),
}
JUDGE = SearchSettings(tol_image=0.01, tol_mean=0.002, rounds=9)


def flow_cells():
    "Six of the small ones"
    return small_cells()[::7]


CELLS = {
    'trained-small': small_cells,
    'trained-flow': flow_cells,
    'trained-large': large_cells,
}
PANELS = ('small', 'large', 'modes')
KINDS = (*CELLS, 'fifth', *PANELS)


class Judged(Seen):
    "A cell whose best flow nobody knows: a search of many more rounds says where it is at least"

    def truth(self, x):
        known = self.remembered(x)
        if known is not None:
            return known
        found = fit_local(self.model, x, families=('flow',), settings=JUDGE, seed=1, progress=False)
        bound = found['flow'].bound
        doubt = 2*(bound.se**2).sum().sqrt()/len(x)
        grid = grid_posterior(self.model, x, **GRID[self.latent_dim])
        return dict(
            elbo_star_flow=bound.value,
            elbo_star_flow_low=bound.value - doubt,
            elbo_star_flow_high=grid.log_px + grid.error,
        )


def with_truth(model, runs, images):
    "The model, with its truths at hand: read, or worked out and written"
    folder = 'flows' if isinstance(model, Judged) else 'truths'
    file = runs/folder/cell_file(model.model.cell)
    if not file.exists():
        begun = time.time()
        _, x = model.sample(images, stream_of(model, 0))
        kept = dict(x=x.half(), **model.truth(x))
        file.parent.mkdir(parents=True, exist_ok=True)
        seconds = time.time() - begun
        save_tensors(file, kept, dict(seconds=seconds, torch=torch.__version__))
        print(f'{model.name}: truth in {seconds:.0f} s', flush=True)
    model.stored, _ = load_tensors(file)
    return model


def cells_of(kind, folder):
    "The trained cells of a kind that are there"
    cells = [cell for cell in CELLS[kind]() if (folder/cell_file(cell)).exists()]
    known = known_cells(folder, cells)
    return [Judged(model.model) for model in known] if kind == 'trained-flow' else known


def exact_models(kind):
    "The models of a panel whose answers are formulas"
    return panel('small')[::5] if kind == 'fifth' else panel(kind)


def measure(runs, label, *kinds):
    for kind in kinds or KINDS:
        asked = ASKED.get(kind, {})
        models = cells_of(kind, KEPT) if kind in CELLS else exact_models(kind)
        for model in models:
            if kind in CELLS:
                with_truth(model, runs, asked['images'])
            begun = time.time()
            calibrate([model], out=runs/f'{label}-{kind}.csv', progress=False, **asked)
            print(f'{label} {model.name}: {time.time() - begun:.0f} s', flush=True)


def keep(runs):
    "All truths in one file, by the names of the cells; and the tables"
    joined = {}
    for kind in ('trained-small', 'trained-large'):
        for model in cells_of(kind, KEPT):
            file = runs/'truths'/cell_file(model.model.cell)
            if file.exists():
                tensors, _ = load_tensors(file)
                joined |= {f'{model.name}/{name}': t for name, t in tensors.items()}
    save_tensors(KEPT/'truths.safetensors', joined, dict(torch=torch.__version__))
    (RESULTS/'compared').mkdir(exist_ok=True)
    for table in [*runs.glob('before-*.csv'), *runs.glob('after-*.csv')]:
        side, _, kind = table.stem.partition('-')
        if side == 'after' and kind in PANELS:
            shutil.copy(table, RESULTS/f'{kind}-default.csv')
        else:
            shutil.copy(table, RESULTS/'compared'/table.name)


def main():
    torch.set_num_threads(1)
    action, runs, *rest = sys.argv[1:]
    dict(measure=measure, keep=keep)[action](Path(runs), *rest)


if __name__ == '__main__':
    main()
