"""Organizing a library: names and folders by a convention, a plan, its way and back.

A plan changes nothing. What carries it out notes each move before it is made, never
replaces a file, and can be continued or taken back after a crash at any moment.
"""
