// The register by keyboard, and selecting its rows. Without this script everything is reached by Tab.
// Single keys can be switched off in their list: whoever speaks to a computer would press them.
"use strict";
(() => {
  const table = document.querySelector("table[data-rows]");
  if (!table) return;
  const link = (row) => row.querySelector("th a");
  const rows = [...table.tBodies[0].rows].filter(link);
  const boxes = [...table.querySelectorAll("input[name=pick]")];

  // How many are selected; what can be done with them says so.
  const all = table.querySelector("[data-all]");
  const said = document.querySelector("[data-picked]");
  const none = said?.textContent;
  const count = () => {
    const picked = boxes.filter((box) => box.checked);
    for (const box of boxes) box.closest("tr").classList.toggle("sel", box.checked);
    if (all) {
      all.checked = picked.length === boxes.length;
      all.indeterminate = picked.length > 0 && !all.checked;
    }
    if (said) said.textContent = picked.length ? `${none}: ${picked.length}` : none;
  };
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      count();
    });
    table.addEventListener("change", count);
    addEventListener("pageshow", count);
  }

  const list = document.querySelector("dialog[data-keys]");
  const on = list.querySelector("[data-keys-on]");
  const hint = document.querySelector("[data-keys-hint]");
  // As everywhere: the next page is told by a cookie.
  const page = document.documentElement.dataset;
  on.checked = page.keys !== "off";
  on.addEventListener("change", () => {
    page.keys = on.checked ? "on" : "off";
    document.cookie = `keys=${page.keys}; path=/; max-age=31536000; samesite=lax`;
  });
  hint.hidden = false;
  hint.querySelector("button").addEventListener("click", () => list.showModal());

  const here = () => rows.findIndex((row) => row.contains(document.activeElement));
  const move = (step) => {
    const at = here();
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    if (rows[next]) link(rows[next]).focus();
  };
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    o: () => here() >= 0 && link(rows[here()]).click(),
    x: () => rows[here()]?.querySelector("input[name=pick]")?.click(),
    "/": () => document.querySelector("input[name=find]").focus(),
    "?": () => list.showModal(),
  };
  document.addEventListener(
    "keydown",
    (event) => {
      const typing = event.target.closest("input:not([type=checkbox]),select,textarea,dialog");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !on.checked) return;
      if (!Object.hasOwn(keys, event.key)) return;
      // On this page a key means the rows and not what it means everywhere.
      event.preventDefault();
      event.stopImmediatePropagation();
      keys[event.key]();
    },
    true,
  );
})();
