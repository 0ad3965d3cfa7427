// A form with data-tidy leaves out what is empty or as it would be anyway, so that its address says what was chosen.
{
  const tidy = (form, fields) => {
    for (const [name, value] of [...fields.entries()]) {
      const field = form.elements[name];
      if (value === "" || (field?.dataset?.default ?? null) === value) fields.delete(name);
    }
  };

  document.addEventListener("htmx:config:request", ({ detail }) => {
    const { request, sourceElement } = detail.ctx;
    if (request.body && sourceElement?.matches?.("form[data-tidy]")) tidy(sourceElement, request.body);
  });
}
