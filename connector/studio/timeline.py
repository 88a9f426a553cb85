"""The page of one invitation: how it stands, its whole life, and to accept or reject it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from nicegui import ui

from connector.fetch.engagements import rejection_reasons
from connector.studio.commands import Done
from connector.studio.frame import Studio, heading, page, say, table, tell, words, working_button

Reason = ui.select | ui.input
_DECIDED = ("accepted", "rejected", "expired")
_WARNINGS = {
    "accept": "AWS cannot take an acceptance back.",
    "reject": "All access to it ends, for good.",
}


def register(studio: Studio) -> None:
    @ui.page("/invitations/{identifier:path}")  # the place of one that has no id is a file's path
    async def invitation_page(identifier: str) -> None:
        with page(studio, "/invitations", "Invitation"):
            shown = _Shown(studio, identifier)
        await ui.context.client.connected()
        await shown.load()


class _Shown:
    def __init__(self, studio: Studio, identifier: str) -> None:
        self._studio = studio
        self._identifier = identifier
        self._asked: set[str] = set()  # who is asked beside the ledger
        words(identifier, classes="faint")
        with ui.row().classes("q-gutter-sm"):
            working_button("Look into the CRM for edits", lambda: self.load("--crm")).props("outline")
            working_button("Ask AWS how it stands", lambda: self.load("--source")).props("outline")
            self._accept = working_button("Accept ...", lambda: self._ask("accept"))
            self._reject = working_button("Reject ...", lambda: self._ask("reject")).props("outline")
        self._status = words("").props('role="status"')
        self._body = ui.element("div")

    async def load(self, *options: str) -> None:
        self._asked.update(options)
        # Behind `--`, an id that begins with a dash is no option.
        done = await self._studio.commands.ask(
            "invitations", "show", *sorted(self._asked), "--output", "json", "--", self._identifier
        )
        if self._body.is_deleted:
            return
        answer = done.answer if isinstance(done.answer, dict) and not done.failed else None
        if answer is None and options:
            self._asked.difference_update(options)
            tell(done, "")  # what is shown already is still so
            return
        self._body.clear()
        with self._body:
            if answer is None:
                words("\n".join(done.said) or "Nothing is known of it.", classes="bad")
            else:
                _stands(answer)
                _life(answer)
                if "--crm" in options and not any(entry["kind"] == "edited" for entry in answer["life"]):
                    say("Nobody has edited its records in the CRM.")
        self._offer(answer)

    def _offer(self, answer: Any) -> None:
        """What is decided is not offered to be decided again."""
        decided = answer and (
            answer["status"] not in (None, "PENDING")
            or any(entry["kind"] in _DECIDED for entry in answer["life"])
        )
        for button in (self._accept, self._reject):
            button.set_enabled(not decided)

    async def _ask(self, action: str) -> None:
        """Show what is meant, and whether it can be, before it is asked for."""
        reason = ("--reason", "Other") if action == "reject" else ()  # which is asked for later
        done = await self._decided(action, *reason, "--dry-run")
        if self._body.is_deleted:
            return
        if done.failed or not done.answer["proposals"]:
            tell(done, "AWS has no such invitation.")
            return
        self._dialog(action, done.answer["proposals"][0])

    def _dialog(self, action: str, proposal: Any) -> None:
        verb = action.capitalize()
        with ui.dialog(value=True).props(f'aria-label="{verb} the invitation"') as dialog, ui.card():
            dialog.on("hide", dialog.delete)
            heading(2, proposal["title"] or proposal["customer"] or self._identifier)
            for text in (proposal["customer"], self._identifier):
                words(text or "", classes="faint")
            why_not = _obstacle(proposal)
            words(why_not or f"{verb} it? {_WARNINGS[action]}")
            choose = action == "reject" and not why_not
            reason = _reason() if choose else None
            with ui.row():
                if not why_not:
                    self._decide_button(verb, action, dialog, reason)
                ui.button("Close" if why_not else "Cancel", on_click=dialog.close).props("no-caps outline")

    def _decide_button(self, verb: str, action: str, dialog: ui.dialog, reason: Reason | None) -> None:
        async def decide() -> None:
            dialog.close()
            await self._decide(action, *(("--reason", str(reason.value)) if reason else ()))

        button = ui.button(verb, on_click=decide).props("no-caps")
        if reason is not None:  # a reason is somebody's own choice
            button.bind_enabled_from(reason, "value", backward=bool)

    async def _decide(self, action: str, *options: str) -> None:
        self._accept.disable()
        self._reject.disable()
        self._status.set_text("AWS is asked; that may take two minutes ...")
        done = await self._decided(action, *options, "--yes")
        if self._body.is_deleted:
            return
        self._status.set_text("")
        self._accept.enable()
        self._reject.enable()
        with self._body:
            for text, bad in became(done):
                say(text, bad=bad)
        await self.load()

    async def _decided(self, action: str, *options: str) -> Done:
        commands = self._studio.commands
        run = commands.ask if "--dry-run" in options else commands.do
        return await run("invitations", action, *options, "--output", "json", "--", self._identifier)


def _reason() -> Reason:
    """Asks what AWS is told. Where botocore comes without the service's documentation, so do its reasons."""
    label, reasons = "Reason given to AWS", list(rejection_reasons())
    return (ui.select(reasons, label=label) if reasons else ui.input(label)).classes("full-width")


