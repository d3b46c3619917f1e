// Keeps a chosen file at once, and fills phrases into an opinion. All of it also works without.
"use strict";
for (const form of document.querySelectorAll("form[data-uploads]")) {
  form.addEventListener("change", (event) => {
    const { type, files } = event.target;
    if (type !== "file" || !files.length) return;
    if (files[0].size > Number(form.dataset.largest)) return refuse(event.target);
    form.setAttribute("aria-busy", "true");
    form.action = `${form.action.split("#")[0]}#${event.target.id}`; // come back to it
    form.submit();
  });
}

function refuse(field) {
  const words = document.createElement("p");
  words.className = "wrong";
  words.setAttribute("role", "alert");
  words.textContent = field.form.dataset.tooLarge;
  field.value = "";
  field.before(words);
}

for (const phrases of document.querySelectorAll("[data-phrases]")) {
  const box = document.getElementById(phrases.dataset.phrases);
  phrases.hidden = false;
  phrases.addEventListener("click", (event) => {
    if (event.target.tagName !== "BUTTON") return;
    box.value = (box.value ? box.value + "\n" : "") + event.target.textContent;
    box.focus();
  });
}
