// Files that are dropped anywhere on a page go into its form for files, and are sent.
{
  const form = document.querySelector("form[data-drop]");
  const input = form.querySelector("input[type=file]");

  const brings = (event) => event.dataTransfer?.types.includes("Files");

  document.addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    form.classList.add("library-intake--over");
  });

  document.addEventListener("dragleave", (event) => {
    // From one part of the page to the next it is still over the page.
    if (!event.relatedTarget) form.classList.remove("library-intake--over");
  });

  document.addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    form.classList.remove("library-intake--over");
    input.files = event.dataTransfer.files;
    if (input.files.length) form.requestSubmit();
  });
}
