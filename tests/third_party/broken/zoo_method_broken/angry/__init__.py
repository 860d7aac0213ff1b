"""A package that leaves the process before its entry module is found."""

import sys

sys.exit(4)
