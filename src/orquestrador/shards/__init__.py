"""Large inputs in shards: a line of a manifest in, one part of the output out.

Plain functions without threads; `orquestrador.actors` has who drives them.
"""
