"""What a composed picture costs: `python bench/composing.py [width]`; cold, its layers out of a folder, and kept."""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from store.media import storage
from store.media.composing import making, painting
from store.media.composing.recipe import Area, Recipe, key_for
from store.media.storage.folder import FolderStorage
from store.seed.art import studio
from store.seed.content import to_order
from store.seed.content.palette import CLOTH

_WIDTH = int(sys.argv[1]) if len(sys.argv) > 1 else 1280
_ROUNDS = 9


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        storage.use(FolderStorage(Path(folder)))
        keys = {}
        for name in ("garment", "folds", "backdrop", "moth-garden-tee-light"):
            painted = studio.paint(f"{to_order.TEE_HANDLE}/{name}")
            keys[name] = painted.key
            for width, body in painted.files.items():
                storage.current().write(storage.name_of(painted.key, width), body)
        recipe = Recipe(
            garment=keys["garment"],
            folds=keys["folds"],
            backdrop=keys["backdrop"],
            tint=CLOTH["Ink"],
            area=Area(*to_order.PRINT_AREA),
            prints=(keys["moth-garden-tee-light"],),
        )
        steps: dict[str, list[float]] = {"layers": [], "painting": [], "WebP": [], "together": []}
        for _round in range(_ROUNDS):
            clock = [time.process_time()]
            layers = making.gather(recipe, _WIDTH)
            clock.append(time.process_time())
            picture = painting.paint(layers)
            clock.append(time.process_time())
            body = making.encode(picture)
            clock.append(time.process_time())
            for name, start, end in (("layers", 0, 1), ("painting", 1, 2), ("WebP", 2, 3), ("together", 0, 3)):
                steps[name].append((clock[end] - clock[start]) * 1000)
        print(f"{_WIDTH} px, {len(body) // 1024} KB, CPU time of the median of {_ROUNDS}")
        for name, found in steps.items():
            print(f"{name:10} {sorted(found)[_ROUNDS // 2]:6.1f} ms")
        name = storage.name_of(key_for(recipe, 1, (1,)), 1280)
        storage.current().write(name, body)
        found = []
        for _round in range(99):
            start = time.perf_counter()
            making.get_or_make(name, lambda _key: None)
            found.append((time.perf_counter() - start) * 1000)
        print(f"{'storage':10} {sorted(found)[49]:6.2f} ms")


if __name__ == "__main__":
    main()
