"""What a browser, or Prometheus, on this computer sees of a running system.

- `server`: the open server, with its thread; `guarded`: connections that may not wait
- `access`: who is let in
- `application`: what is at which address; `figures`: where its numbers come from

It speaks the same messages as every other way in. Loaded with the first page that is
served: nothing else needs its libraries.
"""
