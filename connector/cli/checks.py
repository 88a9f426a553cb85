"""What ``doctor`` looks at. Nothing here writes anything, anywhere."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from sqlalchemy import make_url

from connector import __version__, yamlfile
from connector.cli.chosen import describe
from connector.cli.options import Options
from connector.cli.session import ask_crm, for_another_crm, load_config, open_ledger
from connector.cli.sources import client_arguments, open_source, selection
from connector.config import installed_crms
from connector.doctor import Check, Line, State, of_finding, ok, warn
from connector.errors import ConfigurationError, ExitCode
from connector.fetch.service_model import mappable
from connector.locks import lock_file
from connector.mapping.check import check as check_mapping
from connector.mapping.check import examine
from connector.mapping.functions import Rates
from connector.mapping.model import Mapping as MappingFile
from connector.records import ObjectMeta
from connector.sections import PartnerCentralSource
from connector.settings import Config
from connector.walk import another_crm

if TYPE_CHECKING:
    from connector.fetch.partner_central import PartnerCentral

TIMEOUT = 10.0  # seconds for one answer
_SKEW_WARNED, _SKEW_REFUSED = 30.0, 300.0  # seconds; AWS refuses signatures that are five minutes off
_ROOM_WARNED, _ROOM_NEEDED = 500 * 2**20, 20 * 2**20  # bytes


@dataclass(slots=True)
class Checkup:
    """What the checks have found so far, for those that come later."""

    options: Options
    _config: Config | None = None
    mapping: MappingFile | None = None
    objects: Mapping[str, ObjectMeta] = field(default_factory=dict)
    location: str = ""

    @property
    def config(self) -> Config:
        if self._config is None:
            raise ConfigurationError("there is no config")
        return self._config

    def checks(self) -> Iterator[Check]:
        """All, in an order in which each comes after those that it needs."""
        yield Check("versions", self._versions)
        yield Check("config", self._read_config)
        yield Check("secrets", self._secrets, ("config",))
        yield Check("mapping", self._mapping, ("config",))
        yield Check("invitations", self._source, ("config", "mapping"))
        yield Check("AWS", self._aws, ("config", "mapping", "invitations"))
        yield Check("clock", self._clock, ("config",))
        yield Check("CRM", self._crm, ("config", "secrets", "mapping"))
        yield Check("fields", self._fields, ("CRM",))
        yield Check("ledger", self._ledger, ("config", "secrets"))
        yield Check("disk", self._disk, ("config",))

    # -- ourselves

    def _versions(self) -> Iterator[Line]:
        libraries = ", ".join(
            f"{name} {version(name)}" for name in ("boto3", "botocore", "pydantic", "SQLAlchemy")
        )
        yield ok("versions", f"crm-connector {__version__}, Python {platform.python_version()}, {libraries}")
        if sys.version_info >= (3, 15):
            yield warn("versions", "this Python is newer than those we test with", "use Python 3.11 to 3.14")

    def _read_config(self) -> Iterator[Line]:
        self._config = load_config(self.options)
        yield ok("config", f"{self.config.file or 'the environment'} is good")
        for finding in self.config.deprecated():
            yield of_finding("config", finding)

    def _secrets(self) -> Iterator[Line]:
        findings = self.config.secret_findings()
        for finding in findings:
            yield of_finding("secrets", finding)
        if not findings:
            yield ok("secrets", "all that the config refers to are there")

    def _mapping(self) -> Iterator[Line]:
        config = self.config
        rates = Rates(config.currency.base, config.currency.rates)
        document = yamlfile.read(config.mapping_path)
        mapping, findings = examine(document, rates, None, *mappable(), crms=installed_crms())
        for finding in findings:
            yield of_finding("mapping", finding)
        if mapping is None or any(finding.severity == "error" for finding in findings):
            return
        self.mapping = mapping
        if wrong := for_another_crm(document, mapping, config):
            yield of_finding("mapping", wrong)
        elif not findings:
            yield ok("mapping", f"{config.mapping} is good: {len(mapping.records)} rules")

    # -- AWS

    def _source(self) -> Iterator[Line]:
        with closing(open_source(_impatient(self.config))) as source:
            listed = next(iter(source.list(selection(self.config, limit=1))), None)
            if listed is None:
                yield warn(
                    "invitations",
                    "there are none",
                    "look at the source's filters, and at its catalog or path",
                )
                return
            source.get(listed)
        where = self._partner_central
        yield ok(
            "invitations", f"catalog {where.catalog}: listed and read" if where else "files: listed and read"
        )

    @property
    def _partner_central(self) -> PartnerCentralSource | None:
        source = self.config.source
        return source if isinstance(source, PartnerCentralSource) else None

    def _aws(self) -> Iterator[Line]:
        source = self._partner_central
        if source is None or self.mapping is None:
            yield ok("AWS", "not needed: invitations come from files")
            return
        if source.endpoint_url or not source.sign_requests:
            yield ok(
                "AWS", "not asked who we are: it is not AWS itself that answers, or requests are not signed"
            )
        else:
            yield from self._identity(source)
        yield from self._permissions(source)

    def _identity(self, source: PartnerCentralSource) -> Iterator[Line]:
        from connector.errors import TransientError
        from connector.fetch.client import ClientSettings
        from connector.fetch.identity import caller

        settings = ClientSettings(**client_arguments(source, self.config.directory))
        try:
            yield ok("AWS", f"we are {caller(settings, TIMEOUT)}")
        except TransientError as error:
            yield warn("AWS", error.message, error.hint or "")

    def _permissions(self, source: PartnerCentralSource) -> Iterator[Line]:
        from connector.fetch.permissions import PREFIX, is_allowed, needed

        config = self.config
        rules = config.rules.accept is not None or config.rules.reject is not None
        members = self.mapping.beside if self.mapping else frozenset()
        reading, writing = needed(members, deciding=rules, linking=source.write_back is not None)
        with closing(_service(config)) as service:
            denied = [name for name in reading if not is_allowed(service, name)]
        allowed = [
            "ListEngagementInvitations",
            "GetEngagementInvitation",
            *(n for n in reading if n not in denied),
        ]
        yield ok("AWS", f"permitted: {', '.join(allowed)}")
        for name in denied:
            remedy = f"permit the IAM action {PREFIX}{name} for catalog {source.catalog}"
            yield Line("AWS", State.FAIL, f"{name} is not permitted", remedy, ExitCode.USAGE)
        if writing:
            actions = ", ".join(PREFIX + name for name in writing)
            yield warn("AWS", "writing cannot be tried without doing it", f"see that IAM permits {actions}")

    def _clock(self) -> Iterator[Line]:
        source = self._partner_central
        if source is None:
            yield ok("clock", "not needed: invitations come from files")
            return
        from connector.fetch.client import ClientSettings
        from connector.fetch.identity import time_at

        settings = ClientSettings(**client_arguments(source, self.config.directory))
        with closing(_service(self.config)) as service:
            url = service.url
        there = time_at(url, settings, self.config.directory, TIMEOUT)
        if there is None:
            yield warn(
                "clock", "no service has answered: there is no time to compare with", "check the network"
            )
            return
        seconds = (datetime.now(UTC) - there).total_seconds()
        text = f"{abs(seconds):.0f} seconds {'ahead of' if seconds > 0 else 'behind'} AWS"
        remedy = "set the clock, by NTP: AWS refuses what is signed five minutes off"
        if abs(seconds) >= _SKEW_REFUSED:
            yield Line("clock", State.FAIL, text, remedy, ExitCode.USAGE)
        elif abs(seconds) >= _SKEW_WARNED:
            yield warn("clock", text, remedy)
        else:
            yield ok("clock", "right")

    # -- the CRM

    def _crm(self) -> Iterator[Line]:
        config = _impatient(self.config)
        names = {rule.object for rule in self.mapping.records} if self.mapping else set()
        unmade, self.objects, self.location = ask_crm(
            config, "describe", lambda crm: (crm.unmade(), describe(crm, names), crm.location)
        )
        yield ok("CRM", f"{config.crm.type} answers; it has {', '.join(sorted(names & self.objects.keys()))}")
        if unmade:
            yield ok("CRM", f"the first sync makes {', '.join(unmade)}")

    def _fields(self) -> Iterator[Line]:
        findings = check_mapping(self.mapping, self.objects) if self.mapping else []
        for finding in findings:
            yield of_finding("fields", finding)
        for name, meta in self.objects.items():
            if meta.absent:
                remedy = f"`crm-connector {self.config.crm.type} fields` shows how to add them"
                yield warn(
                    "fields", f"{name} lacks {', '.join(meta.absent)}: it does without, less well", remedy
                )
        if not findings:
            yield ok("fields", "the mapping fits the CRM's own")

    # -- this machine

    def _ledger(self) -> Iterator[Line]:
        with open_ledger(self.config, read_only=True) as ledger:
            latest, reviews, encrypted = ledger.runs(1), ledger.reviews(), ledger.is_encrypted
            known = ledger.crm()
        held = _is_held(self._ledger_file)
        kind = "encrypted, " if encrypted else ""
        yield from self._private()
        yield ok("ledger", f"{kind}a run is at work right now" if held else f"{kind}readable, and free")
        yield from self._writable()
        if self.location and known and self.location != known:
            error = another_crm(self.location, known)
            yield Line("ledger", State.FAIL, error.message, error.hint or "", error.exit_code)
        if not latest:
            yield ok("ledger", "no run yet")
            return
        run = latest[0]
        when = f"run {run.id} ({run.command}, {run.started_at:%Y-%m-%d %H:%M} UTC)"
        if run.state in ("stopped", "killed") or (run.state == "running" and not held):
            yield warn("ledger", f"{when} did not come to its end: {run.note or run.state}", "run sync again")
        elif run.counts.get("failed"):
            text = f"{when}: {run.counts['failed']} failed"
            yield warn("ledger", text, f"`{self.options.command('runs show')}` has the reasons")
        else:
            yield ok("ledger", f"{when}: {run.state}")
        if reviews:
            remedy = f"`{self.options.command('review list')}` shows them"
            yield warn("ledger", f"{len(reviews)} matches wait for a person", remedy)

    @property
    def _ledger_file(self) -> Path | None:
        url = make_url(self.config.ledger_url())
        if url.get_backend_name() != "sqlite" or not url.database:
            return None
        return self.config.directory / url.database

    def _writable(self) -> Iterator[Line]:
        file = self._ledger_file
        if file is None:
            return
        place = file if file.exists() else file.parent
        if not os.access(place, os.W_OK) or not os.access(file.parent, os.W_OK):
            text = f"{place} cannot be written by this user"
            yield Line(
                "ledger",
                State.FAIL,
                text,
                "give this user the right, or name another ledger.url",
                ExitCode.USAGE,
            )

    def _private(self) -> Iterator[Line]:
        """We make it private; it may have been copied since, or been there before."""
        file = self._ledger_file
        if file is not None and os.name == "posix" and file.exists() and file.stat().st_mode & 0o077:
            yield warn("ledger", f"others on this machine can read {file}", f"chmod 600 {file}")

    def _disk(self) -> Iterator[Line]:
        file = self._ledger_file
        folder = file.parent if file else self.config.directory
        free = shutil.disk_usage(folder).free
        text = f"{free / 2**30:,.1f} GiB free in {folder}"
        if free < _ROOM_NEEDED:
            yield Line("disk", State.FAIL, text, "make room", ExitCode.UNAVAILABLE)
        elif free < _ROOM_WARNED:
            yield warn("disk", text, "make room soon")
        else:
            yield ok("disk", text)


def _impatient(config: Config) -> Config:
    """The config, for a checkup: an answer that does not come is not waited for long."""
    attempts: dict[str, Any] = {"attempts": 2, "deadline": TIMEOUT, "cap": 1.0}
    quick = config.retry.model_copy(
        update={**attempts, "source": type(config.retry.source)(), "crm": type(config.retry.crm)()}
    )
    changes: dict[str, Any] = {"retry": quick}
    if isinstance(config.source, PartnerCentralSource):
        bounded = {n: min(getattr(config.source, n), TIMEOUT) for n in ("read_timeout", "connect_timeout")}
        changes["source"] = config.source.model_copy(update=bounded)
    return config.model_copy(update=changes)


def _service(config: Config) -> PartnerCentral:
    source: Any = open_source(_impatient(config))
    service: PartnerCentral = source
    return service


def _is_held(ledger: Path | None) -> bool:
    """Whether a run holds the ledger's lock. A file that is not there is not made."""
    lock = lock_file(ledger) if ledger else None
    if lock is None or not lock.exists() or not os.access(lock, os.W_OK):
        return False
    try:
        with FileLock(str(lock), timeout=0):
            return False
    except Timeout:
        return True
