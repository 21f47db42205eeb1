// Small comforts over pages that work without them. The server holds all state.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, act) => document.addEventListener(name, act);
  const byId = (id) => document.getElementById(id);
  let lastTicked = null;
  let chord = "";

  // --- rows of a list: the page's tick box, ranges ---
  const rows = () => all("input[name=row]");
  function showPartly() {
    const ticked = rows().filter((box) => box.checked).length;
    all("[data-all]").forEach((box) => {
      box.checked = ticked > 0 && ticked === rows().length;
      box.indeterminate = ticked > 0 && !box.checked;
    });
    rows().forEach((box) => box.closest("tr").classList.toggle("is-sel", box.checked));
  }
  function tickRange(box) {
    const boxes = rows();
    const ends = [boxes.indexOf(lastTicked), boxes.indexOf(box)].sort((a, b) => a - b);
    if (ends[0] >= 0) boxes.slice(ends[0], ends[1] + 1).forEach((other) => { other.checked = box.checked; });
  }
  on("click", (event) => {
    const box = event.target;
    if (box.name === "row") {
      if (event.shiftKey && lastTicked) tickRange(box);
      lastTicked = box;
    }
    const opener = box.closest?.("[data-dialog]");
    const dialog = opener && byId(opener.dataset.dialog);
    if (dialog?.showModal) { event.preventDefault(); dialog.showModal(); }
    if (box.closest?.("[data-close]")) { event.preventDefault(); box.closest("dialog").close(); }
  });

  // --- forms ---
  const money = (text) => {
    const typed = text.replace(/[\s$]/g, "").replace("\u2212", "-");
    if (!/^-?\d+([.,]\d{1,2})?$/.test(typed)) return text;
    const options = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    const shown = Number(typed.replace(",", ".")).toLocaleString(document.documentElement.lang, options);
    return shown.replace("-", "\u2212").replace(/\u202f/g, "\u00a0");
  };
  // In the capture phase, so that a list's rows agree before anything is sent.
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-all]")) rows().forEach((box) => { box.checked = target.checked; });
    if (target.matches("[data-all], input[name=row]")) showPartly();
    if (target.matches("[data-submit]")) target.form.requestSubmit();
    if (target.form?.matches("[data-guard]")) target.form.dataset.changed = "yes";
  }, true);
  on("focusout", ({ target }) => { if (target.matches("[data-money]")) target.value = money(target.value); });
  on("submit", ({ target }) => { delete target.dataset.changed; });
  on("formdata", ({ target, formData }) => {
    if (target.method === "get") for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
  addEventListener("beforeunload", (event) => { if ($("form[data-changed]")) event.preventDefault(); });

  // --- menus: arrows move, the browser closes ---
  document.addEventListener("toggle", ({ target, newState }) => {
    if (newState === "open" && target.matches(".menu, .ask")) $("a, button, input:not([type=hidden]), select", target)?.focus();
  }, true);
  function moveInMenu(event, menu) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const items = all("a, button", menu).filter((item) => item.offsetParent);
    items.at((items.indexOf(document.activeElement) + step) % items.length)?.focus();
    event.preventDefault();
  }

  // --- keyboard: data-key="g p" is clicked, or focused when a field ---
  const toRow = (step) => {
    const links = all(".dt tbody .lnk");
    links.at(Math.max(0, Math.min(links.indexOf(document.activeElement) + step, links.length - 1)))?.focus();
  };
  const tick = (event) => {
    const box = $("input[name=row]", document.activeElement.closest("tr") ?? document.createElement("p"));
    box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }));
  };
  const inRows = { j: () => toRow(1), k: () => toRow(-1), x: tick, X: tick };
  function press(key) {
    const target = $(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return false;
    if (target.dataset.confirm && !confirm(target.dataset.confirm)) return true;
    if (target.matches("input")) target.focus(); else target.click();
    return true;
  }
  on("keydown", (event) => {
    const { target, key } = event;
    const menu = target.closest(".menu");
    if (menu) { moveInMenu(event, menu); return; }
    if (key === "Enter" && (event.ctrlKey || event.metaKey) && target.form && !target.form.matches("[data-money-form]")) {
      target.form.requestSubmit();
      return;
    }
    const typing = target.matches("select, textarea, input:not([type=checkbox], [type=radio])");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.shortcuts === "off") return;
    if ($("dialog[open], :popover-open")) return;
    const both = chord && `${chord} ${key}`;
    chord = key === "g" ? key : "";
    if (press(both || key)) event.preventDefault();
    else if (inRows[key]) { event.preventDefault(); inRows[key](event); }
  });

  // --- htmx: tokens, focus, news ---
  on("htmx:configRequest", ({ detail }) => {
    detail.headers["X-CSRFToken"] = $("meta[name=csrf-token]")?.content ?? "";
  });
  function settle(root) {
    showPartly();
    $("dialog[data-show]:not([open])")?.showModal();
    $(".errors, [data-focus]", root)?.focus();
    const news = $("[data-announce]", root);
    if (news) byId("live").textContent = news.textContent.trim();
  }
  on("htmx:afterSettle", ({ detail }) => settle(detail.elt.isConnected ? detail.elt : document));
  const failed = ({ detail }) => {
    const notice = byId("load-failed");
    if (notice && detail.target) detail.target.replaceChildren(notice.content.cloneNode(true));
  };
  on("htmx:responseError", failed);
  on("htmx:sendError", failed);
  showPartly();
  $(".errors")?.focus();
  all(":is(.views,.maintabs)>[aria-current],.cards>:has([aria-current])").forEach((it) => { it.parentNode.scrollLeft = it.offsetLeft - 44; });
})();
