// Finds, jumps and acts from the keyboard: "/" goes to the search box, Ctrl+K opens a list that follows
// what is typed. Without this script the box sends its form, and the page of the search has the rest.
"use strict";
(() => {
  const form = document.querySelector("form.find");
  const WAIT = 200;
  const make = (name, attributes = {}, text = "") => {
    const one = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    one.textContent = text;
    return one;
  };
  const box = () => document.querySelector(".find input");
  const types = (one) => one.isContentEditable || one.closest("input,select,textarea,[role=grid]");
  const silent = () => document.documentElement.dataset.keys === "off";
  let dialog, input, list, said, asking, timer, last, from;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const choose = (one) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === one));
    if (one) {
      input.setAttribute("aria-activedescendant", one.id);
      one.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const chosen = () => list.querySelector("[aria-selected=true]");
  const page = () => `${form.action}?q=${encodeURIComponent(input.value.trim())}`;
  const go = (one) => {
    const url = one ? one.dataset.url : page();
    dialog.close();
    if (url) location.assign(url);
    else print();
  };
  const draw = ({ lines, said: words }) => {
    const groups = new Map();
    for (const line of lines) {
      if (!groups.has(line.group)) groups.set(line.group, []);
      groups.get(line.group).push(line);
    }
    let n = 0;
    list.replaceChildren(
      ...[...groups].map(([name, some], place) => {
        const group = make("div", { role: "group", "aria-labelledby": `pal-g${place}` });
        group.append(make("div", { id: `pal-g${place}`, class: "grp", role: "presentation" }, name));
        for (const line of some) {
          const one = make("div", { role: "option", id: `pal-${n++}`, "aria-selected": "false" });
          one.dataset.url = line.url;
          one.append(make("bdi", {}, line.title), make("small", {}, line.note));
          group.append(one);
        }
        return group;
      }),
    );
    input.setAttribute("aria-expanded", String(n > 0));
    choose(input.value.trim() ? options()[0] : null);
    said.textContent = words;
  };
  const ask = async () => {
    const typed = input.value.trim();
    if (typed === last) return;
    asking?.abort();
    asking = new AbortController();
    const query = new URLSearchParams({ q: typed, process: form.dataset.process, format: "json" });
    try {
      const answer = await fetch(`${form.action}?${query}`, { signal: asking.signal });
      if (answer.redirected || !answer.ok) throw new Error(answer.status);
      const found = await answer.json();
      last = typed;
      draw(found);
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = form.dataset.lost;
    }
  };
  const build = () => {
    dialog = make("dialog", { class: "pal", "aria-label": form.dataset.name });
    input = make("input", {
      type: "text",
      role: "combobox",
      enterkeyhint: "search",
      maxlength: "200",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: form.dataset.hint,
      "aria-label": form.dataset.name,
      "aria-autocomplete": "list",
      "aria-controls": "pal-list",
      "aria-expanded": "false",
    });
    list = make("div", { id: "pal-list", role: "listbox", "aria-label": form.dataset.name });
    said = make("p", { class: "meta", role: "status" });
    dialog.append(input, list, said);
    document.body.append(dialog);
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    });
    input.addEventListener("keydown", (event) => {
      const all = options();
      const at = all.indexOf(chosen());
      const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? all.length - 1 : at - 1 }[event.key];
      if (to !== undefined) {
        event.preventDefault();
        choose(all[(to + all.length) % all.length]);
      } else if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        // What stands there may be of fewer letters than were typed.
        const fresh = input.value.trim() === last;
        if ((fresh && chosen()) || input.value.trim()) go(fresh ? chosen() : null);
      }
    });
    list.addEventListener("click", (event) => {
      const one = event.target.closest("[role=option]");
      if (one) go(one);
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => from?.focus?.());
  };
  const open = () => {
    if (!dialog) build();
    if (dialog.open) return dialog.close();
    from = document.activeElement;
    last = undefined;
    input.value = "";
    dialog.showModal();
    ask();
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    if (form && (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !silent() && !types(event.target)) {
      const field = box();
      if (!field?.checkVisibility()) return;
      event.preventDefault();
      field.focus();
      field.select();
    }
  });
})();
