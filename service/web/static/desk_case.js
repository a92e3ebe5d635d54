"use strict";
// The review page beyond its boxes: progress of the work on pictures, and the check of texts while they are typed.
// Without this script the page is read anew while work goes on, and texts are checked when they are saved.
(() => {
  const page = document.querySelector("[data-progress]");
  const status = document.querySelector("[data-status]");
  const words = document.querySelector("template[data-words]").dataset;
  const kinds = JSON.parse(words.kinds);
  const editors = window.clearwayEditors;
  let typed = document.querySelector(".texts[data-unsaved], .assessment[data-unsaved]") !== null;
  const isUnsaved = () => typed || editors.some((editor) => editor.changed);

  // Progress: how far each picture is; once something is finished the page is shown anew, unless that would lose
  // what was typed or drawn.
  let before = null;

  function show(picture) {
    const place = document.querySelector(`[data-picture="${picture.number}"] [data-look="${picture.work}"] progress`);
    if (!place || !picture.steps) return;
    place.max = picture.steps;
    place.value = picture.step;
  }

  async function follow() {
    const answer = await fetch(page.dataset.progress, {headers: {Accept: "application/json"}}).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return void setTimeout(follow, 3000);
    const news = await answer.json();
    const now = JSON.stringify(news.pictures.map((picture) => picture.work));
    if (before !== null && before !== now) {
      if (!isUnsaved()) return void location.reload();
      status.textContent = words.ready;
      status.append(" ", Object.assign(document.createElement("a"), {href: location.pathname + location.search, textContent: words.shown}));
      if (!news.waiting) return;
    }
    before = now;
    news.pictures.forEach(show);
    setTimeout(follow, 800);
  }
  if (page.dataset.waiting === "yes") {
    before = JSON.stringify([...document.querySelectorAll("[data-picture]")].map((each) => each.dataset.work));
    follow();
  }

  // Texts are looked through a moment after the last key. Places count characters (code points), as [...text] does.
  const texts = document.querySelector("[data-scan]");

  function put(field, start, end, instead) {
    const letters = [...field.value];
    const [before, after] = [letters.slice(0, start).join(""), letters.slice(end).join("")];
    // What stands beside it already is not said twice.
    const isSaid = instead && (before.endsWith(instead) || after.startsWith(instead));
    field.value = before + (isSaid ? "" : instead) + after;
    field.dispatchEvent(new Event("input", {bubbles: true}));
    field.focus();
  }

  function mark(place, text, findings) {
    place.replaceChildren();
    if (findings.length === 0) return;
    const letters = [...text];
    const whole = Object.assign(document.createElement("p"), {className: "in-place"});
    const list = document.createElement("ul");
    let at = 0;
    for (const {start, end, kind, suggestion} of findings) {
      const found = letters.slice(start, end).join("");
      whole.append(letters.slice(at, start).join(""), Object.assign(document.createElement("mark"), {textContent: found, title: kinds[kind]}));
      at = end;
      const said = document.createElement("span");
      said.append(`${kinds[kind]} `, Object.assign(document.createElement("b"), {textContent: found}), ` → ${suggestion || words.leave}`);
      const use = Object.assign(document.createElement("button"), {type: "button", name: "apply", textContent: words.use});
      use.value = `${place.dataset.found}:${start}:${end}`;
      use.dataset.instead = suggestion;
      const line = document.createElement("li");
      line.append(said, use);
      list.append(line);
    }
    whole.append(letters.slice(at).join(""));
    place.append(whole, list);
  }

  let asked = 0;
  async function scan() {
    const turn = (asked += 1);
    const body = new URLSearchParams(new FormData(texts));
    const headers = {"X-CSRF-Token": texts.elements.csrf.value};
    const answer = await fetch(texts.dataset.scan, {method: "POST", body, headers}).catch(() => null);
    if (!answer || !answer.ok || answer.redirected || turn !== asked) return;
    const {findings} = await answer.json();
    texts.querySelectorAll("[data-found]").forEach((place) => {
      const name = place.dataset.found;
      mark(place, texts.elements[name].value, findings.filter((finding) => finding.field === name));
    });
  }

  // The public page in its frames, one a language: as tall as it is, and with what is being typed.
  const CODES = {chinese: "zh-CN", english: "en"};
  const frames = [...document.querySelectorAll("iframe[data-public]")];

  // Nothing where it could not be loaded, as when the session has ended.
  const article = (frame) => frame.contentDocument?.querySelector(".case-text");

  function fit(frame) {
    if (!article(frame)) return;
    frame.style.height = "1px"; // a page is at least as tall as its frame
    frame.style.height = `${frame.contentDocument.documentElement.scrollHeight}px`;
  }

  function mirror(field) {
    const [group, name] = field.name.split(".");
    for (const frame of name ? frames : []) {
      if (article(frame)?.lang !== CODES[group]) continue;
      const page = frame.contentDocument;
      if (name === "title") {
        page.querySelector("h1").textContent = field.value;
      } else {
        const lines = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
        const place = page.querySelector(`.case-text .${name}`);
        const told = lines.map((line) => Object.assign(page.createElement("p"), {textContent: line}));
        place.replaceChildren(place.querySelector("h2"), ...told);
      }
      fit(frame);
    }
  }

  frames.forEach((frame) => {
    const shown = () => {
      if (texts) [...texts.elements].filter((field) => field.name.includes(".")).forEach(mirror);
      fit(frame);
    };
    frame.addEventListener("load", shown);
    if (article(frame)) shown();
  });
  addEventListener("resize", () => frames.forEach(fit));

  if (texts) {
    let later;
    texts.addEventListener("input", (event) => {
      typed = true;
      mirror(event.target);
      clearTimeout(later);
      later = setTimeout(scan, 500);
    });
    texts.addEventListener("click", (event) => {
      const use = event.target.closest("button[name=apply]");
      if (!use) return;
      event.preventDefault();
      const [name, start, end] = use.value.split(":");
      use.closest("li").remove();
      put(texts.elements[name], Number(start), Number(end), use.dataset.instead);
      // The other places of this field have moved.
      clearTimeout(later);
      scan();
    });
  }
  document.querySelector(".assessment")?.addEventListener("input", () => (typed = true));

  // What was sent when the session had ended is filled in again once its writer has signed in. The tab forgets it when
  // it was kept, when somebody signs out and when it is closed.
  const KEPT = "clearway-typed";
  const owner = `${document.querySelector(".who").textContent} ${page.dataset.progress}`;
  const fieldsOf = (form) => [...new FormData(form)].filter(([name]) => name !== "csrf" && name !== "version");

  function remember(form) {
    const kind = form.matches(".texts") ? ".texts" : ".assessment";
    sessionStorage.setItem(KEPT, JSON.stringify({owner, kind, fields: fieldsOf(form)}));
  }

  function recall() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    if (!kept || kept.owner !== owner) return;
    sessionStorage.removeItem(KEPT);
    const form = document.querySelector(kept.kind);
    if (!form || JSON.stringify(fieldsOf(form)) === JSON.stringify(kept.fields)) return;
    kept.fields.forEach(([name, value]) => {
      const field = form.elements[name];
      if (!field || field.value === value) return;
      field.value = value;
      (field.length ? form : field).dispatchEvent(new Event("input", {bubbles: true}));
    });
    status.textContent = words.recalled;
  }
  recall();

  document.querySelectorAll("form[method=post]").forEach((form) => {
    form.addEventListener("submit", () => {
      if (form.matches(".texts, .assessment")) {
        remember(form);
        typed = false;
      }
      // Pressed twice is sent once.
      setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = true)));
    });
  });
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  window.addEventListener("beforeunload", (event) => isUnsaved() && event.preventDefault());
  document.getElementById("problem")?.focus();
})();
