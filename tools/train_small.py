"""Train the small VAEs of the calibration on scikit-learn's digits, and keep their weights.

`python tools/train_small.py train RUNS` trains one after the other, one thread, and goes on where
it was (`train RUNS small` or `large`: some of them); `... check RUNS` trains some again for twice
as long, and says what that gains; `... keep RUNS` writes the weights, rounded to float16, to
nbs/results/calibration/trained."""
import json
import math
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch

from infsubopt.bounds import elbo
from infsubopt.data import load_data
from infsubopt.files import load_tensors, save_tensors, write_text
from infsubopt.noise import seeded
from infsubopt.trained import SmallVAE, cell_file, large_cells, small_cells
from infsubopt.training import TrainSettings, annealed

KEPT = Path(__file__).resolve().parent.parent/'nbs'/'results'/'calibration'/'trained'
EPOCHS = 250
RATE = 2e-3
SAMPLES = dict(elbo=1, iw=20)
MODES = dict(bernoulli='static', gaussian='soft')


def every_cell():
    "The small ones first"
    return small_cells() + large_cells()


def objective(model, x, cell, weights):
    "What a step raises: the mean of log w, or of the log of the mean of w; annealed"
    n = SAMPLES[cell.objective]
    z, log_q = model.posterior(x).rsample_and_log_prob(n)
    log_lik = model.log_likelihood(x, z)
    log_w = annealed(log_lik, model.log_prior(z), log_q, **weights)
    return (log_w.logsumexp(0) - math.log(n)).mean()


def one_epoch(model, adam, x, cell, epoch, plan):
    "The mean of the objective over an epoch, nats"
    total = 0.
    with seeded(plan.seed, 'train', epoch):
        batches = torch.randperm(len(x)).split(plan.batch)
        for i, batch in enumerate(batches):
            t = (epoch + i/len(batches))/plan.epochs
            adam.param_groups[0]['lr'] = plan.rate(t)
            value = objective(model, x[batch], cell, plan.weights(t))
            adam.zero_grad()
            (-value).backward()
            adam.step()
            total += value.item()*len(batch)
    return total/len(x)


def train_one(cell, epochs=EPOCHS):
    "The trained model and its history: the objective of every epoch, nats"
    anneal = 'entropy' if cell.anneal else None
    plan = TrainSettings(epochs, lr=RATE, anneal=anneal, samples=SAMPLES[cell.objective])
    x, _ = load_data('digits', 'train', MODES[cell.likelihood])
    model = SmallVAE(cell)
    adam = torch.optim.Adam(model.parameters(), lr=RATE, eps=1e-4)
    history = []
    for epoch in range(epochs):
        history.append(one_epoch(model, adam, x, cell, epoch, plan))
        if not math.isfinite(history[-1]):
            raise FloatingPointError(f'{cell.name}: {history[-1]} in epoch {epoch + 1}')
    return model.eval(), history, plan


def bounds_of(model, cell):
    "L[q] on the first 297 training images and on the 297 test images, nats"
    means = {}
    for split in ('train', 'test'):
        x, _ = load_data('digits', split, MODES[cell.likelihood])
        means[split] = elbo(model, x[:297], n=200, progress=False).mean().item()
    return means


def train_all(runs, kind=None):
    for cell in dict(small=small_cells, large=large_cells).get(kind, every_cell)():
        file = runs/cell_file(cell)
        if file.exists():
            continue
        begun = time.time()
        model, history, plan = train_one(cell)
        bounds = bounds_of(model, cell)
        seconds = time.time() - begun
        about = dict(cell=asdict(cell), settings=asdict(plan), history=history)
        about |= dict(bounds=bounds, seconds=seconds, torch=torch.__version__)
        save_tensors(file, model.state_dict(), about)
        late = [round(history[k], 3) for k in (149, 199, 249)]
        print(cell.name, f'{seconds:.0f} s', late, bounds, flush=True)


def check(runs):
    "Every eighth cell again, for twice as long"
    for cell in every_cell()[::8]:
        file = (runs/cell_file(cell)).with_suffix('.json')
        if file.exists():
            continue
        _, meta = load_tensors(file.with_suffix('.safetensors'))
        model, history, _ = train_one(cell, 2*EPOCHS)
        found = dict(once=meta['history'][-1], twice=history[-1])
        found |= dict(bounds_once=meta['bounds'], bounds_twice=bounds_of(model, cell))
        write_text(file, json.dumps(found))
        print(cell.name, found, flush=True)


def keep(runs):
    "Rounded to float16: these weights are the model"
    KEPT.mkdir(parents=True, exist_ok=True)
    for cell in every_cell():
        file = runs/cell_file(cell)
        if file.exists():
            tensors, meta = load_tensors(file)
            half = {name: t.half() for name, t in tensors.items()}
            assert all(t.isfinite().all() for t in half.values()), cell.name
            meta['history'] = [round(value, 3) for value in meta['history'][24::25]]
            save_tensors(KEPT/file.name, half, meta)
    longer = {f.stem: json.loads(f.read_text()) for f in sorted(runs.glob('d*.json'))}
    if longer:
        write_text(KEPT/'longer.json', json.dumps(longer, indent=1))


def main():
    torch.set_num_threads(1)
    action, runs, *rest = sys.argv[1:]
    folder = Path(runs)
    folder.mkdir(parents=True, exist_ok=True)
    dict(train=train_all, check=check, keep=keep)[action](folder, *rest)


if __name__ == '__main__':
    main()
