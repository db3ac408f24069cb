"""The guide's components: each works alone, or as a part of `OrquestradorCentral`."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from orquestrador.errors import OperationTimeoutError
from orquestrador.interface.guide.answers import (
    Answer,
    answer_to,
    failure,
    timed_out,
)
from orquestrador.interface.guide.parameters import (
    LEVELS,
    ParameterError,
    Parameters,
)
from orquestrador.interface.guide.place import Place, Progressed
from orquestrador.library_system import LibrarySystem
from orquestrador.run_handle import RunHandle, RunResult

Given = Mapping[str, Any] | None


class Component:
    """One of the guide's components; starts nothing until it is used.

    Those of one library share its system, in which each has an actor of its own.

    Args:
        base_path: the guide's folder; see `OrquestradorCentral`.

    """

    actor: ClassVar[str]

    def __init__(self, base_path: str | os.PathLike[str] | Place = ".") -> None:
        self._place = Place.of(base_path)
        self.base_path = self._place.base_path
        self.ultimo_resultado: Answer | None = None
        """The newest answer to a command of this component."""

    @property
    def status(self) -> str:
        """How it is: `ativo`, `reiniciando`, `inativo` or `erro`."""
        return self._place.status_of(self.actor)

    def _keep(self, answer: Answer) -> Answer:
        self.ultimo_resultado = answer
        return answer


class ClassificadorLoteAvancado(Component):
    """Classifies the library, or folders of it."""

    actor = "classifier"

    def set_progress_callback(self, callback: Callable[[str, float], object]) -> None:
        """Call `callback(mensagem, percentual)` as a run goes on; 0 to 100."""
        self._place.events.subscribe(
            Progressed, lambda event: callback(event.words, event.percent)
        )

    def classificar_tudo(self, parametros: Given = None) -> Answer:
        """Classify the whole library; see `executar_comando_completo`."""
        return answer_to("classificar_tudo", parametros, self.do_all)

    def classificar_diretorio(
        self, diretorio: str | Sequence[str], parametros: Given = None
    ) -> Answer:
        """Classify one folder or several; see `executar_comando_completo`."""
        folders = diretorio if isinstance(diretorio, str) else list(diretorio)
        given = dict(parametros or {}) | {"diretorio": folders}
        return answer_to("classificar_diretorio", given, self.do_folders)

    def do_all(self, parameters: Parameters) -> Answer:
        """Do it, with checked parameters; returns what that adds to the answer."""
        return self._keep(self._classify(parameters, []))

    def do_folders(self, parameters: Parameters) -> Answer:
        """Likewise, for the folders in the parameters."""
        given = parameters.get("diretorio", [])
        names: list[str] = [given] if isinstance(given, str) else list(given)
        if not names:
            raise ParameterError("classificar_diretorio: diga o 'diretorio'")
        with self._place.held.threads.at_work(
            *(f"classificador:{each}" for each in names)
        ):
            return self._keep(self._classify(parameters, names))

    def _classify(self, parameters: Parameters, names: Sequence[str]) -> Answer:
        folders = [_folder(self._place, each) for each in names]
        entries = [_entry(each) for each in folders or [self._place.library]]
        problems = [each for each in entries if each["erro"]]
        listed: Answer = {"diretorios_processados": entries, "erros": problems}
        present = [each for each in folders if each.is_dir()]
        if len(problems) == len(entries):
            return listed | failure("; ".join(map(_sentence, problems)))
        limit = self._place.limit(parameters)
        begun: list[RunHandle] = []

        def work(system: LibrarySystem) -> RunResult:
            begun.append(
                system.classify(
                    present,
                    level=LEVELS.get(parameters.get("nivel", "")),
                    backup=parameters.get("backup_auto"),
                    report=parameters.get("gerar_relatorios"),
                )
            )
            return begun[-1].result(timeout=limit.left())

        try:
            result = self._place.do(
                work, limit, watched=parameters.get("monitoramento", True)
            )
        except OperationTimeoutError as error:
            return listed | _so_far(begun) | failure(timed_out(error))
        return listed | _classified(result) | {"erros": problems + _unread(result)}


class GeradorRelatoriosAvancados(Component):
    """Writes reports from the catalog."""

    actor = "report"

    def gerar_relatorio_executivo(self, parametros: Given = None) -> Answer:
        """Write reports; see `OrquestradorCentral.executar_comando_completo`."""
        return answer_to("gerar_relatorio_executivo", parametros, self.do_report)

    def do_report(self, parameters: Parameters) -> Answer:
        """Do it, with checked parameters; returns what that adds to the answer."""
        limit = self._place.limit(parameters)
        paths = self._place.do(
            lambda system: system.report(
                formats=parameters.get("formatos", ()), timeout=limit.left()
            ),
            limit,
        )
        written = [str(path) for path in paths]
        return self._keep({"relatorios": written, "relatorios_gerados": written})


class AutoBackupIntegration(Component):
    """Takes snapshots of the library."""

    actor = "backup"

    def backup_completo(self, parametros: Given = None) -> Answer:
        """Take a snapshot; see `OrquestradorCentral.executar_comando_completo`."""
        return answer_to("backup_completo", parametros, self.do_backup)

    def do_backup(self, parameters: Parameters) -> Answer:
        """Do it, with checked parameters; returns what that adds to the answer."""
        limit = self._place.limit(parameters)
        snapshot = self._place.do(
            lambda system: system.backup(timeout=limit.left()), limit
        )
        return self._keep(
            {
                "backup_realizado": True,
                "snapshot": snapshot.id if snapshot else None,
                "backup_path": str(self._place.held.state / "snapshots"),
                "arquivos_copiados": snapshot.files if snapshot else 0,
            }
        )


def _folder(place: Place, name: str) -> Path:
    return Path(os.path.normpath(place.base_path / Path(name).expanduser()))


def _entry(folder: Path) -> Answer:
    missing = None if folder.is_dir() else "a pasta não existe"
    return {"diretorio": str(folder), "erro": missing}


def _sentence(entry: Answer) -> str:
    return f"{entry['diretorio']}: {entry['erro']}"


def _so_far(begun: Sequence[RunHandle]) -> Answer:
    progress = begun[-1].progress if begun else None
    if progress is None:
        return {}
    return {
        "arquivos_processados": progress.settled,
        "arquivos_classificados": max(0, progress.settled - progress.problems),
    }


def _classified(result: RunResult) -> Answer:
    problems = [
        f"{part}: {problem}"
        for part, problem in (
            ("backup", result.snapshot_problem),
            ("relatórios", result.report_problem),
        )
        if problem
    ]
    return {
        "sucesso": not problems,
        "erro": "; ".join(problems) or None,
        "arquivos_processados": result.files,
        "arquivos_classificados": result.files - result.problems,
        "relatorios_gerados": list(result.reports),
        "backup_realizado": result.snapshot_problem is None
        and result.snapshot is not None,
        "duracao_segundos": round(result.duration_s, 3),
    }


def _unread(result: RunResult) -> list[Answer]:
    return [
        {"motivo": each.code, "arquivos": each.files} for each in result.summary.unread
    ]
