"""Pictures: what one photograph costs, what composing one costs, and whether a worker grows with a thousand of them."""

import io
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter
from pydantic import SecretStr
from sqlalchemy import select

from bench.table import Row
from store.app import create_app
from store.core import queue
from store.core.db import session
from store.core.outbox import Outbox
from store.core.settings import Settings
from store.media import renditions, storage, uploads
from store.media.composing import making
from store.media.composing.recipe import Area, Recipe, key_for
from store.media.sizes import WIDTHS, fitting
from store.ops import migrate, servers

IMAGES = 1000
# By then all libraries are loaded and all pools are filled.
WARM = 50
COMPOSED_WIDTH = 1280

# One process a measurement, so that each starts from nothing.
_PHOTOGRAPH = """
import json, sys, time
from pathlib import Path
from store.media import decoding, renditions, sizes
raw, master = Path(sys.argv[1]), Path(sys.argv[1] + ".master")
started = time.process_time()
if sys.argv[2] == "first":
    picture, size = decoding.decode(raw)
    made = renditions.render_picture(picture, size=size)
    renditions.encode(picture, sizes.fallback_width(made.files), "jpg")
    master.write_bytes(made.master)
else:
    picture = renditions.decode(master.read_bytes())
    for width in sizes.fitting(sizes.WIDTHS, picture.width):
        renditions.encode(picture, width, sys.argv[2])
print(json.dumps({"cpu": time.process_time() - started, "peak_kb": decoding.peak_kb()}))
"""


class Media:
    """One run on one data folder."""

    def __init__(self, folder: Path, *, rounds: int, images: int, tell: Callable[[str], None]) -> None:
        self.folder, self.rounds, self.images, self.tell = folder, rounds, images, tell
        self.rows: list[Row] = []
        self._chance = random.Random(2026)

    def run(self) -> None:
        """Measure everything."""
        self.photograph()
        with servers.lend(Settings(store_data_dir=self.folder / "data"), "bench") as settings:
            migrate.upgrade(settings.database_url)
            changes = {"store_env": "development", "redis_url": "", "secret_key": SecretStr("bench " * 8)}
            app = create_app(settings.model_copy(update={**changes, "log_level": "WARNING"}))
            with app.app_context():
                self.composed()
                self.ingest()

    def photograph(self) -> None:
        """A JPEG of 3000 × 3000 pixels, in the steps in which the shop makes its renditions."""
        first = self._row("3000 × 3000: WebP in all widths, JPEG, master: CPU", "s", 1.8)
        later = self._row("3000 × 3000: AVIF in all widths: CPU", "s", 3.8)
        jpeg = self._row("3000 × 3000: JPEG in all widths (not made by the shop): CPU", "s")
        memory = self._row("3000 × 3000: most memory of the process", "MB", 150)
        file = self.folder / "photograph.jpg"
        file.write_bytes(photograph(3000, 3000, self._chance))
        for _round in range(self.rounds):
            for row, step in ((first, "first"), (later, "avif"), (jpeg, "jpg")):
                told = json.loads(
                    subprocess.run(
                        [sys.executable, "-P", "-c", _PHOTOGRAPH, str(file), step], check=True, capture_output=True
                    ).stdout
                )
                row.values.append(told["cpu"])
                if row is not jpeg:
                    memory.values.append(told["peak_kb"] / 1024)
            self.tell(f"photograph: {first.values[-1]:.2f} s and {later.values[-1]:.2f} s")

    def composed(self) -> None:
        """A tinted garment with folds and a motif, composed from its layers and then read again."""
        cold = self._row(f"composed at {COMPOSED_WIDTH} px, first of its garment", "ms", 150)
        cpu = self._row(f"composed at {COMPOSED_WIDTH} px, first of its garment: CPU", "ms")
        other = self._row(f"composed at {COMPOSED_WIDTH} px, another choice of a garment", "ms", 150)
        kept = self._row(f"composed at {COMPOSED_WIDTH} px, from storage", "ms", 2)
        garment, folds, motif = (f"{number}" * 16 for number in "abc")
        for key, picture in zip((garment, folds, motif), layers(), strict=True):
            for width in fitting(WIDTHS, picture.width):
                storage.current().write(storage.name_of(key, width), renditions.encode(picture, width))
        for number in range(max(10, 2 * self.rounds)):
            if number % 2 == 0:
                making.cloth_layers.cache_clear()
            recipe = Recipe(garment, folds=folds, tint=f"#2040{number:02x}", area=Area(30, 28, 40, 42), prints=(motif,))
            name = storage.name_of(key_for(recipe, 1, [number + 1]), COMPOSED_WIDTH)
            for row in (other if number % 2 else cold, kept):
                started, worked = time.perf_counter(), time.process_time()
                making.get_or_make(name, lambda _key, recipe=recipe: recipe)
                row.values.append((time.perf_counter() - started) * 1000)
                if row is cold:
                    cpu.values.append((time.process_time() - worked) * 1000)
        self.tell(f"composed: {cold.median:.0f} ms, {kept.median:.2f} ms")

    def ingest(self) -> None:
        """Many photographs through the upload, by one worker that lives through all of them."""
        per_image = self._row(f"{self.images} uploads, each looked at and rendered", "s")
        growth = self._row(f"memory of the worker after {self.images} more than after {WARM}", "MB", 10)
        peak = self._row("memory of the worker at the end", "MB")
        warm = 0.0
        for number in range(1, self.images + 1):
            started = time.perf_counter()
            body = photograph(1200, 900, self._chance)
            uploads.receive(
                io.BytesIO(body), f"{number}.jpg", size=len(body), content_type="image/jpeg", actor="system"
            )
            work()
            session.remove()
            per_image.values.append(time.perf_counter() - started)
            if number == WARM:
                warm = memory_mb()
            if number % 100 == 0:
                self.tell(f"{number} pictures: {memory_mb():.0f} MB")
        growth.values.append(max(0.0, memory_mb() - warm))
        peak.values.append(memory_mb())

    def _row(self, name: str, unit: str, floor: float | None = None) -> Row:
        row = Row(name, unit, floor, at_least=False)
        self.rows.append(row)
        return row


