// The editor of prompts in the admin: rows of a chat are added, moved and removed without a round trip, config is
// checked as one types, and what was typed and not saved outlives a closed session. Without it every button still works.

const editor = document.querySelector("[data-editor]");
if (editor) edit(editor);

function edit(form) {
  const rows = form.querySelector("[data-rows]");
  const type = form.querySelector("select[name=type]");
  if (type) changeType(form, type);
  if (rows) form.addEventListener("click", (event) => rearrange(event, form, rows));
  form.addEventListener("input", (event) => {
    if (event.target.name === "config") checkConfig(event.target);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.querySelector("[value=review]").click();
  });
  keepDraft(form);
}

function rearrange(event, form, rows) {
  const button = event.target.closest("button[name=step]");
  if (!button) return;
  const [what, which] = button.value.split("-");
  const row = button.closest("[data-row]");
  if (what === "add") {
    const added = form.querySelector(`template[data-new=${which}]`).content.cloneNode(true);
    rows.append(added);
    firstField(rows.lastElementChild).focus();
  } else if (what === "up" && row.previousElementSibling) {
    row.previousElementSibling.before(row);
    button.focus();
  } else if (what === "down" && row.nextElementSibling) {
    row.nextElementSibling.after(row);
    button.focus();
  } else if (what === "remove") {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next ? firstField(next) : form.querySelector("[value=add-message]")).focus();
  } else if (!["up", "down"].includes(what)) {
    return;
  }
  event.preventDefault();
  [...rows.children].forEach((one, index) => {
    for (const each of one.querySelectorAll("button[name=step]")) {
      each.value = `${each.value.split("-")[0]}-${index}`;
    }
  });
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function firstField(row) {
  return row.querySelector("textarea") ?? row.querySelector("input:not([type=hidden])");
}

function changeType(form, select) {
  const button = form.querySelector("button[value=type]");
  button.hidden = true;
  select.addEventListener("change", () => form.requestSubmit(button));
}

function checkConfig(area) {
  const told = document.getElementById("config-told");
  let problem = "";
  try {
    if (area.value.trim()) JSON.parse(area.value);
  } catch (error) {
    problem = error.message;
  }
  area.setAttribute("aria-invalid", problem ? "true" : "false");
  told.textContent = problem;
}

// What is typed stays in this tab until it is saved: a sign-in in between, a crash or a wrong click loses nothing.

function keepDraft(form) {
  const key = `prompt draft ${form.dataset.editor}`;
  const opened = typed(form);
  let leaving = false;
  let timer = 0;
  const told = sessionStorage.getItem(key);
  const kept = told && JSON.parse(told);
  if (kept && kept.typed !== opened && !form.hasAttribute("data-sent")) offer(form, kept, key);
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => keep(key, form), 300);
  });
  form.addEventListener("submit", () => {
    leaving = true;
    keep(key, form);
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && (form.hasAttribute("data-sent") || typed(form) !== opened)) event.preventDefault();
  });
}

function typed(form) {
  const fields = [...new FormData(form)].filter(([name]) => !["csrfmiddlewaretoken", "step"].includes(name));
  return JSON.stringify(fields);
}

function keep(key, form) {
  try {
    sessionStorage.setItem(key, JSON.stringify({ typed: typed(form), at: Date.now() }));
  } catch {
    // More than the browser keeps: the question before leaving remains.
  }
}

function offer(form, kept, key) {
  const notice = document.querySelector("[data-kept]");
  notice.querySelector("[data-kept-at]").textContent = new Date(kept.at).toLocaleString();
  notice.hidden = false;
  notice.querySelector("[data-drop]").addEventListener("click", () => {
    sessionStorage.removeItem(key);
    notice.hidden = true;
  });
  notice.querySelector("[data-restore]").addEventListener("click", () => {
    const sent = document.createElement("form");
    sent.method = "post";
    sent.hidden = true;
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    for (const [name, value] of [...JSON.parse(kept.typed), ["step", "edit"], ["csrfmiddlewaretoken", token]]) {
      const area = document.createElement("textarea");
      area.name = name;
      area.value = value;
      sent.append(area);
    }
    document.body.append(sent);
    sent.submit();
  });
}

document.querySelector(".pr-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

const saved = document.querySelector("[data-saved]");
if (saved) {
  sessionStorage.removeItem(`prompt draft ${saved.dataset.saved}`);
  history.replaceState(null, "", saved.dataset.here);
}
