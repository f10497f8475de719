"""Hold the searches of `decompose` against much longer ones, on the Fashion-MNIST cells.

`python tools/long_runs.py short RUNS DATA` measures 100 test images of every cell with the FFG, at
three seeds; `... long RUNS DATA` searches the same images ten times with four times the samples and
a fifth of the tolerance. `... short-flow` and `... long-flow` do the same for 20 images and the
flow, once and three times, whose long searches have a doubling more and a tolerance that they do
not reach. Names of cells after DATA ask for these alone. Every search is a file in RUNS, and none
is made twice. All that was found for an image is compared on the same samples, as the best of ten
noisy numbers says more about the noise. `... keep RUNS` writes what they say of each other to
nbs/results/calibration/long_runs.csv."""
import sys
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pandas as pd
import torch

from infsubopt import gaps
from infsubopt.bounds import log_weights
from infsubopt.cells import SIZES, make_cell
from infsubopt.data import load_data
from infsubopt.files import load_state, load_tensors, save_tensors, write_text
from infsubopt.ladder import fit_local
from infsubopt.problem import Problem
from infsubopt.search import SearchSettings

gaps_find = gaps.find
RESULTS = Path(__file__).resolve().parent.parent/'nbs'/'results'
CELLS = ('Regular FFG', 'Regular Flow', 'No Anneal FFG', 'No Anneal Flow')
IMAGES = dict(ffg=100, flow=20)
SEEDS = dict(short=range(3), long=range(100, 110))
FLOW_SEEDS = dict(short=range(1), long=range(100, 103))
LONG = dict(
    ffg=SearchSettings(samples=128, tol_image=0.01, tol_mean=0.002),
    flow=SearchSettings(tol_image=0.001, tol_mean=1e-4, rounds=dict(full_rank=7, flow=8)),
)


def name_of(cell):
    return f"fashion-{cell.replace(' ', '_').lower()}-300"


def load_cell(cell):
    "The cell as it was trained, its weights rounded to float16"
    path = RESULTS/'trainings'/f'{name_of(cell)}.safetensors'
    tensors, _ = load_tensors(path)
    model = make_cell(cell, (28, 28), SIZES['fashion'], 0)
    load_state(model, {k.removeprefix('model.'): t.float() for k, t in tensors.items()}, path)
    return model.eval()


def short_search(model, x, family, seed):
    "What `decompose` finds, q* with it, and which images its flags name"
    caught = []

    def find(*args):
        found = gaps_find(*args)
        caught.append(found.best[family].q)
        return found
    with mock.patch('infsubopt.gaps.find', find):       # a report does not keep q*
        report = gaps.decompose(model, x, families=(family,), seed=seed, progress=False)
    flagged = torch.zeros(len(x), dtype=torch.bool)
    for flag in report.flags.values():
        flagged[flag.images] = True
    high = report.summary().loc[f'elbo_star_{family}', 'high']
    about = dict(flags='; '.join(report.flags), high=float(high))
    q = type(caught[0]).joined(caught)
    return replace(report.best[family], q=q), dict(flagged=flagged), about


def long_search(model, x, family, seed):
    settings = LONG[family]
    found = fit_local(model, x, families=(family,), settings=settings, seed=seed, progress=False)
    return found[family], {}, {}


@torch.no_grad()
def on_common_samples(model, x, q, n=4096):
    "L[q] from samples that every q of these images shares, (N,), nats"
    return log_weights(Problem.of(model, x), q, n, 'judge').mean(0)


def search(kind, runs, data, *cells):
    length, _, family = kind.partition('-')
    family = family or 'ffg'
    seeds = FLOW_SEEDS if family == 'flow' else SEEDS
    find = dict(short=short_search, long=long_search)[length]
    x, _ = load_data('fashion', 'test', 'threshold', data)
    for seed in seeds[length]:
        for cell in cells or CELLS:
            file = runs/f'{name_of(cell)}-{family}-{length}-{seed}.safetensors'
            if file.exists():
                continue
            begun = time.time()
            model = load_cell(cell)
            some = x[:IMAGES[family]]
            best, more, about = find(model, some, family, seed)
            reported = best.bound.value
            value = on_common_samples(model, some, best.q)
            off = (value - reported).mean().abs().item()
            assert off < 0.1, f'the mean moved by {off} nats on other samples'
            tensors = dict(value=value, reported=reported, converged=best.converged)
            about |= dict(seconds=time.time() - begun, evaluations=best.evaluations.mean().item())
            save_tensors(file, tensors | more, about)
            print(file.stem, about, value.mean().item(), reported.mean().item(), flush=True)


def stacked(runs, cell, family, length):
    "All searches of a kind, by what they say: (searches, N) each; and what is known about each"
    files = sorted(runs.glob(f'{name_of(cell)}-{family}-{length}-*.safetensors'))
    loaded = [load_tensors(file) for file in files]
    names = loaded[0][0] if loaded else ()
    return {k: torch.stack([t[k] for t, _ in loaded]) for k in names}, [meta for _, meta in loaded]


def compared(runs, cell, family):
    "A line for each short search"
    short, about = stacked(runs, cell, family, 'short')
    long, more = stacked(runs, cell, family, 'long')
    if not about or not more:
        return
    best = long['value'].amax(0)
    for k, meta in enumerate(about):
        lower = best - short['value'][k]
        silent = lower[~short['flagged'][k]]
        yield dict(
            cell=cell,
            family=family,
            images=len(best),
            seed=k,
            long_runs=len(more),
            elbo_star=short['reported'][k].mean().item(),
            high=meta['high'],
            more=(long['value'].mean(1).max() - short['value'][k].mean()).item(),
            best=best.mean().item(),
            short=(lower > 0.25).sum().item(),
            short_unflagged=(silent > 0.25).sum().item(),
            farthest=lower.max().item(),
            farthest_unflagged=silent.max().item() if len(silent) else 0.,
            flagged=short['flagged'][k].sum().item(),
            flags=meta['flags'],
            evaluations=meta['evaluations'],
            evaluations_long=sum(m['evaluations'] for m in more)/len(more),
        )


def keep(runs):
    lines = [line for cell in CELLS for family in IMAGES for line in compared(runs, cell, family)]
    table = pd.DataFrame(lines)
    write_text(RESULTS/'calibration'/'long_runs.csv', table.to_csv(index=False))
    print(table.to_string())


def main():
    torch.set_num_threads(1)
    kind, runs, *rest = sys.argv[1:]
    folder = Path(runs)
    folder.mkdir(parents=True, exist_ok=True)
    if kind == 'keep':
        keep(folder)
    else:
        search(kind, folder, *rest)


if __name__ == '__main__':
    main()