def measure(folder: Path, *, quick: bool, rounds: int, images: int, tell: Callable[[str], None]) -> list[Row]:
    """Measure in a folder; return the rows."""
    bench = Media(folder, rounds=rounds or (1 if quick else 5), images=images or (100 if quick else IMAGES), tell=tell)
    bench.run()
    return bench.rows


def work() -> None:
    """Do what waits, but for AVIF: it is queued behind everything and costs a thousand times the same."""
    waiting = select(Outbox.id, Outbox.payload).where(Outbox.done_at.is_(None), Outbox.attempts == 0)
    while rows := [row for row in session.execute(waiting).all() if row.payload.get("extension") != "avif"]:
        for row in rows:
            queue.perform(row.id)


def photograph(width: int, height: int, chance: random.Random) -> bytes:
    """A JPEG with soft shapes, edges and grain, no two the same."""
    small = Image.effect_noise((width // 8, height // 8), 90).convert("RGB").resize((width, height))
    draw = ImageDraw.Draw(small)
    for _shape in range(40):
        x, y, size = chance.randrange(width), chance.randrange(height), chance.randrange(width // 20, width // 4)
        draw.ellipse((x, y, x + size, y + size), fill=tuple(chance.randrange(256) for _band in range(3)))
    grain = Image.effect_noise((width, height), 24).convert("RGB")
    body = io.BytesIO()
    Image.blend(small, grain, 0.12).save(body, "JPEG", quality=90)
    return body.getvalue()


def layers() -> tuple[Image.Image, Image.Image, Image.Image]:
    """A garment, its folds and a motif, at the sizes of a shop that means it."""
    size = (1920, 2400)
    cloth = Image.effect_noise(size, 30)
    shape = Image.new("L", size)
    ImageDraw.Draw(shape).rounded_rectangle((260, 200, 1660, 2240), 180, fill=255)
    garment = Image.merge("RGBA", (cloth, cloth, cloth, shape.filter(ImageFilter.GaussianBlur(2))))
    folds = Image.effect_noise((48, 60), 90).resize(size, Image.Resampling.BICUBIC).convert("RGB")
    motif = Image.new("RGBA", (900, 900))
    ImageDraw.Draw(motif).ellipse((40, 40, 860, 860), fill=(230, 180, 60, 255), outline=(20, 20, 20, 255), width=24)
    return garment, folds, motif


def memory_mb() -> float:
    """What this process holds now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name:
        Path(name).chmod(0o755)
        for found in measure(Path(name), quick=True, rounds=1, images=100, tell=print):
            print(found.as_dict())
