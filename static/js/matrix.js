// The matrix by keyboard and in place. Without this script each row has its own form.
"use strict";
(() => {
  const table = document.querySelector("[data-matrix]");
  if (!table) return;
  const token = document.querySelector("[data-token] [name=csrfmiddlewaretoken]").value;
  const said = document.querySelector("[data-said]");
  const WAYS = ["", "A", "R", "AR", "C", "I"];
  document.querySelector("[data-keys]").hidden = false;

  const heads = table.tHead.rows[0].cells;
  const cells = (row) => [...row.cells].filter((cell) => heads[cell.cellIndex].dataset.holder);
  const rows = () => [...table.tBodies[0].rows];

  // One cell is reached by Tab; the arrow keys move from there.
  const focus = (cell) => {
    table.querySelectorAll("[data-cell][tabindex='0']").forEach((one) => (one.tabIndex = -1));
    cell.tabIndex = 0;
    cell.focus();
  };
  const dress = (row) => {
    const name = row.cells[0].textContent.trim();
    cells(row).forEach((cell) => {
      const { holder } = heads[cell.cellIndex].dataset;
      const { title } = heads[cell.cellIndex];
      cell.dataset.cell = holder;
      cell.dataset.letters = cell.textContent.trim();
      cell.tabIndex = -1;
      cell.setAttribute("role", "gridcell");
      cell.setAttribute("aria-label", `${name}, ${title}: ${cell.dataset.letters || "–"}`);
    });
  };

  const save = async (cell, letters) => {
    const row = cell.closest("tr");
    const name = cell.dataset.cell;
    const ownForm = row.querySelector("a.btn").href;
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, [name]: letters });
    body.set(`was-${name}`, cell.dataset.letters);
    row.setAttribute("aria-busy", "true");
    let answer = null;
    try {
      answer = await fetch(row.dataset.row, { method: "POST", body, headers: { "X-Row": "only" } });
    } catch {
      // No line: the row's own form below works when it is back.
    }
    row.removeAttribute("aria-busy");
    const part = document.createElement("tbody");
    if (answer && [200, 409, 422].includes(answer.status)) part.innerHTML = await answer.text();
    const fresh = part.rows[0];
    if (!fresh || fresh.cells.length !== row.cells.length) {
      // Not saved, or others gave the table new columns meanwhile: the whole page tells.
      location.assign(ownForm);
      return;
    }
    row.replaceWith(fresh);
    dress(fresh);
    focus(fresh.querySelector(`[data-cell="${name}"]`));
    // A refusal is an alert of its own; otherwise the row's checks are read out.
    const checks = fresh.cells[fresh.cells.length - 2];
    said.textContent = checks.querySelector("[role=alert]") ? "" : checks.textContent.trim();
  };

  const pressed = (cell, key) => {
    const now = cell.dataset.letters;
    if (key === "Delete" || key === "Backspace") return "";
    if (key === "C" || key === "I") return now === key ? "" : key;
    const kept = now.replace(/[CI]/g, "");
    const letters = kept.includes(key) ? kept.replace(key, "") : kept + key;
    return [...letters].sort().join("");
  };

  const move = (cell, across, down) => {
    const all = rows();
    const place = cells(cell.closest("tr")).indexOf(cell);
    const row = all[all.indexOf(cell.closest("tr")) + down];
    const to = row && cells(row)[place + across];
    if (to) focus(to);
  };

  const rtl = getComputedStyle(table).direction === "rtl" ? -1 : 1;
  const STEPS = { ArrowLeft: [-rtl, 0], ArrowRight: [rtl, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    if (STEPS[event.key]) {
      event.preventDefault();
      move(cell, ...STEPS[event.key]);
      return;
    }
    const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
    if (!["A", "R", "C", "I", "Delete", "Backspace"].includes(key)) return;
    event.preventDefault();
    if (cell.closest("tr").hasAttribute("aria-busy")) return;
    const letters = pressed(cell, key);
    if (WAYS.includes(letters) && letters !== cell.dataset.letters) save(cell, letters);
  });
  table.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (cell) focus(cell);
  });

  table.setAttribute("role", "grid");
  rows().forEach(dress);
  const first = table.querySelector("[data-cell]");
  if (first) first.tabIndex = 0;
})();
