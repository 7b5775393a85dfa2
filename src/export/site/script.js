"use strict";

// Search and filters of the list, and buttons that copy. Without this the pages are a list and texts.

const find = (id) => document.getElementById(id);

function list() {
  const form = find("search");
  if (!form) return;
  const fields = { q: find("q"), product: find("product"), level: find("level"), attack: find("attack") };
  const rows = Array.from(find("rules").children, (row) => ({
    row,
    text: `${row.textContent} ${row.dataset.find}`.toLowerCase(),
    product: row.dataset.product,
    level: row.dataset.level,
    attack: row.dataset.attack.split(" "),
  }));

  // A technique stands for its parts too.
  const watches = (row, name) => row.attack.some((one) => one === name || one.startsWith(`${name}.`));

  function show() {
    const words = fields.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { product, level, attack } = fields;
    let count = 0;
    for (const one of rows) {
      const fits =
        (!product.value || one.product === product.value) &&
        (!level.value || one.level === level.value) &&
        (!attack.value || watches(one, attack.value)) &&
        words.every((word) => one.text.includes(word));
      one.row.hidden = !fits;
      count += fits ? 1 : 0;
    }
    const all = `${rows.length} ${rows.length === 1 ? "rule" : "rules"}`;
    find("count").textContent = count === rows.length ? all : `${count} of ${all}`;
    find("none").hidden = count > 0 || rows.length === 0;
  }

  // The address holds what is looked for, so that it can be sent to somebody.
  function keep() {
    const set = Object.entries(fields).filter(([, field]) => field.value);
    const hash = new URLSearchParams(set.map(([name, field]) => [name, field.value])).toString();
    try {
      history.replaceState(null, "", hash ? `#${hash}` : location.pathname);
    } catch {
      // Some browsers allow it for no file.
    }
  }

  function restore() {
    const set = new URLSearchParams(location.hash.slice(1));
    for (const [name, field] of Object.entries(fields)) {
      field.value = set.get(name) ?? "";
      if (field.selectedIndex === -1) field.value = "";
    }
    show();
  }

  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      show();
      keep();
    }, 80);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  find("clear").addEventListener("click", () => {
    for (const field of Object.values(fields)) field.value = "";
    show();
    keep();
    fields.q.focus();
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      fields.q.focus();
      fields.q.select();
    }
  });
  window.addEventListener("hashchange", () => {
    if (location.hash !== "#main") restore();
  });
  form.hidden = false;
  restore();
}

async function toClipboard(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // What follows works without a permission.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "copied";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

function copying() {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const target = find(button.dataset.copy);
    const word = button.firstChild;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await toClipboard(target.textContent);
      button.focus();
      word.textContent = done ? "Copied" : "Not copied";
      find("said").textContent = done ? "The query is on the clipboard." : "The browser does not allow copying.";
      setTimeout(() => {
        word.textContent = "Copy";
        find("said").textContent = "";
      }, 2500);
    });
  }
}

list();
copying();
