// What is typed into a form stays on this device until it was recorded: through a lost connection, a
// reload or a closed lid. Without a connection a form is not sent but waits, and is sent when the line
// is back; its key of sending makes it count once. Nothing stays after twelve hours.
"use strict";
(() => {
  const HOURS = 12;
  const offline = document.querySelector("[data-offline]");
  const kept = document.querySelector("[data-kept]");
  const forms = [...document.querySelectorAll("form[data-keep]")];
  const button = (form) => form.querySelector("button[type=submit]");
  const key = (form) =>
    `keep:${form.dataset.keep}:${location.pathname}:${button(form)?.name || ""}`;
  const inputs = (form) =>
    [...form.elements].filter(
      (one) => one.name && one.name !== "csrfmiddlewaretoken" && one.type !== "submit",
    );
  const read = (name) => {
    try {
      const stored = JSON.parse(localStorage.getItem(name));
      return stored && Date.now() - stored.at < HOURS * 3600e3 ? stored : null;
    } catch {
      return null;
    }
  };
  // What was recorded says so on the next page, by its key of sending: only then is it forgotten.
  const taken = [...document.querySelectorAll(".flash")]
    .flatMap((one) => [...one.classList])
    .filter((name) => name.startsWith("taken-"))
    .map((name) => name.slice("taken-".length));
  for (const name of Object.keys(localStorage).filter((one) => one.startsWith("keep:"))) {
    const stored = read(name);
    const done = stored?.values.some(([, value]) => taken.includes(value));
    if (!stored || done) localStorage.removeItem(name);
  }

  const save = (form) => {
    const values = inputs(form).map((one) =>
      one.type === "radio" || one.type === "checkbox"
        ? [one.name, one.value, one.checked]
        : [one.name, one.value],
    );
    localStorage.setItem(key(form), JSON.stringify({ at: Date.now(), values }));
  };
  const restore = (form) => {
    const stored = read(key(form));
    if (!stored) return;
    if (form.querySelector("[role=alert]")) return; // it came back with what was typed
    for (const [name, value, checked] of stored.values) {
      for (const one of inputs(form).filter((other) => other.name === name)) {
        if (checked === undefined) one.value = value;
        else if (one.value === value) one.checked = checked;
      }
    }
    if (kept) kept.hidden = false;
    const details = form.querySelector("details");
    if (details) details.open = true;
  };
  // What is thrown away on the server is thrown away here.
  for (const form of document.querySelectorAll("form[data-forget]")) {
    form.addEventListener("submit", () => forms.forEach((one) => localStorage.removeItem(key(one))));
  }
  const waiting = new Map();
  const send = (form, by) => {
    save(form);
    if (navigator.onLine) return true;
    waiting.set(form, by);
    if (offline) offline.hidden = false;
    return false;
  };
  for (const form of forms) {
    restore(form);
    form.addEventListener("input", () => save(form));
    form.addEventListener("submit", (event) => {
      if (!send(form, event.submitter)) event.preventDefault();
    });
  }
  addEventListener("offline", () => offline && (offline.hidden = false));
  addEventListener("online", () => {
    if (offline) offline.hidden = true;
    const [next] = waiting;
    waiting.clear();
    if (next) next[0].requestSubmit(next[1]);
  });
})();