def _obstacle(proposal: Any) -> str:
    """Why nothing is to be done, or ""."""
    if proposal["obstacle"]:
        return f"It cannot be done: {proposal['obstacle']}."
    return "It is done already." if proposal["settled"] else ""


def became(done: Done) -> Iterator[tuple[str, bool]]:
    """What became of a decision, in words, and whether these are bad news."""
    answer = done.answer or {"decisions": (), "undone": (), "left": ()}
    for each in answer["decisions"]:
        opportunity = f" AWS opportunity: {each['opportunity']}." if each["opportunity"] else ""
        if each["state"] == "done":
            yield f"Done.{opportunity} The next sync brings the CRM up to date.", False
        elif each["state"] == "failed":
            yield f"It failed: {each['reason'] or 'AWS gave no reason'}.", True
        else:
            yield "It is under way, and AWS has not finished: do the same again to follow it.", False
    for each in answer["undone"]:
        yield _obstacle(each), bool(each["obstacle"])
    if done.failed or not any(answer[name] for name in ("decisions", "undone")):
        yield "\n".join(done.said[-3:]) or "Nothing was done.", True


def _stands(answer: Any) -> None:
    heading(2, answer["title"] or answer["invitation"])
    table("How it stands", ["What", "Is"], [row for row in _standing(answer) if row[1]])


def _standing(answer: Any) -> Iterator[tuple[str, str | None]]:
    facts = answer["facts"] or {}
    yield "status", answer["status"]
    for label, name in (("kind", "payload_type"), ("industry", "industry"), ("country", "country")):
        yield label, facts.get(name)
    for currency, amounts in facts.get("spend", {}).items():
        monthly, total = map(Decimal, amounts)
        if total:
            yield "expected spend", f"{monthly:,.2f} {currency} a month, {total:,.2f} {currency} in all"
    yield "to be completed", facts.get("target_date")
    yield "expires", (facts.get("expiration_date") or "")[:16].replace("T", " ")
    yield "outcome", ": ".join(filter(None, (answer["outcome"], answer["reason"])))
    for record in answer["records"]:
        yield record["name"], f"{record['object']} {record['id']}"
    yield "AWS opportunity", answer["opportunity"]


def _life(answer: Any) -> None:
    heading(2, "Its life (UTC)")
    with ui.element("ol").classes("q-pl-md"):
        for entry in answer["life"]:
            with ui.element("li").style("margin-bottom: .4rem"):
                words(entry["at"].replace("T", " ").replace("Z", ""), "span", "faint q-mr-sm")
                words(entry["kind"], "strong", "q-mr-sm")
                run = f" (run {entry['run']})" if entry["run"] else ""
                words(f"{entry['text']}{run}", "span")
