"""A music server in the style of Mopidy: `music.py pykka|ours` prints what happened.

Actors behind proxies, controllers reached through traversable attributes, `.get()`
inside handlers, events broadcast to whoever listens.
"""

# The actor class is chosen at run time.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUntypedBaseClass=false, reportUnknownArgumentType=false
# pyright: reportGeneralTypeIssues=false, reportUnknownParameterType=false

import sys
from typing import Any

import pykka

from orquestrador.supervisor import Actor

ActorClass: Any = {"pykka": pykka.ThreadingActor, "ours": Actor}[sys.argv[1]]


class Library:
    """What a backend can play; lives inside its actor."""

    def __init__(self, tracks: dict[str, str]) -> None:
        self.tracks = pykka.traversable(Tracks(tracks))

    def search(self, word: str) -> list[str]:
        return sorted(uri for uri, title in self.tracks.titles.items() if word in title)


class Tracks:
    """Two steps away from the actor."""

    def __init__(self, titles: dict[str, str]) -> None:
        self.titles = titles

    def title(self, uri: str) -> str:
        return self.titles[uri]


class Backend(ActorClass):
    """A source of music."""

    def __init__(self, scheme: str, tracks: dict[str, str]) -> None:
        super().__init__()
        self.scheme = scheme
        self.library = pykka.traversable(Library(tracks))


class Mixer(ActorClass):
    """Has a volume, and tells who listens when it changes."""

    def __init__(self) -> None:
        super().__init__()
        self.volume = 50

    def set_volume(self, volume: int) -> bool:
        if not 0 <= volume <= 100:
            raise ValueError(f"volume {volume}")
        self.volume = volume
        pykka.ActorRegistry.broadcast(
            {"event": "volume_changed", "volume": volume}, target_class=Frontend
        )
        return True


class Playlist:
    """The core's list of what is to be played."""

    def __init__(self, backends: list[Any]) -> None:
        self._backends = backends
        self.uris: list[str] = []

    def add_all(self, word: str) -> int:
        # Every backend is asked first, and waited for afterwards.
        found = [backend.library.search(word) for backend in self._backends]
        self.uris += [uri for uris in pykka.get_all(found) for uri in uris]
        return len(self.uris)

    def titles(self) -> list[str]:
        by_scheme = {each.scheme.get(): each for each in self._backends}
        return [
            by_scheme[uri.split(":")[0]].library.tracks.title(uri).get()
            for uri in self.uris
        ]


class Core(ActorClass):
    """Knows the backends and the mixer by their proxies, and waits for them."""

    def __init__(self, mixer: Any, backends: list[Any]) -> None:
        super().__init__()
        self._mixer = mixer
        self._later = self.actor_ref.proxy()
        self.playlist = pykka.traversable(Playlist(backends))
        self.log: list[str] = []

    def louder(self, steps: int) -> int:
        if steps:
            self._mixer.set_volume(self._mixer.volume.get() + 10).get()
            # The rest of it comes back as a message to itself.
            self._later.louder(steps - 1)
        volume: int = self._mixer.volume.get()
        self.log.append(f"volume {volume}")
        return volume

    def too_loud(self) -> str:
        try:
            self._mixer.set_volume(1000).get()
        except ValueError as error:
            return f"refused: {error}"
        return "set"


class Frontend(ActorClass):
    """Talks to the core only, and hears what is broadcast."""

    def __init__(self, core: Any) -> None:
        super().__init__()
        self._core = core
        self.heard: list[Any] = []

    def on_start(self) -> None:
        self.heard.append(self._core.playlist.add_all("o").get())

    def on_receive(self, message: Any) -> Any:
        self.heard.append(message)

    def show(self) -> list[str]:
        titles: list[str] = self._core.playlist.titles().get()
        return titles


def main() -> None:
    mixer = Mixer.start().proxy()
    backends = [
        Backend.start("file", {"file:1": "So What", "file:2": "Blue"}).proxy(),
        Backend.start("radio", {"radio:1": "One O'Clock Jump"}).proxy(),
    ]
    core = Core.start(mixer, backends).proxy()
    frontend = Frontend.start(core).proxy()
    print("titles", frontend.show().get(timeout=5.0))  # noqa: T201 -- what happened
    print("louder", core.louder(2).get(timeout=5.0))  # noqa: T201
    while core.log.get(timeout=5.0)[-1:] != ["volume 70"] or len(core.log.get()) < 3:
        pass
    print("log", core.log.get())  # noqa: T201
    print("refused", core.too_loud().get(timeout=5.0))  # noqa: T201
    print("heard", frontend.heard.get(timeout=5.0))  # noqa: T201
    try:
        mixer.set_volume(-1).get(timeout=5.0)
    except ValueError as error:
        print("error", error)  # noqa: T201
    core.playlist.uris = ["file:2"]
    print("set", frontend.show().get(timeout=5.0))  # noqa: T201
    mixer.stop().get(timeout=5.0)
    mixer.actor_ref.actor_stopped.wait(5.0)
    try:
        core.louder(1).get(timeout=5.0)
    except pykka.ActorDeadError as error:
        print("dead", str(error).startswith("Mixer (urn:uuid:"))  # noqa: T201
    print("stopped", pykka.ActorRegistry.stop_all(timeout=5.0))  # noqa: T201


if __name__ == "__main__":
    main()
