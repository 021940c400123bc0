// One place after the other: what is said goes to Python at once, and counts as saved when Python has answered.
const CHOICES = [["against", "1"], ["neutral", "2"], ["favor", "3"], ["unclear", "0"]];
const PATIENCE = 4000; // milliseconds after which a missing answer is told

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function button(text, key, attributes, onClick) {
  const made = make("button", { type: "button", "aria-keyshortcuts": key, ...attributes }, text, " ", make("kbd", {}, key));
  made.addEventListener("click", onClick);
  return made;
}

function render({ model, el }) {
  const items = model.get("items");
  let saved = model.get("saved");
  let labels = [...saved.labels]; // as they are here; Python may not have answered yet
  let notes = [...saved.notes];
  let sent = saved.number;
  let late = null;
  let at = Math.max(labels.indexOf(""), 0);
  const drafts = new Map(); // notes that were begun and go with no label yet

  const count = make("span", {});
  const progress = make("progress", { max: Math.max(items.length, 1), "aria-label": "labelled" });
  const passage = make("div", { class: "nk-passage", "aria-live": "polite", "aria-atomic": "true" });
  const choices = CHOICES.map(([label, key]) => button(label, key, { class: "nk-choice" }, () => say(label)));
  const back = button("back", "←", { "aria-keyshortcuts": "ArrowLeft" }, () => move(-1));
  const next = button("next", "→", { "aria-keyshortcuts": "ArrowRight" }, () => move(1));
  const undo = button("undo", "u", {}, takeBack);
  const note = make("input", { type: "text", "aria-keyshortcuts": "n", autocomplete: "off", spellcheck: "false" });
  const status = make("div", { class: "nk-status", role: "status" });
  const problem = make("div", { class: "nk-problem", role: "alert" });
  const root = make(
    "div",
    { class: "nk-label", role: "group", "aria-label": "Label stance", tabindex: "0", "data-lm-suppress-shortcuts": "" },
    make("div", { class: "nk-line" }, count, progress),
    passage,
    make("div", { class: "nk-line", role: "group", "aria-label": "Stance toward the target" }, ...choices),
    make("div", { class: "nk-line" }, back, next, undo, make("label", {}, "note ", make("kbd", {}, "n"), " ", note)),
    status,
    problem,
  );

  function say(label) {
    if (!items.length || !write(label, noteAt(at))) return;
    const open = labels.indexOf("", at);
    const missing = open < 0 ? labels.indexOf("") : open;
    if (missing >= 0) at = missing;
    draw();
  }

  function write(label, text) {
    if (!send({ do: "label", at, label, note: text })) return false;
    [labels[at], notes[at]] = [label, text];
    drafts.delete(at);
    return true;
  }

  function takeBack() {
    if ((saved.undo || sent > saved.number) && send({ do: "undo" })) draw();
  }

  function move(step) {
    at = Math.min(Math.max(at + step, 0), Math.max(items.length - 1, 0));
    draw();
  }

  function noteAt(place) {
    return drafts.get(place) ?? notes[place] ?? "";
  }

  function send(message) {
    try {
      model.send({ ...message, number: sent + 1 });
    } catch {
      problem.textContent = "Not saved: the kernel has stopped. Start it, and run the cells again.";
      return false;
    }
    sent += 1;
    clearTimeout(late);
    late = setTimeout(draw, PATIENCE, true);
    return true;
  }

  function draw(waited = false) {
    const item = items[at];
    const n = labels.filter((label) => label !== "").length;
    const pending = sent > saved.number;
    count.textContent = items.length ? `${at + 1} of ${items.length}` : "There is nothing to label.";
    progress.value = n;
    if (passage.dataset.at !== String(at) && item) {
      const words = item.parts.map(([text, kind]) => make("span", { class: kind }, text));
      passage.replaceChildren(
        make("div", {}, "Target: ", make("strong", {}, item.target)),
        ...(item.holder ? [make("div", {}, "Holder: ", make("strong", {}, item.holder))] : []),
        make("p", {}, ...words),
      );
      passage.dataset.at = at;
    }
    choices.forEach((choice, k) => {
      choice.setAttribute("aria-pressed", String(labels[at] === CHOICES[k][0]));
      choice.disabled = !item;
    });
    if (note.value !== noteAt(at)) note.value = noteAt(at);
    const done = items.length > 0 && n === items.length;
    root.classList.toggle("nk-done", done && !pending);
    status.textContent = pending ? "Saving …"
      : done ? `Done: all ${n} are labelled, and saved in ${saved.file}.`
      : `${n} labelled, saved in ${saved.file}.`;
    problem.textContent = waited && pending ? "Not saved yet: the kernel is busy, or it has stopped." : saved.problem;
  }

  function hear() {
    const undone = model.get("saved").number >= sent ? model.get("saved").at : null;
    saved = model.get("saved");
    sent = Math.max(sent, saved.number);
    if (saved.number === sent) {
      [labels, notes] = [[...saved.labels], [...saved.notes]];
      clearTimeout(late);
    }
    if (undone !== null) at = undone;
    draw();
  }

  // Jupyter's own keys must not hear ours (0 0 restarts the kernel), but Ctrl+S is still its.
  function suppress(event) {
    root.toggleAttribute("data-lm-suppress-shortcuts", !(event.ctrlKey || event.metaKey));
  }

  function press(event) {
    suppress(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target === note) {
      if (event.key === "Enter" || event.key === "Escape") root.focus();
      return;
    }
    const choice = CHOICES.find(([, key]) => key === event.key);
    if (choice && !event.repeat) say(choice[0]);
    else if (event.key === "u" && !event.repeat) takeBack();
    else if (event.key === "ArrowLeft") move(-1);
    else if (event.key === "ArrowRight") move(1);
    else if (event.key === "n") note.focus();
    else return;
    event.preventDefault();
  }

  note.addEventListener("input", () => drafts.set(at, note.value));
  note.addEventListener("change", () => {
    if (labels[at] && drafts.has(at) && write(labels[at], note.value)) draw();
  });
  root.addEventListener("keydown", press);
  root.addEventListener("keyup", suppress);
  root.addEventListener("focusin", suppress);
  model.on("change:saved", hear);
  el.append(root);
  draw();
  return () => {
    clearTimeout(late);
    model.off("change:saved", hear);
  };
}

export default { render };
