// Several people work on one meeting: the parts that others change are fetched again now and then.
// What one types is never touched. Without this script one reloads the page.
"use strict";
(() => {
  const EVERY = 10e3;
  const refresh = async () => {
    if (document.hidden || !navigator.onLine) return;
    try {
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "live" } });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
        if (fresh && fresh.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) {
          part.replaceChildren(...fresh.childNodes);
        }
      }
    } catch {
      // The line is down for a moment; the next time will do.
    }
  };
  setInterval(refresh, EVERY);
})();
