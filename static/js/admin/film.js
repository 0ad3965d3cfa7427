// A film that was chosen is shown before it is sent, and one of its moments becomes the picture that stands before it.
for (const form of document.querySelectorAll("[data-film-form]")) {
  const [film, poster] = ["film", "poster"].map((name) => form.elements.namedItem(name));
  const preview = form.querySelector("[data-film-preview]");
  const taken = form.querySelector("[data-film-taken]");
  const video = preview.querySelector("video");
  const WIDEST = 1920;
  let ours = false;

  const take = () => {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => {
      if (!blob) return;
      const files = new DataTransfer();
      files.items.add(new File([blob], "moment.jpg", { type: "image/jpeg" }));
      poster.files = files.files;
      ours = true;
      taken.textContent = taken.dataset.filmSaid;
    }, "image/jpeg", 0.92);
  };

  film.addEventListener("change", () => {
    URL.revokeObjectURL(video.src);
    taken.textContent = "";
    preview.hidden = !film.files.length;
    if (!film.files.length) return;
    video.src = URL.createObjectURL(film.files[0]);
    // The very first moment is often black.
    video.addEventListener("loadeddata", () => { video.currentTime = Math.min(1, (video.duration || 0) / 3); }, { once: true });
    video.addEventListener("seeked", () => { if (ours || !poster.files.length) take(); }, { once: true });
  });
  video.addEventListener("error", () => { preview.hidden = true; });
  poster.addEventListener("change", () => { ours = false; taken.textContent = ""; });
  form.querySelector("[data-film-take]").addEventListener("click", take);
}
