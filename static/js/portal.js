// Every page: focus on errors, menus, shortcuts, copying, the retry bar. Pages work without it.
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

  // A page that came back with errors starts at the summary; its links go to the first control of the field.
  const focusErrors = (root = document) => find("[data-error-summary]", root)?.focus();
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    const control = target.matches("input, select, textarea, fieldset") ? target : find("input, select, textarea", target) || target;
    control.focus();
    control.scrollIntoView({ block: "center" });
  });

  // Menus of <details>: one open at a time, closed by Escape or a click elsewhere.
  const closeMenus = (except) => all("[data-drop][open]").forEach((menu) => menu !== except && (menu.open = false));
  document.addEventListener("click", (event) => closeMenus(event.target.closest("[data-drop]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    const menu = find("[data-drop][open]");
    if (menu) {
      menu.open = false;
      find("summary", menu).focus();
    } else if (location.hash === "#jo-menu") {
      location.hash = "#main";
    }
  });

  // N, then the letter of a quick action. Off while typing or composing, and can be switched off on the account page.
  const shortcutsOff = () => {
    try {
      return localStorage.getItem("jo-shortcuts") === "off";
    } catch {
      return true;
    }
  };
  let armedAt = 0;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || shortcutsOff()) return;
    const key = event.key.toLowerCase();
    const link = Date.now() - armedAt < 1500 && all("[data-key]").find((one) => one.dataset.key.toLowerCase() === key);
    armedAt = key === "n" ? Date.now() : 0;
    if (link) location.assign(link.href);
  });
  // The slash goes to the search box, on a phone to its page. Not while typing or composing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || shortcutsOff()) return;
    const box = find("[data-search]");
    if (!box) return;
    event.preventDefault();
    if (box.offsetParent) box.focus();
    else location.assign(find(".jo-top-find").href);
  });
  // A deed on the columns comes back to the open chooser.
  if (location.hash === "#jo-columns" && find("#jo-columns")) find("#jo-columns").open = true;
  const setting = find("[data-shortcut-setting]");
  if (setting) {
    const box = find("input", setting);
    setting.hidden = false;
    box.checked = !shortcutsOff();
    box.addEventListener("change", () => localStorage.setItem("jo-shortcuts", box.checked ? "on" : "off"));
  }

  // The clipboard exists only on secure addresses: the button stays hidden elsewhere.
  if (navigator.clipboard) {
    all("[data-copy]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.dataset.copy);
        find("span", button).textContent = button.dataset.done;
      });
    });
  }

  // A query that replaced the rows alone changed the address, and not what the forms beside them carry.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const carried = find("input[type=hidden][name=query]", form);
    if (carried) carried.value = location.search.slice(1);
    if (form.matches(".jo-export, .jo-ledger")) form.action = form.action.replace(/\?.*$/, "") + location.search;
  }, true);

  // A second press of a submit button sends nothing: the server's token refuses it, and the person sees no error.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.dataset.formset) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 8000);
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // A fragment that did not arrive leaves the page as it is and offers to try again.
  const retry = (event) => {
    const source = event.detail.elt;
    if (find(".jo-retry") || source.id === "job") return;
    const bar = document.getElementById("jo-retry").content.firstElementChild.cloneNode(true);
    find("button", bar).addEventListener("click", () => {
      bar.remove();
      if (source.matches("form")) source.requestSubmit();
      else location.reload();
    });
    document.body.append(bar);
  };
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => document.addEventListener(name, retry));
  document.addEventListener("htmx:afterSwap", (event) => focusErrors(event.detail.elt));

  focusErrors();
})();
