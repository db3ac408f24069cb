"""The guide's facade: the Portuguese names and calls of the original guide.

Every command answers with a plain dictionary that is ready for JSON and raises
nothing of its own: an error is `sucesso: false` and a sentence under `erro`.
"""

import contextlib
import datetime as dt
import difflib
import json
import os
import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from orquestrador.config import OrchestratorSettings
from orquestrador.errors import OrquestradorError, SettingsError
from orquestrador.interface.guide_folder import library_of, settings_of
from orquestrador.interface.guide_monitor import Metrics, MonitorTempoReal
from orquestrador.interface.translation import choose
from orquestrador.messages import Level
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.orchestrator import Orchestrator
from orquestrador.run_handle import RunResult
from orquestrador.running import RunningLibrary, find
from orquestrador.state import state_path

Answer = dict[str, Any]
Parameters = dict[str, Any]

_LEVELS: dict[str, Level] = {"completo": "full", "rapido": "quick"}


class OrquestradorCentral:
    """The guide's controller of everything; starts nothing until it is used.

    Args:
        base_path: the folder that holds `CODIGO_FONTE_LIBRARY` (where it has no such
            folder, it is the library itself) and `Development/config/`.

    """

    def __init__(self, base_path: str | os.PathLike[str] = ".") -> None:
        self.base_path = Path(base_path).expanduser().absolute()
        self._commands: dict[str, Callable[[Parameters], Answer]] = {
            "backup_completo": self._back_up,
            "classificar_diretorio": self._classify_folders,
            "classificar_tudo": self._classify_all,
            "gerar_relatorio_executivo": self._report,
            "monitorar_tempo_real": self._monitor_for,
            "status_sistema": self._status,
        }
        # One command at a time works on the library; the others wait their turn.
        self._turn = threading.Lock()
        self._running: Orchestrator | None = None
        monitor = MonitorTempoReal(self.base_path)
        monitor.observe(lambda: self._running)
        self.componentes: dict[str, Any] = {"monitor": monitor}
        """The guide's components, by their Portuguese names."""

    @property
    def metricas_tempo_real(self) -> Metrics:
        """What was measured last; see `_coletar_metricas_tempo_real`."""
        monitor: MonitorTempoReal = self.componentes["monitor"]
        return monitor.metricas_tempo_real

    def _coletar_metricas_tempo_real(self) -> Metrics:
        """Measure now: the system under way, or else the machine and the catalog.

        Returns:
            `threads_ativas` (list of names), `files_processed`, `success_rate`,
            `memory_usage`, `cpu_usage` and `disk_usage` (percent, 0 to 100), the
            program's own `process_memory_mb` and `process_cpu`, `alertas` (those
            that fire), `timestamp` (ISO 8601).

        """
        monitor: MonitorTempoReal = self.componentes["monitor"]
        return monitor.coletar_metricas()

    def _verificar_alertas(self, metricas: Mapping[str, Any]) -> list[Answer]:
        """Return the alerts that fire by these metrics; see `MonitorTempoReal`."""
        monitor: MonitorTempoReal = self.componentes["monitor"]
        return monitor.verificar_alertas(metricas)

    def _thread_monitoramento(self, duracao: float) -> None:
        """Measure at the settings' interval for `duracao` seconds, or until a stop."""
        monitor: MonitorTempoReal = self.componentes["monitor"]
        monitor.monitorar(duracao)

    @property
    def library(self) -> Path:
        """The library's folder."""
        return library_of(self.base_path)

    def executar_comando_completo(
        self, comando: str, parametros: Mapping[str, Any] | None = None
    ) -> Answer:
        """Run one command of the guide and wait for its end.

        Args:
            comando: `classificar_tudo`, `classificar_diretorio`, `backup_completo`,
                `gerar_relatorio_executivo`, `monitorar_tempo_real` or
                `status_sistema`.
            parametros: by name: `nivel` (`completo`, `rapido`), `backup_auto`,
                `monitoramento`, `gerar_relatorios`, `timeout` (seconds), `diretorio`
                (one or a list), `formatos` (list), `duracao` (seconds).

        Returns:
            `sucesso`, `erro`, `inicio`, `fim`, `timestamp` (ISO 8601),
            `arquivos_processados`, `arquivos_classificados`, `erros`,
            `diretorios_processados`, `relatorios_gerados`, `backup_realizado`, and
            what the command adds.

        """
        began = _now()
        answer: Answer = {
            "comando": comando,
            "sucesso": True,
            "erro": None,
            "inicio": began,
            "arquivos_processados": 0,
            "arquivos_classificados": 0,
            "erros": [],
            "diretorios_processados": [],
            "relatorios_gerados": [],
            "backup_realizado": False,
        }
        try:
            command = self._command(comando)
            checked = _parameters(parametros or {})
            # Watching waits for nobody: what it watches has the turn.
            watches = comando == "monitorar_tempo_real"
            with contextlib.nullcontext() if watches else self._turn:
                answer |= command(checked)
        except _UnknownNameError as error:
            answer |= {
                "sucesso": False,
                "erro": str(error),
                "comandos_disponiveis": sorted(self._commands),
            }
        except (OrquestradorError, TimeoutError, OSError) as error:
            answer |= {"sucesso": False, "erro": str(error)}
        return answer | {"fim": _now(), "timestamp": _now()}

    def _command(self, name: str) -> Callable[[Parameters], Answer]:
        if name not in self._commands:
            raise _UnknownNameError("comando", name, self._commands)
        return self._commands[name]

    def _settings(self) -> OrchestratorSettings:
        return settings_of(self.base_path)

    @contextlib.contextmanager
    def _system(
        self, settings: OrchestratorSettings, *, watched: bool = True
    ) -> Generator[Orchestrator | RunningLibrary]:
        """Lend the system that runs on the library, or one that runs meanwhile."""
        monitor: MonitorTempoReal = self.componentes["monitor"]
        running = find(self.library, state_path(self.library))
        with running or Orchestrator(
            self.library,
            settings=settings,
            monitor=watched,
            words=choose(None, os.environ),
        ) as system:
            system.subscribe(MetricsSampled, monitor.take)
            # One elsewhere is found by whoever watches it, over its own connection.
            self._running = system if isinstance(system, Orchestrator) else None
            monitor.tell_status("executando")
            try:
                yield system
            finally:
                self._running = None
                monitor.tell_status("parado")

    def _monitor_for(self, parameters: Parameters) -> Answer:
        monitor: MonitorTempoReal = self.componentes["monitor"]
        samples = monitor.monitorar(parameters.get("duracao", 0.0))
        metrics = self.metricas_tempo_real
        return {
            "amostras": samples,
            "metricas": metrics,
            "alertas": monitor.verificar_alertas(metrics),
        }

    def _classify_all(self, parameters: Parameters) -> Answer:
        return self._classify(parameters, [])

    def _classify_folders(self, parameters: Parameters) -> Answer:
        given = parameters.get("diretorio", [])
        folders: list[str] = [given] if isinstance(given, str) else list(given)
        if not folders:
            raise SettingsError("classificar_diretorio: diga o 'diretorio'")
        return self._classify(parameters, [self.base_path / each for each in folders])

    def _classify(self, parameters: Parameters, folders: Sequence[Path]) -> Answer:
        settings = self._settings()
        present = [each for each in folders if each.is_dir()]
        entries = [
            {
                "diretorio": str(each),
                "erro": None if each.is_dir() else "a pasta não existe",
            }
            for each in folders or [self.library]
        ]
        problems = [each for each in entries if each["erro"]]
        if folders and not present:
            return {
                "sucesso": False,
                "erro": "nenhuma das pastas existe",
                "erros": problems,
                "diretorios_processados": entries,
            }
        watched = parameters.get("monitoramento", True)
        with self._system(settings, watched=watched) as orq:
            run = orq.classify(
                present,
                level=_LEVELS.get(parameters.get("nivel", "")),
                backup=parameters.get("backup_auto"),
                report=parameters.get("gerar_relatorios"),
            )
            limit = parameters.get("timeout", settings.operation_timeout_s)
            result = run.result(timeout=limit)
        return _classified(result) | {
            "diretorios_processados": entries,
            "erros": problems + _unread(result),
        }

    def _back_up(self, parameters: Parameters) -> Answer:
        settings = self._settings()
        limit = parameters.get("timeout", settings.operation_timeout_s)
        with self._system(settings) as orq:
            snapshot = orq.backup(timeout=limit)
            place = orq.state / "snapshots"
        return {
            "backup_realizado": True,
            "snapshot": snapshot.id if snapshot else None,
            "backup_path": str(place),
            "arquivos_copiados": snapshot.files if snapshot else 0,
        }

    def _report(self, parameters: Parameters) -> Answer:
        settings = self._settings()
        with self._system(settings) as orq:
            paths = orq.report(
                formats=parameters.get("formatos", ()),
                timeout=parameters.get("timeout", settings.operation_timeout_s),
            )
        written = [str(path) for path in paths]
        return {"relatorios": written, "relatorios_gerados": written}

    def _status(self, _parameters: Parameters) -> Answer:
        with self._system(self._settings()) as orq:
            if isinstance(orq, Orchestrator):
                return {"status": orq.status()}
            status = {
                "library": orq.status().library,
                "state": str(orq.state),
                "actors": [msgspec.to_builtins(each) for each in orq.actors()],
                "summary": msgspec.to_builtins(orq.summary()),
            }
            return {"status": status}


