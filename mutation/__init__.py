"""Mutation testing; see docs/mutants.md."""

import os

# Importing hypothesis would import zcpolicy before there is a mutant.
os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"
