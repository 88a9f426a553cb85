"""The Mapping page: the file in an editor, its mistakes as one types, and what samples become by it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from pathlib import Path

from nicegui import background_tasks, run, ui
from nicegui.events import GenericEventArguments, ValueChangeEventArguments

from connector.cli.compare import field_line
from connector.compare import Kind
from connector.errors import ConnectorError, Finding, Position
from connector.studio.editing import Editing, RecordShown
from connector.studio.frame import Cell, Studio, explained, heading, is_dark, page, say, table, words

_MOST = 50  # suggestions, and invitations whose differences are shown
_PAUSE = 0.02  # seconds: faster than anybody reads, and one check for keys that are pressed together
_SCRIPT = Path(__file__).with_name("editor.js").read_text(encoding="utf-8")


def register(studio: Studio) -> None:
    @ui.page("/")
    async def mapping_page() -> None:
        shown = None
        with page(studio, "/", "Mapping") as dark, explained():
            shown = _Page(Editing.of(studio.options))
        if shown is not None:
            await ui.context.client.connected()
            shown.start()
            shown.paint(await is_dark(dark))
            dark.on_value_change(lambda event: shown.paint(bool(event.value)))


class _Page:
    """One opened page."""

    def __init__(self, editing: Editing) -> None:
        self._editing = editing
        self._text = editing.saved
        self._awaited = False  # a check
        words(f"{editing.chosen.path}", classes="faint")
        with ui.row().classes("items-center q-gutter-sm"):
            self._save = ui.button("Save", on_click=self._store).props("no-caps")
            ui.button("Suggestions (Ctrl-Space)", on_click=lambda: self._run("element.suggest()")).props(
                "no-caps outline"
            )
            self._state = words("", "span").props('role="status"')
        with ui.element("div").classes("columns"):
            with ui.element("section").props('aria-label="The mapping file"'):
                heading(2, "File")
                self._editor = ui.codemirror(
                    self._text,
                    language="YAML",
                    theme="githubLight",
                    indent="  ",
                    on_change=self._edited,
                    keymap={"Mod-s": self._store},
                ).style("height: 34rem")
                self._editor.on("suggest", self._suggest).on("ready", self._underline)
                heading(2, "Mistakes")
                self._mistakes = ui.element("div").props('role="region" aria-label="Mistakes"')
            with ui.element("section").props('aria-label="What it does"'):
                heading(2, "A sample")
                self._sample = ui.select(
                    {
                        number: _titled(raw.id, raw.status, raw.title)
                        for number, raw in enumerate(editing.samples)
                    },
                    value=0 if editing.samples else None,
                    label="Sample invitation",
                    with_input=True,
                    on_change=self._show_records,
                ).classes("full-width")
                self._records = ui.element("div")
                heading(2, "Against the saved file, over all samples")
                self._differences = ui.element("div")
        self._check()
        background_tasks.create(self._ask_crm())

    def start(self) -> None:
        """Tell the editor in the browser what it is for."""
        self._run(_SCRIPT)

    def paint(self, dark: bool) -> None:
        self._editor.set_theme("githubDark" if dark else "githubLight")

    def _run(self, script: str) -> None:
        ui.run_javascript(f"const element = getElement({self._editor.id});\n{script}")

    async def _ask_crm(self) -> None:
        trouble = await run.io_bound(self._editing.ask_crm)
        with self._state:
            if trouble:
                say(f"The CRM's fields are not known: {trouble}", bad=True)
            self._check()

    def _edited(self, event: ValueChangeEventArguments[str]) -> None:
        self._text = event.value
        if not self._awaited:
            self._awaited = True
            background_tasks.create(self._check_soon())

    async def _check_soon(self) -> None:
        """Check what was typed in quick succession at once."""
        await asyncio.sleep(_PAUSE)
        self._awaited = False
        if not self._editor.is_deleted:
            with self._state:
                self._check()

    def _check(self) -> None:
        self._editing.check(self._text)
        self._show_mistakes(self._editing.findings)
        self._show_records()
        self._show_differences()
        errors = sum(finding.severity == "error" for finding in self._editing.findings)
        changed = self._text != self._editing.saved
        self._save.set_enabled(changed and not errors)
        mistakes = f"{errors} mistake{'s' * (errors != 1)}"
        state = mistakes if errors else "good; not saved yet" if changed else "good, and saved"
        self._state.set_text(state)
        self._underline()

    def _underline(self) -> None:
        text = self._text
        marks = [
            {**_word(text, at), "message": _said(found), "kind": _KINDS[found.severity]}
            for found in self._editing.findings
            if (at := found.position) and at.line <= text.count("\n") + 1
        ]
        checked = {"length": _units(text), "marks": marks, "unsaved": text != self._editing.saved}
        self._run(f"element.checked?.({json.dumps(checked)})")

    def _show_mistakes(self, findings: Sequence[Finding]) -> None:
        self._mistakes.clear()
        with self._mistakes:
            if not findings:
                words("None.")
            for finding in findings:
                self._mistake(finding)

    def _mistake(self, finding: Finding) -> None:
        position = finding.position
        where = f"{position.line}:{position.column} " if position else ""
        kind = "bad" if finding.severity == "error" else "changed"
        shown = words(f"{where}{finding.severity}: {_said(finding)}", "button", f"finding {kind}")
        if position:
            place = f"element.goTo({position.line}, {position.column})"
            shown.props('type="button"').on("click", lambda: self._run(place))

    def _show_records(self) -> None:
        self._records.clear()
        chosen = self._sample.value
        with self._records:
            if chosen is None:
                words("There are no samples: put invitations into the folder `samples` beside the mapping.")
                return
            shown = self._editing.records(self._editing.samples[chosen])
            if not shown:
                words("No rule's `when` holds for it.")
            for record in shown:
                _record(record)

    def _show_differences(self) -> None:
        self._differences.clear()
        with self._differences:
            if self._text == self._editing.saved:
                words("Nothing has been changed.")
                return
            found = self._editing.difference()
            if found is None:
                words("To be seen when the mistakes are gone.")
                return
            counts = found.counts
            words(f"{counts.differing} of {counts.invitations} samples become something else.")
            for rule in found.rules:
                words(
                    f"{rule.rule}.{rule.field or 'match'} {rule.option}: {rule.old} -> {rule.new}",
                    classes="changed",
                )
            for difference in found.invitations[:_MOST]:
                invitation = difference.invitation
                with ui.element("div").classes("card"):
                    words(_titled(invitation.id, invitation.status, invitation.title), "strong")
                    for record in difference.records:
                        words(
                            f"{_SIGNS[record.kind]} {record.name}: {record.rule.object}",
                            classes=record.kind.value,
                        )
                        for field in record.fields:
                            words(field_line(field.name, field)[0].strip(), classes="q-ml-md")
                        for text in record.problems:
                            words(f"! {text}", classes="bad q-ml-md")

    def _store(self) -> None:
        try:
            self._editing.save(self._text)
        except ConnectorError as error:
            say(f"{error.message} {error.hint or ''}", bad=True)
        else:
            say("Saved.")
        self._check()

    def _suggest(self, event: GenericEventArguments) -> None:
        """Answer the editor, which asks what may stand at an offset."""
        offered = self._editing.complete(self._text, event.args["offset"])[:_MOST]
        answer = {
            "replaces": offered[0].replaces if offered else 0,
            "options": [{"label": each.text, "detail": each.meaning} for each in offered],
        }
        self._run(f"element.suggested({int(event.args['number'])}, {json.dumps(answer)})")


_KINDS = {"error": "mistake", "warning": "doubt"}
_SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}


def _said(finding: Finding) -> str:
    return f"{finding.message} ({finding.hint})" if finding.hint else finding.message


def _word(text: str, at: Position) -> dict[str, int]:
    """From where to where the word at a place of ``text`` is; else the rest of its line, or the line. In
    JavaScript's units."""
    lines = text.split("\n")
    line = lines[at.line - 1]
    word = re.compile(r"[^\s,:{}\[\]]+|.+").match(line, at.column - 1)
    before = sum(_units(each) + 1 for each in lines[: at.line - 1])
    begin, end = word.span() if word else (0, len(line))
    return {"from": before + _units(line[:begin]), "to": before + _units(line[:end])}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _titled(identifier: str, status: str, title: str | None) -> str:
    return f"{identifier}  {status}  {(title or '')[:80]}".rstrip()


def _record(record: RecordShown) -> None:
    with ui.element("div").classes("card"):
        words(record.title, "strong")
        for text in record.problems:
            words(f"! {text}", classes="bad")
        rows = [[field.name, Cell(field.value, below=f"from {field.made_from}")] for field in record.fields]
        table("Fields", ("Field", "Holds"), rows)
