// What is typed into a form is kept on the server two seconds later, until the form is sent. What
// becomes of it is said beside the button. Without this script a form is kept when it is sent.
"use strict";
(() => {
  const PAUSE = 2e3;
  const NEVER = /(^|-)(csrfmiddlewaretoken|submission|writer|shown_on)$|password/;
  for (const marker of document.querySelectorAll("input[data-drafts]")) {
    const form = marker.form;
    const here = location.pathname + location.search;
    const target = new URL(form.getAttribute("action") || location.href, location.href);
    // A form that is sent elsewhere says which page it stands on.
    const page = form.elements.shown_on?.value || here;
    const stays = target.pathname + target.search === here || form.elements.shown_on;
    if (!stays || form.dataset.keep) continue;
    const said = document.createElement("span");
    said.className = "meta";
    said.setAttribute("role", "status");
    const button = form.querySelector("button[type=submit].go") || form.lastElementChild;
    (button.closest(".acts") || form).append(said);

    let timer = 0;
    let sending = null;
    let kept = "";
    let sent = false;
    const fields = () =>
      JSON.stringify(
        [...new FormData(form)].filter(([name, value]) => !NEVER.test(name) && typeof value === "string"),
      );
    const untouched = fields();
    const keep = async (leaving) => {
      clearTimeout(timer);
      const now = fields();
      if (sent || now === kept || (!kept && now === untouched)) return;
      if (marker.dataset.begun) {
        said.textContent = marker.dataset.begun;
        return;
      }
      sending?.abort();
      sending = new AbortController();
      const body = new URLSearchParams({
        csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
        page,
        fields: now,
      });
      const asked = { method: "POST", body, signal: leaving ? undefined : sending.signal };
      if (leaving) asked.keepalive = true;
      try {
        const answer = await fetch(marker.dataset.drafts, asked);
        if (answer.redirected || ![200, 422].includes(answer.status)) throw new Error(answer.status);
        said.textContent = (await answer.json()).said;
        if (answer.ok) kept = now;
      } catch (error) {
        if (error.name !== "AbortError") said.textContent = marker.dataset.failed;
      }
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    };
    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
    form.addEventListener("submit", () => {
      sent = true;
      clearTimeout(timer);
      sending?.abort();
    });
    addEventListener("pageshow", () => (sent = false));
    addEventListener("pagehide", () => keep(true));
  }
})();
