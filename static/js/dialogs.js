// A link or button with data-dialog-open shows that <dialog>; where there is none, the link leads to its page.
{
  const open = (dialog) => {
    if (dialog && !dialog.open) dialog.showModal();
    return dialog;
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-dialog-open]");
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      if (open(document.getElementById(opener.dataset.dialogOpen))) event.preventDefault();
      return;
    }
    if (event.target.closest?.("[data-dialog-close]")) event.target.closest("dialog")?.close();
    // A click beside the box lands on the dialog itself.
    if (event.target instanceof HTMLDialogElement) {
      const box = event.target.getBoundingClientRect();
      const outside =
        event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
      // Enter in a form "clicks" its button at 0,0.
      if (outside && event.detail > 0) event.target.close();
    }
  });

  document.addEventListener("dialog:open", ({ detail }) => open(document.getElementById(detail.id)));
  document.addEventListener("dialog:close", ({ detail }) => document.getElementById(detail.id)?.close());
}
