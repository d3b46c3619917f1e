// Listens for news, and fetches the marked regions of the page again when there is some.
"use strict";

for (const place of document.querySelectorAll("[data-live]")) listen(place);

const SOONEST = 1000, LATEST = 5000; // ms: not all who were sent away return at once
const later = (again) => setTimeout(again, SOONEST + Math.random() * (LATEST - SOONEST));

function listen(place) {
  const { live, events, seen, lost, reload } = place.dataset;
  const said = place.textContent;
  let source = null;
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
  const opened = () => {
    if (place.hasAttribute("data-says")) { place.hidden = false; place.textContent = said; place.classList.remove("lost"); }
    if (wasLost) renew();
    wasLost = false;
  };
  const failed = () => {
    wasLost = true;
    if (place.hasAttribute("data-says")) { place.hidden = false; place.textContent = lost; place.classList.add("lost"); }
    if (source.readyState === EventSource.CLOSED) later(open); // sent away: a browser does not return by itself
  };
  const open = () => {
    source = new EventSource(live);
    for (const name of events.split(" ")) source.addEventListener(name, heard);
    source.onopen = opened;
    source.onerror = failed;
  };
  open();
  addEventListener("pagehide", () => source.close());
}

async function freshen() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (answer.status === 429) later(freshen);
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
