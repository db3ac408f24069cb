"""What programs, and the page, ask of a running system over HTTP: `/api/v1`.

- `endpoint`: one address: what goes in, what comes out, what answers it
- `library`: the same messages as every other way in, from the page's own thread
- `files`, `kept`, `running`, `orders`, `tending`: the addresses
- `events`: what happens, as it happens (server-sent events)
- `log_tails`: the last lines of the log, read once
- `document`: the OpenAPI document, made from the endpoints' types
- `routes`: requests to endpoints
"""
