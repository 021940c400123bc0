"use strict";
// Tables that sort by their headers; contents that fold on small screens; links that open what they lead to.
const DATE = /^\d{4}-\d\d(-\d\d)?( \d\d:\d\d)?$/;
const NUMBER = /^([-−–+]?[\d,]*\.?\d+) ?%?( ?\(.*\)| ?(to|-|–|−) ?[-−–]?[\d,.]+ ?%?)?$/;
const words = new Intl.Collator("en", { numeric: true });
const textOf = (row, at) => (row.cells[at]?.textContent ?? "").trim();
const numberOf = (text) => Number(NUMBER.exec(text)[1].replaceAll(",", "").replace(/^[−–]/, "-"));

function comparison(rows, at) {
  const told = rows.map((row) => textOf(row, at)).filter(Boolean);
  if (told.every((text) => DATE.test(text))) return (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  if (told.every((text) => NUMBER.test(text))) return (a, b) => numberOf(a) - numberOf(b);
  return words.compare;
}

function sortBy(table, head, at, before) {
  const state = { null: "ascending", ascending: "descending" }[head.getAttribute("aria-sort")];
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  const rows = [...before];
  if (state) {
    head.setAttribute("aria-sort", state);
    const compare = comparison(rows, at), sign = state === "ascending" ? 1 : -1;
    rows.sort((a, b) => {  // what is missing comes last, whichever way
      const [x, y] = [textOf(a, at), textOf(b, at)];
      return x && y ? sign * compare(x, y) : Boolean(y) - Boolean(x);
    });
  }
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table.newskit")) {
  const before = [...table.tBodies[0].rows];
  if (before.length < 2) continue;
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    const button = document.createElement("span");  // on paper, browsers do not repeat a head with a <button> in it
    Object.assign(button, { role: "button", tabIndex: 0, title: "Sort" });
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(table, head, at, before));
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      button.click();
    });
    head.append(button);
  });
}

function unfold() {
  const target = document.querySelector(":target");
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  if (target && target.closest("details")) target.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();
if (matchMedia("(max-width: 69.99rem)").matches) for (const part of document.querySelectorAll("nav details")) part.open = false;
for (const box of document.querySelectorAll(".wide, .picture")) {  // nothing to scroll, nothing to stop at
  if (box.clientWidth && box.scrollWidth <= box.clientWidth) box.removeAttribute("tabindex");
}
