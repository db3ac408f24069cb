"""The interactive control of a running system: `orquestrador repl`.

To read it from the outside in: `loop` (reads a line, does it, goes on), `console`
(where lines come from: a terminal with completion and history, or plain lines),
`line` (a line to words, and `_` to what was found), `actors` and `results` (what only
the REPL can do), `completion`, `news` (events while one types), `python_mode`.
"""
