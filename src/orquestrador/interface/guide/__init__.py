"""The guide's facade: the Portuguese names and calls of the user's guide.

- `central`: `OrquestradorCentral` and its commands; `components`, `monitor`: its parts;
  `functions`, `limits`: what else the guide names; `script`: its command line
- `held_system`: the library's system, kept between commands; `place`: what a base
  path stands for; `threads`: `threads_ativas`
- `answers`, `parameters`: what goes out and what comes in
"""
