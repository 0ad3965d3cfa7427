// "/" moves to the search field of the screen, as in every place where people look things up all day.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  const search = document.querySelector("[data-desk-search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});
