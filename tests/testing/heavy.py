"""A backend whose registration costs: importing its module brings a compiled library."""

import numpy as np

from pytest_ipfs_bench.testing.virtual import VirtualBackend


class Importing(VirtualBackend):
    numbers = np.zeros(1)
