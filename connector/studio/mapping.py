"""The Mapping page: the file in an editor, its mistakes as one types, and what samples become by it."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import background_tasks, run, ui
from nicegui.events import ValueChangeEventArguments

from connector.cli.compare import field_line
from connector.compare import Kind
from connector.errors import ConnectorError, Finding
from connector.mapping.suggest import Suggestion
from connector.studio.editing import Editing, RecordShown
from connector.studio.frame import Cell, Studio, explained, heading, page, say, table, words

_MOST = 50  # suggestions, and invitations whose differences are shown


def register(studio: Studio) -> None:
    @ui.page("/")
    async def mapping_page() -> None:
        shown = None
        with page(studio, "/", "Mapping"), explained():
            shown = _Page(Editing.of(studio.options), dark=bool(studio.dark))
        if shown is not None:
            await ui.context.client.connected()
            shown.label_editor()


class _Page:
    """One opened page."""

    def __init__(self, editing: Editing, *, dark: bool) -> None:
        self._editing = editing
        self._text = editing.saved
        words(f"{editing.chosen.path}", classes="faint")
        with ui.row().classes("items-center q-gutter-sm"):
            self._save = ui.button("Save", on_click=self._store).props("no-caps")
            ui.button("Suggestions (Ctrl-Space)", on_click=self._suggest).props("no-caps outline")
            self._state = words("", "span").props('role="status"')
        with ui.element("div").classes("columns"):
            with ui.element("section").props('aria-label="The mapping file"'):
                heading(2, "File")
                self._editor = ui.codemirror(
                    self._text,
                    language="YAML",
                    theme="githubDark" if dark else "githubLight",
                    indent="  ",
                    on_change=self._edited,
                    keymap={"Ctrl-Space": self._suggest, "Mod-s": self._store},
                ).style("height: 34rem")
                self._offered = ui.element("div")
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

    def label_editor(self) -> None:
        """Say to who cannot see it what the editor is, and let the keyboard scroll it."""
        editor = f"getElement({self._editor.id}).editor"
        ui.run_javascript(
            f"{editor}.contentDOM.setAttribute('aria-label', 'The mapping file, in YAML');"
            f"{editor}.scrollDOM.tabIndex = 0"
        )

    async def _ask_crm(self) -> None:
        trouble = await run.io_bound(self._editing.ask_crm)
        with self._state:
            if trouble:
                say(f"The CRM's fields are not known: {trouble}", bad=True)
            self._check()

    def _edited(self, event: ValueChangeEventArguments[str]) -> None:
        self._text = event.value
        self._check()

    def _check(self) -> None:
        self._editing.check(self._text)
        self._show_mistakes(self._editing.findings)
        self._show_records()
        self._show_differences()
        errors = sum(finding.severity == "error" for finding in self._editing.findings)
        changed = self._text != self._editing.saved
        self._save.set_enabled(changed and not errors)
        state = f"{errors} mistakes" if errors else "good; not saved yet" if changed else "good, and saved"
        self._state.set_text(state)

    def _show_mistakes(self, findings: Sequence[Finding]) -> None:
        lines = {
            f.position.line for f in findings if f.position and f.position.line <= self._text.count("\n") + 1
        }
        self._editor.decorations = [
            {"kind": "line", "line": line, "class": "mistake"} for line in sorted(lines)
        ]
        self._editor._props["line-tooltips"] = {
            line: "\n".join(f.message for f in findings if f.position and f.position.line == line)
            for line in lines
        }
        self._mistakes.clear()
        with self._mistakes:
            if not findings:
                words("None.")
            for finding in findings:
                self._mistake(finding)

    def _mistake(self, finding: Finding) -> None:
        position = finding.position
        where = f"{position.line}:{position.column} " if position else ""
        hint = f" ({finding.hint})" if finding.hint else ""
        kind = "bad" if finding.severity == "error" else "changed"
        shown = words(f"{where}{finding.severity}: {finding.message}{hint}", "button", f"finding {kind}")
        if position:
            shown.props('type="button"').on("click", lambda: self._editor.reveal_line(position.line))

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

    async def _suggest(self) -> None:
        """Ask where the cursor is, and offer what may follow there."""
        found = f"getElement({self._editor.id}).editor.state.selection.main.head"
        units: int = await ui.run_javascript(found)
        offset = len(self._text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore"))
        offered = self._editing.complete(self._text, offset)[:_MOST]
        self._offered.clear()
        with self._offered:
            if not offered:
                words("Nothing is known that could stand here.")
                return
            labels = {number: f"{o.text}   {o.meaning}".strip() for number, o in enumerate(offered)}
            select = ui.select(
                labels,
                label="What may stand here",
                with_input=True,
                on_change=lambda event: self._insert(offered[event.value], offset),
            ).classes("full-width")
        select.run_method("focus")
        select.run_method("showPopup")

    def _insert(self, chosen: Suggestion, offset: int) -> None:
        begin = offset - chosen.replaces
        self._offered.clear()
        self._text = self._text[:begin] + chosen.text + self._text[offset:]
        self._editor.set_value(self._text)
        self._editor.run_method("focus")
        self._check()


_SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}


def _titled(identifier: str, status: str, title: str | None) -> str:
    return f"{identifier}  {status}  {(title or '')[:80]}".rstrip()


def _record(record: RecordShown) -> None:
    with ui.element("div").classes("card"):
        words(record.title, "strong")
        for text in record.problems:
            words(f"! {text}", classes="bad")
        rows = [[field.name, Cell(field.value, below=f"from {field.made_from}")] for field in record.fields]
        table("Fields", ("Field", "Holds"), rows)
