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
  const rows = () => [...table.tBodies[0].rows];
  // The cells that one may change; those of other bodies are read only.
  const cells = (row) => [...row.cells].filter((cell) => heads[cell.cellIndex].dataset.holder);
  const cellOf = (row, holder) => cells(row).find((cell) => cell.dataset.cell === holder);
  const letters = (cell) =>
    [...cell.querySelectorAll(".ra")].map((one) => one.textContent).join("");

  // One cell is reached by Tab; the arrow keys move from there.
  const focus = (cell) => {
    table.querySelectorAll("[data-cell][tabindex='0']").forEach((one) => (one.tabIndex = -1));
    cell.tabIndex = 0;
    cell.focus();
  };
  const dress = (row) => {
    const name = row.cells[0].textContent.trim();
    [...row.cells].slice(1).forEach((cell) => {
      const { holder } = heads[cell.cellIndex].dataset;
      cell.setAttribute("role", "gridcell");
      if (!holder) {
        cell.setAttribute("aria-readonly", "true");
        return;
      }
      cell.dataset.cell = holder;
      cell.dataset.letters = letters(cell);
      cell.tabIndex = -1;
      const missing = cell.querySelector(".vh");
      const words = [cell.dataset.letters || "–", missing ? missing.textContent : ""].join(" ");
      cell.setAttribute("aria-label", `${name}, ${heads[cell.cellIndex].title}: ${words.trim()}`);
    });
  };

  const fail = (row) => {
    const checks = row.querySelector("a.btn").closest("td").previousElementSibling;
    let words = checks.querySelector(".err");
    if (!words) {
      words = document.createElement("span");
      words.className = "err";
      words.setAttribute("role", "alert");
      checks.append(words);
    }
    words.textContent = table.dataset.failed;
  };

  const save = async (row, holder, wanted) => {
    const cell = cellOf(row, holder);
    const body = new URLSearchParams({
      csrfmiddlewaretoken: token,
      columns: table.dataset.columns,
      elsewhere: table.dataset.elsewhere || "",
      [holder]: wanted,
      [`was-${holder}`]: cell.dataset.letters,
    });
    let answer = null;
    try {
      answer = await fetch(row.dataset.row, { method: "POST", body, headers: { "X-Row": "only" } });
    } catch {
      // No line: said beside the row.
    }
    if (answer && answer.status === 204) {
      location.reload(); // the responsibility was given up meanwhile
      return;
    }
    const part = document.createElement("tbody");
    if (answer && [200, 409, 422].includes(answer.status)) part.innerHTML = await answer.text();
    const fresh = part.rows[0];
    if (!fresh || fresh.cells.length !== row.cells.length) {
      fail(row);
      return;
    }
    const stayed = row.contains(document.activeElement) && document.activeElement.dataset.cell;
    row.replaceWith(fresh);
    dress(fresh);
    if (stayed) focus(cellOf(fresh, stayed));
    else if (!table.querySelector("[data-cell][tabindex='0']")) cellOf(fresh, holder).tabIndex = 0;
    // A refusal is an alert of its own; otherwise the row's checks are read out.
    const checks = fresh.querySelector("a.btn").closest("td").previousElementSibling;
    said.textContent = checks.querySelector("[role=alert]") ? "" : checks.textContent.trim();
  };

  const pressed = (now, key) => {
    if (key === "Delete" || key === "Backspace") return "";
    if (key === "C" || key === "I") return now === key ? "" : key;
    const kept = now.replace(/[CI]/g, "");
    return [...(kept.includes(key) ? kept.replace(key, "") : kept + key)].sort().join("");
  };

  // One after the other, so that "A" and "R" in quick succession are both kept.
  let work = Promise.resolve();
  const enqueue = (cell, key) => {
    const id = cell.closest("tr").id;
    const holder = cell.dataset.cell;
    work = work.then(async () => {
      const row = document.getElementById(id);
      const now = cellOf(row, holder).dataset.letters;
      const wanted = pressed(now, key);
      if (!WAYS.includes(wanted) || wanted === now) return;
      row.setAttribute("aria-busy", "true");
      await save(row, holder, wanted);
      row.removeAttribute("aria-busy");
    });
  };

  const move = (cell, across, down) => {
    const all = rows();
    const row = all[all.indexOf(cell.closest("tr")) + down];
    const to = row && cells(row)[cells(cell.closest("tr")).indexOf(cell) + across];
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
    enqueue(cell, key);
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
