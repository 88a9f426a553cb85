// What the editor is told beyond what NiceGUI's element does: where suggestions come from, what to underline, how to
// go to a place. Runs once for each editor; `element` is its NiceGUI element.
const CM = await import("nicegui-codemirror");
await element.editorPromise;
const editor = element.editor;
editor.contentDOM.setAttribute("aria-label", "The mapping file, in YAML");
editor.scrollDOM.tabIndex = 0; // so that the keyboard scrolls it

const waiting = new Map();
let asked = 0;

async function suggestions(context) {
  if (!context.explicit && !context.matchBefore(/[\w.]/)) return null;
  const offset = [...context.state.sliceDoc(0, context.pos)].length; // in characters, as Python counts
  asked += 1;
  const answer = new Promise((resolve) => waiting.set(asked, resolve));
  element.$emit("suggest", { number: asked, offset });
  const { replaces, options } = await answer;
  return options.length ? { from: context.pos - replaces, options, filter: false } : null;
}

element.suggested = (number, answer) => {
  waiting.get(number)?.(answer);
  waiting.delete(number);
};

element.suggest = () => {
  editor.focus();
  const key = { key: " ", code: "Space", keyCode: 32, ctrlKey: true };
  CM.runScopeHandlers(editor, new KeyboardEvent("keydown", key), "editor");
};

element.goTo = (number, column) => {
  const line = editor.state.doc.line(Math.min(number, editor.state.doc.lines));
  const before = [...line.text].slice(0, column - 1).join("");
  const anchor = line.from + before.length;
  editor.dispatch({ selection: { anchor }, effects: CM.EditorView.scrollIntoView(anchor, { y: "center" }) });
  editor.focus();
};

// Not the element's own `decorations`: every change of these brings the server's text along, which is older than
// what has been typed meanwhile.
const underline = CM.StateEffect.define();
const underlined = CM.StateField.define({
  create: () => CM.Decoration.none,
  update: (marks, transaction) => {
    const told = transaction.effects.find((effect) => effect.is(underline));
    return told ? CM.Decoration.set(told.value, true) : marks.map(transaction.changes);
  },
  provide: (field) => CM.EditorView.decorations.from(field),
});

let unsaved = false;
const changed = CM.EditorView.updateListener.of((update) => {
  if (update.docChanged) unsaved = true; // until we hear that it is as it was
});

element.checked = (text) => {
  const doc = editor.state.doc;
  if (doc.length !== text.length) return; // more has been typed: the next check has the places
  unsaved = text.unsaved;
  const marks = text.marks
    .filter(({ from, to }) => from < to && to <= doc.length)
    .map(({ from, to, kind, message }) =>
      CM.Decoration.mark({ class: kind, attributes: { title: message } }).range(from, to),
    );
  editor.dispatch({ effects: underline.of(marks) });
};

window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault(); // and the browser asks
});

const source = CM.EditorState.languageData.of(() => [{ autocomplete: suggestions }]);
editor.dispatch({ effects: CM.StateEffect.appendConfig.of([source, underlined, changed]) });
element.$emit("ready");
