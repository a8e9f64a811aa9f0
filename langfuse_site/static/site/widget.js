// What is typed while the fields of a widget are on their way from the server stays.

const sent = new Map();
let typed = [];

function texts() {
  return document.querySelectorAll("#fields input:is([type='text'], [type='number'])");
}

function isOfFields(event) {
  return event.detail.target?.id === "fields";
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isOfFields(event)) return;
  sent.clear();
  for (const input of texts()) sent.set(input.id, input.value);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isOfFields(event)) return;
  typed = [...texts()].filter((input) => sent.has(input.id) && sent.get(input.id) !== input.value);
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (!isOfFields(event)) return;
  for (const { id, value } of typed) {
    const input = document.getElementById(id);
    if (input) input.value = value;
  }
  typed = [];
});
