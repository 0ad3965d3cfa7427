// The switch between light, dark and the system's own; theme.js applies the choice on the next page.
{
  const remembered = () => {
    try {
      return localStorage.getItem("theme") ?? "auto";
    } catch {
      return "auto";
    }
  };

  const show = () => {
    for (const control of document.querySelectorAll("[data-theme-choice]")) {
      if (control.type === "radio") control.checked = control.value === remembered();
      else control.value = remembered();
    }
  };

  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.("[data-theme-choice]")) return;
    const theme = target.value;
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Storage is blocked: the choice holds for this page.
    }
  });

  show();
  document.addEventListener("page:restored", show);
}
