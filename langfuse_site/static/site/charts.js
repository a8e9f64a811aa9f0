// A box with the values of the bucket under the pointer, instead of the browser's own slow one.

const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
let shown = null;

function toneOf(chart, name) {
  for (const key of chart.querySelectorAll(".keys li")) {
    if (key.querySelector(".key-name").textContent === name) return key.className;
  }
  return "plain";
}

function lineOf(chart, text) {
  const at = text.lastIndexOf(": ");
  const line = document.createElement("div");
  const name = document.createElement("span");
  line.className = at < 0 ? "plain" : toneOf(chart, text.slice(0, at));
  name.textContent = at < 0 ? text : text.slice(0, at);
  line.append(name);
  if (at >= 0) {
    const value = document.createElement("span");
    value.textContent = text.slice(at + 2);
    line.append(value);
  }
  return line;
}

function show(chart, spot) {
  const title = spot.querySelector("title");
  if (title) {
    spot.dataset.tip = title.textContent;
    title.remove();
    spot.setAttribute("aria-label", spot.dataset.tip);
  }
  const [head, ...lines] = spot.dataset.tip.split("\n");
  const when = document.createElement("b");
  when.textContent = head;
  tip.replaceChildren(when, ...lines.slice(0, 12).map((line) => lineOf(chart, line)));
  chart.append(tip);
  tip.hidden = false;
  const box = chart.getBoundingClientRect();
  const at = spot.getBoundingClientRect();
  const middle = at.left + at.width / 2 - box.left;
  const left = middle + 12 + tip.offsetWidth > box.width ? middle - tip.offsetWidth - 12 : middle + 12;
  tip.style.left = `${Math.max(0, left)}px`;
  tip.style.top = `${at.top - box.top}px`;
}

document.addEventListener("pointerover", (event) => {
  const spot = event.target.closest?.(".spot");
  if (spot === shown) return;
  shown = spot;
  const chart = spot?.closest("[data-chart]");
  if (chart) show(chart, spot);
  else tip.hidden = true;
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-submits]");
  if (form) form.requestSubmit();
});
