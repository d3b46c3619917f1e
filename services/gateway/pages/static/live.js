// Listens for news, and fetches the marked regions of the page again when there is some.
"use strict";

for (const place of document.querySelectorAll("[data-live]")) listen(place);

function listen(place) {
  const { live, events, seen, lost, reload } = place.dataset;
  const source = new EventSource(live);
  const said = place.textContent;
  let wasLost = false;
  let due = null;

  const renew = () => {
    if (reload !== undefined) return location.reload();
    due = due || setTimeout(() => { due = null; freshen(); }, 400);
  };
  const heard = (event) => {
    const isOld = seen !== undefined && (event.lastEventId === seen || Number(event.lastEventId) <= Number(seen));
    if (!isOld) renew();
  };
  for (const name of events.split(" ")) source.addEventListener(name, heard);
  source.onopen = () => {
    if (place.hasAttribute("data-says")) { place.hidden = false; place.textContent = said; place.classList.remove("lost"); }
    if (wasLost) renew();
    wasLost = false;
  };
  source.onerror = () => {
    wasLost = true;
    if (place.hasAttribute("data-says")) { place.hidden = false; place.textContent = lost; place.classList.add("lost"); }
  };
  addEventListener("pagehide", () => source.close());
}

async function freshen() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of document.querySelectorAll("[data-fresh]")) {
    const newer = page.getElementById(region.id);
    if (!newer || region.contains(document.activeElement)) continue;
    const known = new Set([...region.querySelectorAll("[id]")].map((each) => each.id));
    for (const each of newer.querySelectorAll("li[id]")) if (!known.has(each.id)) each.classList.add("arrives");
    region.replaceWith(document.importNode(newer, true));
  }
}
