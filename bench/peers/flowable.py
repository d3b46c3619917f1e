"""The same lives in Flowable, a workflow engine, on the same PostgreSQL.

It is called in its own process, without HTTP, and one database holds everything.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg.conninfo import conninfo_to_dict

from bench.history import percentiles
from bench.load import filled
from bench.peers.life import instant
from bench.peers.limits import database
from deploy.kafka import kafka
from services.catalog.loader import load_catalogue
from shared.events.credentials import CredentialFaceMade
from shared.runtime.settings import Settings
from tests import controls
from tests.acceptance.city import FILING, GRAIN

HERE = Path(__file__).parent / "flowable"
CLASSES = HERE / "classes"
# `at_once` is `instant` in one transaction, where no deadline is ever stored.
ITEMS = {"instant": FILING, "at_once": FILING, "grain": GRAIN}
TASKS = {"instant": 0, "at_once": 0, "grain": 5}
THREADS = 8
COMPILED_WITHIN = 120.0
STARTS_AND_ENDS_WITHIN = 180.0  # beside the time that it is measured
STORED = """
    SELECT split_part(proc_def_id_, ':', 1), count(*), count(end_time_),
        (SELECT count(*) FROM act_hi_taskinst t
            WHERE t.proc_def_id_ = p.proc_def_id_ AND t.end_time_ IS NOT NULL),
        (SELECT count(*) FROM act_hi_varinst v JOIN act_hi_procinst i
            ON i.id_ = v.proc_inst_id_
            WHERE i.proc_def_id_ = p.proc_def_id_ AND v.name_ = 'certificate'),
        (SELECT count(*) FROM act_ru_timer_job j
            WHERE j.proc_def_id_ = p.proc_def_id_)
    FROM act_hi_procinst p GROUP BY proc_def_id_"""


class Missing(RuntimeError):
    """A program that it needs is not on this machine."""


class Miscounted(RuntimeError):
    """What is stored is not what is said to have been done."""


def lives_per_second(
    settings: Settings,
    seconds: float,
    warm_up: float = 10.0,
    threads: int = THREADS,
    lives: int = 1_000_000,
) -> dict[str, Any]:
    """Return how many lives of each kind a second it led, and how long they took.

    Each thread begins its next life when the last has ended. Raises Missing without
    Java or Maven, Miscounted if its history holds anything else than these lives.
    """
    build()
    with database(settings, "bench_flowable") as conninfo:
        said = conninfo_to_dict(conninfo)
        asked = {
            "url": "jdbc:postgresql://{host}:{port}/{dbname}".format(**said),
            "user": said["user"],
            "password": said["password"],
            "threads": threads,
            "warmUp": warm_up,
            "seconds": seconds,
            "lives": lives,
            "cases": {kind: _case(code) for kind, code in ITEMS.items()},
            "certificate": _certificate(),
        }
        longest = STARTS_AND_ENDS_WITHIN + len(ITEMS) * (warm_up + seconds)
        seen = _run(asked, longest)
        compare(conninfo, {kind: one["all"] for kind, one in seen.items()})
    figures: dict[str, Any] = {"threads": threads}
    for kind, one in seen.items():
        figures[f"{kind}_per_s"] = round(len(one["life"]) / one["seconds"], 1)
        figures[f"{kind}_lives"] = len(one["life"])
        figures[f"{kind}_life"] = percentiles(one["life"])
        figures[f"{kind}_act"] = percentiles(one["act"])
    return figures


def build() -> None:
    """Fetch the jars by Maven, once, and compile the program."""
    for program in ("java", "mvn"):
        if not shutil.which(program):
            raise Missing(f"without {program} there is no Flowable to compare with")
    kafka.fetch(HERE)
    jars = os.pathsep.join(map(str, sorted((HERE / "libs").glob("*.jar"))))
    compiler = ["java", "-cp", jars, "org.eclipse.jdt.internal.compiler.batch.Main"]
    how = ["-17", "-encoding", "UTF-8", "-cp", jars, "-d", str(CLASSES)]
    subprocess.run(
        [*compiler, *how, str(HERE / "Peer.java")],
        check=True,
        timeout=COMPILED_WITHIN,
    )


def compare(conninfo: str, led: Mapping[str, int]) -> None:
    """Raise Miscounted unless it has stored these lives, ended, and nothing else."""
    with psycopg.connect(conninfo) as connection:
        stored = {kind: counts for kind, *counts in connection.execute(STORED)}
    wanted = {
        kind: [count, count, count * TASKS[kind], count, 0]
        for kind, count in led.items()
    }
    if stored != wanted:
        raise Miscounted(f"stored {stored}, but {wanted} was led")


def _run(asked: Mapping[str, Any], within: float) -> dict[str, Any]:
    classes = os.pathsep.join([str(CLASSES), str(HERE), str(HERE / "libs" / "*")])
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    said = subprocess.run(
        ["java", "-Xmx768m", quiet, "-cp", classes, "Peer"],
        input=orjson.dumps(asked),
        stdout=subprocess.PIPE,
        check=True,
        timeout=within,
    ).stdout
    seen: dict[str, Any] = orjson.loads(said)
    return seen


def _case(task_code: str) -> str:
    """Return what an applicant sends for this item, as `bench.load` does."""
    [item] = [i for i in load_catalogue().items if i.task_code == task_code]
    said = filled(item, controls.APPLICATION_FORM.sha256)
    applicant = controls.FENGSHOU.model_dump()
    return json.dumps(said | {"applicant": applicant}, ensure_ascii=False)


def _certificate() -> str:
    """Return what is stored of a certificate, as credentials tells it."""
    [face] = [m for m in instant().messages if m.type == CredentialFaceMade.TYPE]
    return json.dumps(face.data, ensure_ascii=False)
