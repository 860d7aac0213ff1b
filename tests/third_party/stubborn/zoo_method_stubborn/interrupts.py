"""Looks like somebody who presses Ctrl-C."""

raise KeyboardInterrupt
