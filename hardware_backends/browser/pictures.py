"""A picture and what models of vision are given of it, in numpy: the reference of picture.js, step by step the same."""

from typing import TYPE_CHECKING, Any

from hardware_backends.browser.processing import Picture
from hardware_backends.browser.sounds import noise

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def shot(picture: Picture) -> "Array":
    """Frames x height x width x RGBA, uint8: red runs to the right, green down, blue is noise; a frame moves on by 16 px."""
    import numpy as np

    frame, y, x = np.ogrid[: picture.frames, : picture.height, : picture.width]
    made = np.full((picture.frames, picture.height, picture.width, 4), 255, np.uint8)
    made[..., 0] = (x + 16 * frame) & 255
    made[..., 1] = y * 255 // picture.height
    made[..., 2] = (noise(made[..., 2].size, picture.seed) >> np.uint32(24)).reshape(made.shape[:3])
    return made


def pixels(picture: Picture) -> "Array":
    """The input that the model is given of it: colours apart from each other, float32, of the dims of the picture."""
    import numpy as np

    seen = shot(picture)[..., :3].astype(np.float64)
    small = _along(_along(seen, 1, picture.size), 2, picture.size)
    normal = (small / 255 - np.array(picture.mean)) / np.array(picture.std)
    apart: Array = normal.transpose(0, 3, 1, 2).reshape(picture.dims).astype(np.float32)
    return apart


def _along(seen: "Array", axis: int, size: int) -> "Array":
    """One axis at its new size: between the two nearest centres of pixels, weighted by how near they are."""
    import numpy as np

    length = seen.shape[axis]
    place = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
    before = np.floor(place).astype(int)
    after = np.minimum(before + 1, length - 1)
    share = (place - before).reshape([-1 if one == axis else 1 for one in range(seen.ndim)])
    mixed: Array = seen.take(before, axis) * (1 - share) + seen.take(after, axis) * share
    return mixed
