// Passkeys: asks the server for a challenge, the device for its answer, and sends that with the form.
// Without this script the button stays hidden, and a code or a password does.
"use strict";
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button[type=submit]");
  const failed = form.querySelector("[data-failed]");
  const [create, get] = [webauthnJSON.create, webauthnJSON.get];
  if (!window.PublicKeyCredential) continue;
  button.hidden = false;
  for (const note of document.querySelectorAll("[data-without-passkey]")) note.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    failed.hidden = true;
    try {
      const asking = new FormData(form);
      asking.set("begin", "1");
      const answer = await fetch(form.action, { method: "POST", body: asking });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const options = await answer.json();
      const credential = await (form.dataset.passkey === "create" ? create : get)(options);
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch (_error) {
      button.disabled = false;
      failed.hidden = false;
    }
  });
}
