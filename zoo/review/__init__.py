"""What a reviewer asks of a method, as rules that a command checks: the quality ladder.

A rule belongs to a rung. *Bronze*: it runs, explains itself and can be made again, which a pull request needs.
*Silver*: its evidence is fair and up to date, and its mathematics is tested. *Gold*: it is measured beside others. A
method stands on the highest rung whose rules, and all below, find nothing. ``zoo check --write`` stores the outcome
beside the card.
"""

from zoo.review.ladder import RUNGS, Finding, Rule, Subject, read, review, rules, step, write

__all__ = ["RUNGS", "Finding", "Rule", "Subject", "read", "review", "rules", "step", "write"]
