"""The seed of all that tests do at random, apart from Hypothesis, which has its own: OPENITEMS_TEST_SEED changes it."""

import os

VARIABLE = "OPENITEMS_TEST_SEED"
SEED = int(os.environ.get(VARIABLE) or 20_261_122)
