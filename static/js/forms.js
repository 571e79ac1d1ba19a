// Forms: repeated blocks, drafts, checks of single fields, keys. Everything here is a convenience: the server does the same without it.
(() => {
  "use strict";
  const form = document.querySelector("form[data-form]");
  if (!form) return;
  const find = (selector, root = form) => root.querySelector(selector);
  const all = (selector, root = form) => [...root.querySelectorAll(selector)];

  // Repeated blocks. A removed block stays, folded, with its box ticked: unticking brings it back.
  const number = (block) => {
    let count = 0;
    all("[data-item]", block).forEach((item) => {
      if (!item.classList.contains("jo-removed")) count += 1;
      const place = find("[data-number]", item);
      if (place && !item.classList.contains("jo-removed")) place.textContent = count;
    });
  };
  const fold = (box) => {
    const item = box.closest("[data-item]");
    const block = box.closest("[data-formset]");
    item.classList.toggle("jo-removed", box.checked);
    number(block);
    if (box.checked) find("[data-said]", block).textContent = find("[data-said]", block).dataset.removed;
  };
  // What is asked of persons alone, or of organisations alone, stands where the kind asks for it; without a script all of it.
  const suit = (item) => {
    const kind = find("select[name$='-kind']", item);
    if (!kind) return;
    all("[data-for]", item).forEach((one) => {
      one.closest(".jo-field").hidden = one.dataset.for !== kind.value && !one.closest(".jo-field-bad");
    });
  };
  all("[data-item]").forEach(suit);
  const isRemoval = (target) => target.type === "checkbox" && target.name.endsWith("-DELETE");
  all("[data-formset]").forEach((block) => {
    all("input[type=checkbox]", block).filter((box) => isRemoval(box) && box.checked).forEach(fold);
    find("[data-add]", block).addEventListener("click", (event) => {
      event.preventDefault();
      const total = find(`[name="${block.dataset.formset}-TOTAL_FORMS"]`);
      const holder = document.createElement("div");
      holder.innerHTML = find("[data-empty]", block).innerHTML.replaceAll("__prefix__", total.value);
      const item = holder.firstElementChild;
      find("[data-items]", block).append(item);
      total.value = Number(total.value) + 1;
      suit(item);
      number(block);
      find("[data-said]", block).textContent = find("[data-said]", block).dataset.added;
      find("input:not([type=hidden]), select, textarea", item).focus();
      touch();
    });
  });

  // Drafts: two seconds after the last change and when the page is left. The first save and failures are spoken.
  const status = document.querySelector("[data-draft-status]");
  const spoken = document.querySelector("[data-draft-spoken]");
  let waiting = 0;
  let dirty = false;
  let failed = false;
  let leaving = false;
  let saidSaved = false;
  const say = (text, bad) => {
    const mark = document.querySelector(bad ? "[data-icon-failed]" : "[data-icon-saved]").content.cloneNode(true);
    const words = document.createElement("span");
    words.textContent = text;
    status.replaceChildren(mark, words);
    status.classList.toggle("jo-source-bad", bad);
    if (bad || !saidSaved) spoken.textContent = text;
    saidSaved = saidSaved || !bad;
  };
  const save = async (keepalive) => {
    clearTimeout(waiting);
    if (!dirty || leaving) return;
    dirty = false;
    const body = new FormData(form);
    all("input[type=file]").forEach((file) => body.delete(file.name));
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST", body, keepalive, credentials: "same-origin", headers: { Accept: "application/json", "X-Requested-With": "fetch" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const { saved_at: savedAt } = await answer.json();
      failed = false;
      say(status.dataset.saved.replace("{time}", savedAt || new Date().toTimeString().slice(0, 8)), false);
    } catch {
      failed = dirty = true;
      say(status.dataset.failed, true);
      waiting = setTimeout(save, 15000);
    }
  };
  const touch = () => {
    dirty = true;
    if (!form.dataset.draft) return;
    clearTimeout(waiting);
    waiting = setTimeout(save, 2000);
  };
  if (form.dataset.draft && status) {
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save(true));
    window.addEventListener("beforeunload", (event) => failed && !leaving && event.preventDefault());
  }
  form.addEventListener("input", touch);
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(waiting);
  });

  // One field against the server: the value goes in the body, never in the address. The answer may fill other fields of the block.
  const sibling = (input, name) => form.elements[input.name.replace(/[^-]+$/, name)];
  const showError = (input, text) => {
    const id = `${input.id}_error`;
    const field = input.closest(".jo-field");
    let line = document.getElementById(id);
    if (!line && text) {
      line = document.createElement("div");
      line.className = "jo-error";
      line.id = id;
      input.after(line);
    }
    if (line) {
      const words = document.createElement("span");
      words.textContent = text;
      line.replaceChildren(...(text ? [find("[data-icon-error]").content.cloneNode(true), words] : []));
    }
    field.classList.toggle("jo-field-bad", Boolean(text));
    input.toggleAttribute("aria-invalid", Boolean(text));
    if (text) input.setAttribute("aria-invalid", "true");
    const ids = new Set((input.getAttribute("aria-describedby") || "").split(" ").filter(Boolean));
    if (text) ids.add(id);
    else ids.delete(id);
    if (ids.size) input.setAttribute("aria-describedby", [...ids].join(" "));
    else input.removeAttribute("aria-describedby");
  };
  const fill = (input, values) => {
    Object.entries(values || {}).forEach(([name, value]) => {
      const target = sibling(input, name);
      if (!target || (target.value && !target.dataset?.filled)) return;
      target.value = value;
      if (target.dataset) target.dataset.filled = "1";
    });
  };
  const note = (input, text) => {
    const item = input.closest("[data-item]");
    const place = item && find("[data-item-note]", item);
    if (!place) return;
    place.className = text ? "jo-note" : "";
    place.textContent = text || "";
  };
  const check = async (input) => {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("field", input.name);
    body.set("value", input.value);
    all("select, input[type=radio]:checked", input.closest("[data-item]") || form).forEach((one) => body.set(one.name.replace(/^.*-/, ""), one.value));
    try {
      const answer = await fetch(input.dataset.checkUrl, { method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json", "X-Requested-With": "fetch" } });
      if (!answer.ok && answer.status !== 422) return;
      const found = await answer.json();
      showError(input, found.error || "");
      document.getElementById(`${input.id}_note`).textContent = found.message || "";
      if (found.value) input.value = found.value;
      fill(input, found.fill);
      note(input, found.notice);
    } catch {
      // Offline: the server checks again on submission.
    }
  };
  // Possible duplicates of a new record, below the section of its parties. Answers stay when the list is asked for anew.
  const asking = find("[data-similar-url]");
  const compared = (name) => /-(name|kind|id_kind|identifier|birth_date|phone)$|^(village|place|dispute_type)$/.test(name);
  let similar = null;
  let asked = 0;
  const compare = async () => {
    const body = new FormData();
    [...new FormData(form)].filter(([name]) => compared(name) || /-DELETE$|^csrf/.test(name)).forEach(([name, value]) => body.append(name, value));
    const turn = (asked += 1);
    try {
      const answer = await fetch(asking.dataset.similarUrl, { method: "POST", body, credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || turn !== asked) return;
      const answers = similar ? all("input:checked", similar).map((one) => [one.name, one.value]) : [];
      if (!similar) {
        similar = document.createElement("div");
        similar.setAttribute("role", "status");
        asking.closest("[data-section]").append(similar);
      }
      similar.innerHTML = await answer.text();
      answers.forEach(([name, value]) => {
        const same = all("input", similar).find((one) => one.name === name && one.value === value);
        if (same) same.checked = true;
      });
    } catch {
      // Offline: nobody is stopped by what could not be compared.
    }
  };
  // A record that is being amended would find itself.
  const comparing = asking && !form.elements.version;
  if (comparing && asking.value) compare();
  form.addEventListener("change", (event) => {
    const target = event.target;
    if (comparing && compared(target.name)) compare();
    if (isRemoval(target)) fold(target);
    if (target.name.endsWith("-kind")) suit(target.closest("[data-item]"));
    if (target.dataset.checkUrl && target.value) check(target);
    delete target.dataset.filled;
    touch();
  });

  // Ctrl+Enter submits, Ctrl+S saves the draft, Alt+1…9 goes to a section, Enter alone never submits a long form.
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const primary = find("[data-submit]");
    if (event.ctrlKey && event.key === "Enter") {
      event.preventDefault();
      form.requestSubmit(primary);
    } else if (event.ctrlKey && event.key === "s" && form.dataset.draft) {
      event.preventDefault();
      dirty = true;
      save();
    } else if (event.altKey && /^[1-9]$/.test(event.key)) {
      const section = all("[data-section]")[Number(event.key) - 1];
      if (!section) return;
      event.preventDefault();
      (find("input:not([type=hidden]), select, textarea", section) || section).focus();
      section.scrollIntoView();
    } else if (event.key === "Enter" && event.target.matches("form[data-form] input:not([type=submit])") && all("[data-section]").length > 1) {
      event.preventDefault();
    }
  });
})();
