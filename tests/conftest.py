"""One thread, as small problems are fastest; libraries are loaded before anything is timed."""

import pytest
import torch

from infsubopt import load_data
from tests.calls import report

torch.set_num_threads(1)


@pytest.fixture(scope='session', autouse=True)
def warm():
    "What is imported when it is first used"
    load_data('digits')
    report().summary()
