"""How good is the inference in my VAE, and what should I change?

What most users need is here, and resolved when it is first used, so that `import infsubopt` costs
nothing: `from infsubopt import VAE, decompose, load_data, train`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

WHERE = dict(
    Bernoulli='likelihoods',
    GapReport='gaps',
    Gaussian='likelihoods',
    Problem='problem',
    SearchSettings='rows',
    VAE='vae',
    calibrate='calibration',
    check_loss='loss',
    decompose='gaps',
    elbo='bounds',
    fit_local='ladder',
    from_encoder_decoder='vae',
    iwae='bounds',
    load_data='data',
    log_px='evidence',
    posterior_collapse='collapse',
    train='training',
)

__all__ = [
    'Bernoulli',
    'GapReport',
    'Gaussian',
    'Problem',
    'SearchSettings',
    'VAE',
    'calibrate',
    'check_loss',
    'decompose',
    'elbo',
    'fit_local',
    'from_encoder_decoder',
    'iwae',
    'load_data',
    'log_px',
    'posterior_collapse',
    'train',
]

if TYPE_CHECKING:
    from .bounds import elbo, iwae
    from .calibration import calibrate
    from .collapse import posterior_collapse
    from .data import load_data
    from .evidence import log_px
    from .gaps import GapReport, decompose
    from .ladder import fit_local
    from .likelihoods import Bernoulli, Gaussian
    from .loss import check_loss
    from .problem import Problem
    from .rows import SearchSettings
    from .training import train
    from .vae import VAE, from_encoder_decoder


def __getattr__(name: str) -> Any:
    if name not in WHERE:
        raise AttributeError(f"infsubopt has no {name!r}; it offers {', '.join(sorted(WHERE))}")
    return getattr(import_module(f'.{WHERE[name]}', __name__), name)


def __dir__() -> list:
    return sorted([*globals(), *WHERE])
