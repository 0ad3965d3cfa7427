// Suggestions below the search field: a combobox. Without them the field is a form that searches by Enter.
{
  const WAIT = 200;
  const SHORTEST = 2;
  let timer = 0;
  let typed = "";

  const field = () => document.getElementById("site-search");
  const panel = () => document.getElementById("site-suggest");
  const options = () => [...panel().querySelectorAll('[role="option"]')];
  const active = () => panel().querySelector('[aria-selected="true"]');

  const mark = (option) => {
    active()?.removeAttribute("aria-selected");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) field().setAttribute("aria-activedescendant", option.id);
    else field().removeAttribute("aria-activedescendant");
  };
  const show = (visible) => {
    panel().hidden = !visible;
    field().setAttribute("aria-expanded", String(visible));
    if (!visible) mark(null);
    document.getElementById("site-suggest-status").textContent =
      (visible && panel().querySelector("[data-said]")?.dataset.said) || "";
  };
  const move = (step) => {
    // One place more than there are options: the field itself, with what was typed.
    const places = [null, ...options()];
    const option = places[(places.indexOf(active()) + step + places.length) % places.length];
    mark(option);
    field().value = option?.dataset.text ?? typed;
  };

  document.addEventListener("focusin", ({ target }) => {
    if (target.id !== "site-search" || target.role === "combobox") return;
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-controls": "site-suggest", "aria-expanded": "false",
    })) target.setAttribute(name, value);
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (target.id === "site-search" && !panel().contains(relatedTarget)) show(false);
  });
  // A tap on an option must not take the focus first, or the panel would close under the finger.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest?.("#site-suggest")) event.preventDefault();
  });
  document.addEventListener("input", ({ target }) => {
    if (target.id !== "site-search") return;
    clearTimeout(timer);
    typed = target.value;
    if (typed.trim().length < SHORTEST) show(false);
    else timer = setTimeout(() => htmx.trigger(target, "suggest"), WAIT);
  });
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    if (detail.ctx?.target?.id !== "site-suggest") return;
    show(document.activeElement === field() && typed.trim().length >= SHORTEST && options().length > 0);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "site-search" || event.isComposing) return;
    const open = !panel().hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open && (typed !== field().value || !options().length)) return;
      event.preventDefault();
      if (!open) show(true);
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      clearTimeout(timer);
      if (!open || !active()) return;
      event.preventDefault();
      active().click();
    } else if (event.key === "Escape" && (open || field().value)) {
      event.preventDefault();
      field().value = open ? typed : "";
      if (!open) typed = "";
      show(false);
    }
  });
}