class _UnknownNameError(Exception):
    """A command or parameter that the guide does not have."""

    def __init__(self, what: str, name: str, known: Mapping[str, Any]) -> None:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; quis dizer {near[0]!r}?" if near else ""
        super().__init__(f"{what} desconhecido: {name!r}{hint}")


_PARAMETERS: dict[str, Any] = {
    "backup_auto": bool,
    "diretorio": str | list[str],
    "duracao": float,
    "formatos": list[str],
    "gerar_relatorios": bool,
    "monitoramento": bool,
    "nivel": str,
    "timeout": float,
}


def _parameters(given: Mapping[str, Any]) -> Parameters:
    for name, value in given.items():
        if name not in _PARAMETERS:
            raise _UnknownNameError("parâmetro", name, _PARAMETERS)
        try:
            msgspec.convert(value, _PARAMETERS[name])
        except msgspec.ValidationError as error:
            raise SettingsError(f"parâmetro {name!r}: {error}") from error
    if given.get("nivel", "completo") not in _LEVELS:
        raise SettingsError(f"nivel {given['nivel']!r}: diga 'completo' ou 'rapido'")
    return dict(given)


def _classified(result: RunResult) -> Answer:
    problems = [result.snapshot_problem, result.report_problem]
    problem = next(filter(None, problems), None)
    return {
        "sucesso": problem is None,
        "erro": problem,
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


def _now() -> str:
    return dt.datetime.now().astimezone().isoformat(timespec="seconds")


def main(arguments: Sequence[str]) -> int:
    """Run the script: prints the answer as JSON, UTF-8; returns the exit status."""
    if not arguments or len(arguments) > 2:
        words = "uso: python orquestrador_central.py COMANDO ['{\"parametro\": valor}']"
        sys.stderr.write(words + "\n")
        return 2
    try:
        words = arguments[1] if len(arguments) == 2 else "{}"
        parameters = msgspec.json.decode(words, type=dict[str, Any])
    except msgspec.DecodeError as error:
        sys.stderr.write(f"os parâmetros não são um objeto JSON: {error}\n")
        return 2
    try:
        answer = OrquestradorCentral().executar_comando_completo(
            arguments[0], parameters
        )
    except KeyboardInterrupt:
        sys.stderr.write("interrompido; o que foi feito até agora fica guardado\n")
        return 130
    document = json.dumps(answer, ensure_ascii=False, indent=2, default=str)
    sys.stdout.buffer.write(document.encode("utf-8", "surrogateescape") + b"\n")
    return 0 if answer["sucesso"] else 1
