"""Needs a package that nobody has, and asks for it at once."""

import package_nobody_has.part  # noqa: F401
