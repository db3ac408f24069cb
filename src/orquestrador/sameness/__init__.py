"""Sameness: how much two sources have in common, which are copies, which one is best.

`likeness` compares sketches, `grouping` makes groups of what is alike, `merits` says
which file of a group is the best, and why. docs/sameness.md is the rule for people.
"""
